/**
 * The rows of second factors: what each kind keeps of its authenticators, and what all kinds share. The rules for columns
 * are those of tables.ts.
 */

/** A phone with the Einlass authenticator. */
export interface AuthenticatorDeviceRow {
  id: string
  user_id: string
  name: string
  platform: 'android' | 'ios' | 'other'
  /** `new` until it has answered with the code of the page on which it was enrolled. */
  status: 'new' | 'active' | 'removed'
  /** JSON Web Key that the next answer has to be signed with, and its thumbprint (RFC 7638). */
  answer_jwk: string
  answer_key: string
  /** JSON Web Key of what only reads. */
  reader_jwk: string
  /** PKCS #8 of the key that signs what the server says to it, and the public part. */
  server_key_sealed: string
  server_jwk: string
  /** The push subscription as JSON; null: it cannot be woken. */
  subscription_sealed: string | null
  /** The one-time codes that the phone has too, by the id of their own row; it may be gone. */
  codes_id: string | null
  /** The credential (WebAuthn) that verifies the person, as JSON; null: the phone has none. */
  credential: string | null
  /** When a copy of it was used, which has ended it; null: never. */
  copied_at: number | null
  created_at: number
  activated_at: number | null
  last_used_at: number | null
}

/** A key that has signed an answer. Another message with it comes from a copy of the phone. */
export interface AuthenticatorUsedKeyRow {
  device_id: string
  thumbprint: string
  jwk: string
  used_at: number
  /** SHA-256 of the message that it has signed, so that the very same one gets the same reply. */
  message_hash: string
  challenge_id: string
  outcome: string
  /** How many tries were left after a wrong code. */
  tries_left: number | null
  /** The key that it has named as the next one; null: it was used before this was written down. */
  next_key: string | null
  /** JSON list of the keys that earlier messages have named, which got no reply; null: there were no such messages. */
  unanswered: string | null
}

/** A link that was shown. */
export interface AuthenticatorRegistrationRow {
  id: string
  /** The journey whose page showed it, or `move:` and the id of the phone that did. */
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
  /** The thumbprint of the key that has enrolled. */
  answer_key: string | null
  second_told_at: number | null
  /** Whose budget it uses, see factors/budget-key.ts. */
  budget_key: string
  /** The phone whose place the new one takes; null: the new one stands beside others. */
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
  /** Set once, by the move that spends the approval. */
  consumed_at: number | null
  /** JSON, see login/report/about.ts: the login that it was for. */
  about: string | null
  /** Whose budget it uses, see login/factors/budget-key.ts; null in rows of earlier versions for logins. */
  budget_key: string | null
  /** Since when it is not counted any more, though it was not approved; see login/factors/approval/clear.ts. */
  cleared_at: number | null
}

/**
 * The tables of requests to phones, of which a user has one budget: the column of their id, the table of the phones, and the
 * status of those whose enrolment is not verified.
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
   * `enrolment`: the first one of a new phone. `test`: its owner tries it. `caller`: the service desk asks. `move`: another phone
   * wants to take the place of this one.
   */
  purpose: 'login' | 'enrolment' | 'test' | 'caller' | 'move'
  /** Base64url of 32 bytes. */
  nonce: string
  /** The digits that the page shows, and what its QR code holds in their place. */
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
  /** What the phone calls itself; null when it has told no name that can be shown. */
  device_name: string | null
  /** 0: an app of the 2.x generation, which can only be tapped. */
  shows_numbers: number
  /** As its owner calls it; goes before what it calls itself. */
  own_name: string | null
  /** The one-time codes that came with its QR code, by the id of their own row; it may be gone. */
  codes_id: string | null
  /** `pending` until its test challenge was approved; only `active` devices count. */
  status: 'pending' | 'active' | 'removed'
  created_at: number
  activated_at: number | null
  last_used_at: number | null
  /** When the provider called the address dead; a new address takes it back. */
  push_disabled_at: number | null
  /** When the person read that this phone cannot be reached any more. */
  unreachable_told_at: number | null
  /** When its owner was last told by mail that it calls itself another kind of phone. */
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
  /** When a second phone answered: the page tells the person. */
  second_answer_at: number | null
  /** When the person was told of that by mail; null when they were told of another code's shortly before. */
  second_phone_told_at: number | null
  /** The code app that comes with the same QR code; null when it is for push alone. */
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
  /** The three numbers, comma separated, and the right one; asked for with `challenge`. */
  numbers: string | null
  right_number: number | null
  status: 'waiting' | 'approved' | 'denied' | 'wrong_number' | 'superseded'
  /**
   * `sent`: a provider took it over. `failed`: it may have arrived. `refused`: it did not. `gone`: the provider called the
   * address dead.
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
  /** The time step of the last code that counted; a code of this step or an earlier one counts no more. */
  last_counter: number
  /** `pending` until its first code was right; only `active` ones count. */
  status: 'pending' | 'active'
  created_at: number
  /** Since when it counts; null while it is pending, and where nobody knows it. */
  activated_at: number | null
  last_used_at: number | null
}

/** Failures of one kind of second factor since its last success. */
/** Of `factor_failures` for browsers in which the user has not logged in, of `known_factor_failures` for those in which the user has. */
export interface FactorFailureRow {
  user_id: string
  kind: 'push' | 'authenticator' | 'totp' | 'passkey' | 'recovery' | 'desk-pass'
  failures: number
  last_failure_at: number
  /** When the person was told that the kind is off; only setting it up again brings it back. */
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

/** A code that the service desk gave a person in the place of a second factor. */
export interface DeskPassRow {
  id: string
  user_id: string
  /** A PHC string (argon2id) of the code. */
  code_hash: string
  is_single_use: 0 | 1
  reason: string
  /** As the audit log names the operator. */
  issued_by: string
  /** The other operator, where two people were needed. */
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
  /** Of the pass, in milliseconds. */
  lifetime: number
  reason: string
  requested_by: string
  /** The person behind `requested_by`. */
  requester: string
  /** Of the login that it is for; null: for none that was named. */
  login_reference: string | null
  created_at: number
  expires_at: number
  approved_at: number | null
}

/** The last second factor of this user was removed by an administrator or lost, and none was enrolled since. */
export interface LostSecondFactorsRow {
  user_id: string
  lost_at: number
}

export interface PasskeyRow {
  id: string
  user_id: string
  /** The host that it belongs to. After a change of `public_url` it is of no use, and does not count. */
  rp_id: string
  /** base64url of at most 1,023 bytes. */
  credential_id: string
  /** A COSE key (RFC 9052 section 7) in base64url. */
  public_key: string
  sign_count: number
  /** JSON array, as the browser said. */
  transports: string
  /** 1: it may be copied to other devices of its owner. Never changes. */
  backup_eligible: 0 | 1
  /** 1: it was copied by now. */
  backed_up: 0 | 1
  name: string
  created_at: number
  last_used_at: number | null
}

/** What passkeys know a user by: 32 random bytes in base64url, which say nothing about the person. */
export interface PasskeyHandleRow {
  user_id: string
  handle: string
}

/** A challenge of a login page that was answered. The row keeps it from being answered twice. */
/** A ticket of Kerberos that was shown, see login/factors/ticket/spent.ts. */
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
  { table: 'authenticator_devices', key: 'id', column: 'server_key_sealed' },
  { table: 'authenticator_devices', key: 'id', column: 'subscription_sealed' },
  { table: 'authenticator_registrations', key: 'id', column: 'secret_sealed' },
  { table: 'authenticator_registrations', key: 'id', column: 'server_key_sealed' },
  { table: 'push_devices', key: 'id', column: 'secret_sealed' },
  { table: 'push_registrations', key: 'message_id', column: 'secret_sealed' },
  { table: 'totp_authenticators', key: 'id', column: 'secret_sealed' },
] as const
