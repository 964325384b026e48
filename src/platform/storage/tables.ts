/**
 * The schema as types: one set of tables for SQLite and PostgreSQL. Times are milliseconds since the Unix epoch.
 * JSON is stored as text. A column that ends in `_hash` holds the SHA-256 of a secret that is nowhere else;
 * a column that ends in `_sealed` holds a value sealed by the keyring for `<table>/<primary key>/<column>`.
 */
import type { Generated } from 'kysely'

export interface Tables {
  users: UserRow
  user_groups: UserGroupRow
  second_factor_choices: SecondFactorChoiceRow
  sessions: SessionRow
  journeys: JourneyRow
  login_references: LoginReferenceRow
  proofs: ProofRow
  push_devices: PushDeviceRow
  push_registrations: PushRegistrationRow
  push_challenges: PushChallengeRow
  apps: AppRow
  oidc_records: OidcRecordRow
  signing_keys: SigningKeyRow
  throttles: ThrottleRow
  one_time_links: OneTimeLinkRow
  settings: SettingRow
  audit_events: AuditEventRow
  audit_head: AuditHeadRow
  mail_queue: MailRow
  event_queue: EventRow
  totp_authenticators: TotpAuthenticatorRow
  factor_failures: FactorFailureRow
  recovery_codes: RecoveryCodeRow
  desk_passes: DeskPassRow
  desk_pass_requests: DeskPassRequestRow
  lost_second_factors: LostSecondFactorsRow
  passkeys: PasskeyRow
  passkey_handles: PasskeyHandleRow
  spent_challenges: SpentChallengeRow
}

export interface LoginReferenceRow {
  /** Eight letters and digits, without the dash. */
  reference: string
  user_id: string
  journey_hash: string
  /** JSON, see login/engine/references.ts. */
  about: string
  reason: string | null
  created_at: number
  expires_at: number
}

export interface UserRow {
  id: string
  /** As the administrator wrote it; shown to people. */
  username: string
  /** The canonical form, unique; every look-up and every counter uses it. */
  username_key: string
  display_name: string
  email: string | null
  /** A PHC string (argon2id). */
  password_hash: string | null
  password_changed_at: number | null
  /** 1: the password lets nobody in any more, except to choose another one. */
  password_change_required: 0 | 1
  /** Raised whenever a login that is under way must not go on: another password, one that has to be changed, disabled. */
  credential_version: number
  /** Wrong passwords in a row in browsers that the person has logged in with, see users/known-browsers.ts. */
  known_browser_failures: number
  /** Until then no message of a login is sent to this person's phones. */
  push_blocked_until: number | null
  role: 'user' | 'admin'
  disabled_at: number | null
  created_at: number
  updated_at: number
}

export interface UserGroupRow {
  user_id: string
  name: string
}

/** What a user decided when offered a second factor. */
export interface SecondFactorChoiceRow {
  user_id: string
  skips_used: number
  last_skipped_at: number | null
  declined_at: number | null
  /** In the person's own words. */
  decline_reason: string | null
}

export interface SessionRow {
  id: string
  token_hash: string
  user_id: string
  /** JSON array of RFC 8176 method names. */
  amr: string
  acr: string
  authenticated_at: number
  created_at: number
  last_seen_at: number
  expires_at: number
  ended_at: number | null
  end_reason: string | null
  client_address: string | null
  user_agent: string | null
  /** When this session's person put a second factor off; asks again at the next login. */
  put_off_at: number | null
  /** JSON, see policy/policy.ts: the rule under which it was put off. */
  put_off_rule: string | null
}

export interface JourneyRow {
  id_hash: string
  kind: string
  /** Grows by one with every move; a submit names the version it saw. */
  version: number
  step: string
  /** JSON, see engine/journey.ts. */
  state: string
  /** SHA-256 of the cookie of the browser that began it. */
  browser_hash: string
  user_id: string | null
  created_at: number
  expires_at: number
  finished_at: number | null
  /** The session that it ended in. */
  session_id: string | null
}

/** One consumed proof. Written in the transaction that moves the journey past the step that asked for it. */
export interface ProofRow {
  id: string
  journey_hash: string
  user_id: string
  factor: 'password' | 'push' | 'totp' | 'passkey' | 'recovery' | 'desk-pass'
  /** JSON array of RFC 8176 method names. */
  amr: string
  /** How much the proof is worth. */
  strength: 'knowledge' | 'possession' | 'number' | 'phishing_resistant'
  authenticator_id: string | null
  proven_at: number
  /** The session that was proven by it. */
  session_id: string | null
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
}

export interface PushChallengeRow {
  message_id: string
  journey_hash: string
  user_id: string
  device_id: string
  purpose: 'login' | 'test' | 'caller'
  /** Base64, 32 bytes. */
  challenge: string
  type: 'default' | 'challenge'
  /** The three numbers, comma separated, and the right one; asked for with `challenge`. */
  numbers: string | null
  right_number: number | null
  status: 'waiting' | 'approved' | 'denied' | 'wrong_number' | 'superseded'
  /** `sent`: a provider took it over. `gone`: the provider called the address dead. */
  delivery: 'queued' | 'sent' | 'failed' | 'gone'
  /** The sender that tried. */
  provider: string | null
  handed_over_at: number | null
  created_at: number
  expires_at: number
  answered_at: number | null
  answer_hash: string | null
  /** Set once, by the move that spends the approval. */
  consumed_at: number | null
  /** JSON, see factors/push/about.ts: the login that it was for. */
  about: string | null
}

export interface AppRow {
  /** For OIDC the client_id. */
  id: string
  /** The name of a protocol. */
  protocol: string
  name: string
  /** JSON, checked by the protocol's schema. */
  settings: string
  secret_sealed: string | null
  /** JSON, see policy/policy.ts. */
  policy: string
  created_at: number
  updated_at: number
}

export interface OidcRecordRow {
  model: string
  id: string
  /** JSON. */
  payload: string
  grant_id: string | null
  /** For model `Session`: the Einlass session (`ses_…`) it stands for. */
  login_session: string | null
  /** The app it was made for; a `Session` is of none. */
  client_id: string | null
  expires_at: number | null
  consumed_at: number | null
}

export interface SigningKeyRow {
  id: string
  purpose: string
  algorithm: string
  /** JWK as JSON, sealed. */
  private_key_sealed: string
  created_at: number
  retired_at: number | null
}

export interface ThrottleRow {
  /** `<what>:` and the SHA-256 of what is counted, as people type passwords into the name field. */
  key: string
  failures: number
  last_failure_at: number
  blocked_until: number
}

export interface OneTimeLinkRow {
  token_hash: string
  purpose: string
  subject: string | null
  created_at: number
  expires_at: number
  consumed_at: number | null
}

export interface SettingRow {
  name: string
  value: string
}

export interface AuditEventRow {
  seq: number
  at: number
  type: string
  /** Canonical JSON; part of the hash. */
  data: string
  previous_hash: string
  hash: string
  /** The user id or the user name that `data` names. Only to find events by: not part of the hash. */
  about: string | null
}

/** One row with id 1: the end of the chain. */
export interface AuditHeadRow {
  id: Generated<number>
  seq: number
  hash: string
}

/** A mail that waits to be sent, or the fact that it was: then `subject`, both bodies and the name are null. */
export interface MailRow {
  id: string
  /** The header Message-ID with its angle brackets; one for all attempts. */
  message_id: string
  /** What it is about, see identity/notify/notice.ts. */
  kind: string
  user_id: string | null
  recipient: string
  recipient_name: string | null
  subject: string | null
  text_body: string | null
  html_body: string | null
  status: 'waiting' | 'sent' | 'failed'
  /** Counts each time that it was taken for sending; also tells the takers apart. */
  attempts: number
  created_at: number
  /** When it may be taken: the next attempt, or the end of the running one's lease. */
  due_at: number
  finished_at: number | null
  /** Why the last attempt did not succeed. */
  reason: string | null
}

/** An event that waits to be told to the service desk, or the fact that it was: then `body` is null. */
export interface EventRow {
  id: string
  receiver: 'webhook' | 'syslog'
  type: string
  /** JSON, the same for every attempt. */
  body: string | null
  status: 'waiting' | 'sent' | 'failed'
  attempts: number
  created_at: number
  /** When it may be taken: the next attempt, or the end of the running one's lease. */
  due_at: number
  finished_at: number | null
  reason: string | null
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
  last_used_at: number | null
}

/** Failures of one kind of second factor since its last success. */
export interface FactorFailureRow {
  user_id: string
  kind: 'push' | 'totp' | 'passkey' | 'recovery' | 'desk-pass'
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
export interface SpentChallengeRow {
  challenge_hash: string
  expires_at: number
}
