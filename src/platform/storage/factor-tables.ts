/**
 * The rows of second factors: what each kind stores about its authenticators, and what all kinds share. tables.ts has the rules
 * for columns.
 */

/** A phone with the Einlass authenticator. */
export interface AuthenticatorDeviceRow {
  id: string
  user_id: string
  name: string
  platform: 'android' | 'ios' | 'other'
  /** `new` until it has answered with the code of the page that enrolled it. */
  status: 'new' | 'active' | 'removed'
  /** JSON Web Key that the next answer has to be signed with, and its thumbprint (RFC 7638). */
  answer_jwk: string
  answer_key: string
  /** JSON Web Key for messages that only read. */
  reader_jwk: string
  /** PKCS #8 of the key that signs the server's messages to this phone, and its public part. */
  server_key_sealed: string
  server_jwk: string
  /** The push subscription as JSON; null: it cannot be woken. */
  subscription_sealed: string | null
  /** The linked TOTP of the phone: the id of its row, which may be gone. */
  codes_id: string | null
  /** The credential (WebAuthn) that verifies the person, as JSON; null: the phone has none. */
  credential: string | null
  /** When a copy of it was used, which ended this authenticator; null: never. */
  copied_at: number | null
  /** When its owner removed the account on the phone, so that it cannot answer any more; null: it has the account. */
  left_at: number | null
  created_at: number
  activated_at: number | null
  last_used_at: number | null
}

/** A key that has signed an answer. Another message signed with it comes from a copy of the phone. */
export interface AuthenticatorUsedKeyRow {
  device_id: string
  thumbprint: string
  jwk: string
  used_at: number
  /** SHA-256 of the message that it signed, so that an identical message gets the same reply. */
  message_hash: string
  challenge_id: string
  outcome: string
  /** How many tries were left after a wrong code. */
  tries_left: number | null
  /** The next key, which that message named; null: in rows from before this column. */
  next_key: string | null
  /** JSON list of the keys that earlier messages without a reply named; null: there were no such messages. */
  unanswered: string | null
}

/** An enrolment link that was shown. */
export interface AuthenticatorRegistrationRow {
  id: string
  /** Hash of the journey whose page showed it, or `move:` and the id of the phone that showed it. */
  journey_hash: string
  user_id: string
  secret_sealed: string
  server_key_sealed: string
  server_jwk: string
  /** `refused`: two phones have used it. */
  status: 'open' | 'answered' | 'closed' | 'refused'
  created_at: number
  expires_at: number
  device_id: string | null
  /** The thumbprint of the key that enrolled. */
  answer_key: string | null
  second_told_at: number | null
  /** Whose budget it uses, see factors/budget-key.ts. */
  budget_key: string
  /** The phone that the new one replaces; null: it replaces none. */
  moves_from: string | null
  /** `required`: only a phone that can verify the person is enrolled. */
  verification: 'preferred' | 'required'
}

/** What the tables of requests to phones have in common. */
interface ApprovalRow {
  journey_hash: string
  user_id: string
  device_id: string
  created_at: number
  expires_at: number
  answered_at: number | null
  /** Set once, by the transition that spends the approval. */
  consumed_at: number | null
  /** JSON, see login/report/about.ts: the login that it was for. */
  about: string | null
  /** Whose budget it uses, see login/factors/budget-key.ts; null in rows of earlier versions for logins. */
  budget_key: string | null
  /** Since when it no longer uses the budget, though it was not approved; see login/factors/approval/clear.ts. */
  cleared_at: number | null
}

/**
 * The tables of requests to phones, which share one budget for each user: the column of the phone's id, the table of the
 * phones, and the status of phones whose enrolment is not verified.
 */
export const approvalTables = [
  {
    requests: 'authenticator_challenges',
    id: 'id',
    devices: 'authenticator_devices',
    unverified: 'new',
  },
  {
    requests: 'push_challenges',
    id: 'message_id',
    devices: 'push_devices',
    unverified: 'pending',
  },
] as const

export interface AuthenticatorChallengeRow extends ApprovalRow {
  id: string
  /**
   * `enrolment`: the first one of a new phone. `test`: its owner tries it. `caller`: the service desk asks. `move`: another
   * phone asks to replace this one.
   */
  purpose: 'login' | 'enrolment' | 'test' | 'caller' | 'move'
  /** Base64url of 32 bytes. */
  nonce: string
  /** The digits that the page shows, and the code that its QR code has instead. */
  code: string
  scan: string
  tries_left: number
  status: 'waiting' | 'approved' | 'denied' | 'reported' | 'wrong_code' | 'superseded'
  /** Whether the phone was woken. `none`: it cannot be. `gone`: its subscription has ended. */
  delivery: 'none' | 'queued' | 'sent' | 'failed' | 'gone'
  /** The language of the page. */
  language: string
  /** `required`: an approval needs the credential of the phone, which verifies the person. */
  verification: 'none' | 'required'
}

export interface PushDeviceRow {
  id: string
  user_id: string
  /** Chosen by the phone; compared exactly. */
  mechanism_uid: string
  secret_sealed: string
  /** FCM token, APNs token, or an http(s) address. */
  device_token: string
  device_type: string
  communication_type: string
  /** The name that the phone gives itself; null: it gave no name that can be shown. */
  device_name: string | null
  /** 0: an app of the 2.x generation, which can only be tapped. */
  shows_numbers: number
  /** The owner's name for it, which has priority over the phone's own. */
  own_name: string | null
  /** The linked TOTP from the same QR code: the id of its row, which may be gone. */
  codes_id: string | null
  /** `pending` until its test challenge was approved; only `active` devices can be used. */
  status: 'pending' | 'active' | 'removed'
  created_at: number
  activated_at: number | null
  last_used_at: number | null
  /** When the provider reported the address as dead; a new address resets it. */
  push_disabled_at: number | null
  /** When a page informed the person that this phone can no longer be reached. */
  unreachable_told_at: number | null
  /** When a mail last informed the owner that the phone reports another kind of phone than before. */
  kind_told_at: number | null
}

/** A QR code that was shown. */
export interface PushRegistrationRow {
  message_id: string
  journey_hash: string
  user_id: string
  secret_sealed: string
  /** Base64, 32 bytes. */
  challenge: string
  status: 'open' | 'answered' | 'closed'
  created_at: number
  expires_at: number
  device_id: string | null
  /** SHA-256 of the accepted body, so that an identical repeat gets the same answer. */
  answer_hash: string | null
  /** When a second phone answered: the page informs the person. */
  second_answer_at: number | null
  /** When a mail informed the person of that; null: no mail, as one about another code was sent shortly before. */
  second_phone_told_at: number | null
  /** The linked TOTP of the same QR code; null: the code is for push alone. */
  companion_id: string | null
  /** Whose budget it uses, see login/factors/budget-key.ts. */
  budget_key: string | null
}

export interface PushChallengeRow extends ApprovalRow {
  message_id: string
  purpose: 'login' | 'test' | 'caller'
  /** Base64, 32 bytes. */
  challenge: string
  type: 'default' | 'challenge'
  /** The three numbers, separated by commas, and the right one; sent with `challenge`. */
  numbers: string | null
  right_number: number | null
  status: 'waiting' | 'approved' | 'denied' | 'wrong_number' | 'superseded'
  /**
   * `sent`: a provider accepted it. `failed`: it may have arrived. `refused`: it did not arrive. `gone`: the provider reported
   * the address as dead.
   */
  delivery: 'queued' | 'sent' | 'failed' | 'refused' | 'gone'
  /** The sender that tried. */
  provider: string | null
  handed_over_at: number | null
  answer_hash: string | null
}

/** An app that shows codes (RFC 6238). */
export interface TotpAuthenticatorRow {
  id: string
  user_id: string
  name: string
  secret_sealed: string
  algorithm: 'SHA1' | 'SHA256' | 'SHA512'
  digits: 6 | 8
  /** Seconds. */
  period: number
  /** The time step of the last accepted code. A code of this step or an earlier one is refused. */
  last_counter: number
  /** `pending` until its first right code; only `active` ones can be used. */
  status: 'pending' | 'active'
  created_at: number
  /** Since when it is active; null while it is pending, or when the time is unknown. */
  activated_at: number | null
  last_used_at: number | null
}

/** Failures of one kind of second factor since its last success. */
/**
 * `factor_failures` is for browsers in which the user has not logged in, `known_factor_failures` for those in which the user
 * has.
 */
export interface FactorFailureRow {
  user_id: string
  kind: 'push' | 'authenticator' | 'totp' | 'passkey' | 'recovery' | 'desk-pass'
  failures: number
  last_failure_at: number
  /** When the person was notified that the factor is locked out; only a new enrolment ends the lockout. */
  off_at: number | null
}

export interface RecoveryCodeRow {
  id: string
  user_id: string
  /** The first characters of the code, to find it by; all codes of a set differ in them. */
  prefix: string
  /** A PHC string (argon2id) of the whole code. */
  code_hash: string
  created_at: number
  used_at: number | null
}

/** A code that the service desk gave a person in place of a second factor. */
export interface DeskPassRow {
  id: string
  user_id: string
  /** A PHC string (argon2id) of the code. */
  code_hash: string
  is_single_use: 0 | 1
  reason: string
  /** The operator, as the audit log names them. */
  issued_by: string
  /** The operator who requested it, if it took two people. */
  requested_by: string | null
  created_at: number
  expires_at: number
  first_used_at: number | null
  /** The last time. */
  used_at: number | null
  /** Used, replaced or revoked. */
  ended_at: number | null
}

/** A pass that a second operator has to approve. */
export interface DeskPassRequestRow {
  id: string
  user_id: string
  /** Lifetime of the pass, in milliseconds. */
  lifetime: number
  reason: string
  requested_by: string
  /** The person behind `requested_by`. */
  requester: string
  /** The reference of the login that it is for; null: no login was named. */
  login_reference: string | null
  created_at: number
  expires_at: number
  approved_at: number | null
}

/** A user whose last second factor an administrator removed, or who lost it, and who has enrolled no other since. */
export interface LostSecondFactorsRow {
  user_id: string
  lost_at: number
}

/** An authenticator that was bound lately, see login/factors/new-authenticators.ts. */
export interface NewAuthenticatorRow {
  authenticator_id: string
  user_id: string
  bound_at: number
}

export interface PasskeyRow {
  id: string
  user_id: string
  /** The host that it belongs to. After a change of `public_url` it cannot be used, and is ignored. */
  rp_id: string
  /** base64url of at most 1,023 bytes. */
  credential_id: string
  /** A COSE key (RFC 9052 section 7) in base64url. */
  public_key: string
  sign_count: number
  /** JSON array, as the browser reported them. */
  transports: string
  /** 1: it may be copied to other devices of its owner. Never changes. */
  backup_eligible: 0 | 1
  /** 1: it has been copied. */
  backed_up: 0 | 1
  name: string
  created_at: number
  last_used_at: number | null
}

/** The user handle (WebAuthn) of a user's passkeys: 32 random bytes in base64url, which say nothing about the person. */
export interface PasskeyHandleRow {
  user_id: string
  handle: string
}

/** A challenge of a login page that was answered. The row keeps it from being answered twice. */
/** A Kerberos ticket that was used, see login/factors/ticket/spent.ts. */
export interface SpentTicketRow {
  fingerprint: string
  expires_at: number
}

export interface SpentChallengeRow {
  challenge_hash: string
  expires_at: number
}

/** The sealed columns of these tables, see sealed-columns.ts. */
export const sealedFactorColumns = [
  { table: 'authenticator_devices', key: 'id', column: 'server_key_sealed', emptied: true },
  { table: 'authenticator_devices', key: 'id', column: 'subscription_sealed' },
  { table: 'authenticator_registrations', key: 'id', column: 'secret_sealed' },
  { table: 'authenticator_registrations', key: 'id', column: 'server_key_sealed' },
  { table: 'push_devices', key: 'id', column: 'secret_sealed', emptied: true },
  { table: 'push_registrations', key: 'message_id', column: 'secret_sealed' },
  { table: 'totp_authenticators', key: 'id', column: 'secret_sealed' },
] as const
