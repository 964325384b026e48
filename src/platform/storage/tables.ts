/**
 * The schema as types: one set of tables for SQLite and PostgreSQL. Times are milliseconds since the Unix epoch.
 * JSON is stored as text. A column that ends in `_hash` holds the SHA-256 of a secret that is nowhere else;
 * a column that ends in `_sealed` holds a value sealed by the keyring for `<table>/<primary key>/<column>`.
 */

import type { Generated } from 'kysely'
import type {
  AppIconRow,
  AppIdentifierRow,
  AppOrderRow,
  AppRow,
  ForwardAuthGrantRow,
  OidcRecordRow,
  RegistrationTokenRow,
  SamlMetadataRow,
  SamlRequestRow,
  SigningKeyRow,
} from './app-tables.ts'
import type {
  AuditCheckpointRow,
  AuditEventRow,
  AuditHeadRow,
  AuditReceiverRow,
  AuditReplacementRow,
} from './audit-tables.ts'
import type {
  AuthenticatorChallengeRow,
  AuthenticatorDeviceRow,
  AuthenticatorRegistrationRow,
  AuthenticatorUsedKeyRow,
  DeskPassRequestRow,
  DeskPassRow,
  FactorFailureRow,
  LostSecondFactorsRow,
  NewAuthenticatorRow,
  PasskeyHandleRow,
  PasskeyRow,
  PushChallengeRow,
  PushDeviceRow,
  PushRegistrationRow,
  RecoveryCodeRow,
  SpentChallengeRow,
  SpentTicketRow,
  TotpAuthenticatorRow,
} from './factor-tables.ts'
import type { NodeKeysRow } from './sealing-tables.ts'
import type {
  DirectoryEntryRow,
  DirectoryOutageRow,
  ProvisionedGroupRow,
  ProvisionedUserRow,
  ProvisioningTokenRow,
  UserAttributeRow,
  UserGroupRow,
  UserRow,
  UserWordRow,
  WrittenPasswordRow,
} from './user-tables.ts'

export interface Tables {
  users: UserRow
  user_groups: UserGroupRow
  user_attributes: UserAttributeRow
  user_words: UserWordRow
  directory_entries: DirectoryEntryRow
  directory_outages: DirectoryOutageRow
  written_passwords: WrittenPasswordRow
  second_factor_choices: SecondFactorChoiceRow
  sessions: SessionRow
  journeys: JourneyRow
  login_references: LoginReferenceRow
  proofs: ProofRow
  authenticator_devices: AuthenticatorDeviceRow
  authenticator_used_keys: AuthenticatorUsedKeyRow
  authenticator_registrations: AuthenticatorRegistrationRow
  authenticator_challenges: AuthenticatorChallengeRow
  push_devices: PushDeviceRow
  push_registrations: PushRegistrationRow
  push_challenges: PushChallengeRow
  apps: AppRow
  app_identifiers: AppIdentifierRow
  registration_tokens: RegistrationTokenRow
  provisioning_tokens: ProvisioningTokenRow
  provisioned_users: ProvisionedUserRow
  provisioned_groups: ProvisionedGroupRow
  participants: ParticipantRow
  logout_queue: LogoutRow
  app_icons: AppIconRow
  app_orders: AppOrderRow
  oidc_records: OidcRecordRow
  saml_requests: SamlRequestRow
  saml_metadata: SamlMetadataRow
  forward_auth_grants: ForwardAuthGrantRow
  signing_keys: SigningKeyRow
  node_keys: NodeKeysRow
  throttles: ThrottleRow
  one_time_links: OneTimeLinkRow
  reset_requests: ResetRequestRow
  reset_links: ResetLinkRow
  enrolment_invitations: EnrolmentInvitationRow
  settings: SettingRow
  audit_events: AuditEventRow
  audit_head: AuditHeadRow
  audit_checkpoint: AuditCheckpointRow
  audit_replacements: AuditReplacementRow
  audit_receivers: AuditReceiverRow
  mail_queue: MailRow
  event_queue: EventRow
  totp_authenticators: TotpAuthenticatorRow
  factor_failures: FactorFailureRow
  known_factor_failures: FactorFailureRow
  recovery_codes: RecoveryCodeRow
  desk_passes: DeskPassRow
  desk_pass_requests: DeskPassRequestRow
  lost_second_factors: LostSecondFactorsRow
  new_authenticators: NewAuthenticatorRow
  passkeys: PasskeyRow
  passkey_handles: PasskeyHandleRow
  spent_challenges: SpentChallengeRow
  spent_tickets: SpentTicketRow
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

/** What a user decided about the offer of a second factor. */
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
  /** When this session's person deferred a second factor; the next login asks again. */
  put_off_at: number | null
  /** JSON, see login/decision/deferral.ts: the rules under which it was deferred. */
  put_off_rule: string | null
  /** SHA-256 of the secret of the browser that logged in; `null`: a session from before this was known. */
  browser_hash: string | null
  /** See bound-rows.ts. */
  row_mac: Generated<string | null>
}

export interface JourneyRow {
  id_hash: string
  kind: string
  /** Grows by one with every transition; a submit names the version it saw. */
  version: number
  step: string
  /** JSON, see login/engine/journey.ts. */
  state: string
  /** SHA-256 of the cookie of the browser that began the journey. */
  browser_hash: string
  user_id: string | null
  created_at: number
  expires_at: number
  finished_at: number | null
  /** The session that it ended in. */
  session_id: string | null
  /** Why it was ended from outside; the same reason as in the sessions that ended with it. */
  end_reason: string | null
}

/** One consumed proof. Written in the transaction that takes the journey past the step that asked for it. */
export interface ProofRow {
  id: string
  journey_hash: string
  user_id: string
  factor:
    | 'password'
    | 'ticket'
    | 'push'
    | 'authenticator'
    | 'totp'
    | 'passkey'
    | 'recovery'
    | 'desk-pass'
  /** JSON array of RFC 8176 method names. */
  amr: string
  /** How strong the proof is. */
  strength: 'knowledge' | 'possession' | 'number' | 'code' | 'verified_code' | 'phishing_resistant'
  authenticator_id: string | null
  proven_at: number
  /** The session that it belongs to. */
  session_id: string | null
  /** See bound-rows.ts. */
  row_mac: Generated<string | null>
}

/** An app that took part in a session, see identity/sessions/participants.ts. */
export interface ParticipantRow {
  session_id: string
  app_id: string
  user_id: string
  /** The name of the app's protocol. */
  protocol: string
  /** JSON in the form of the protocol. */
  data: string
  first_used_at: number
  last_used_at: number
  /** When the session ends at the latest. */
  expires_at: number
  /** When the end of the session was noted. */
  ended_at: number | null
}

/** Work that waits in a table until it is done, see work-queue.ts. */
interface WorkRow {
  id: string
  status: 'waiting' | 'sent' | 'failed'
  /** How often the row was taken; also distinguishes the takers. */
  attempts: number
  created_at: number
  /** When it may be taken: at the next attempt, or when the lease of the running attempt ends. */
  due_at: number
  finished_at: number | null
  /** Why the last attempt did not succeed. */
  reason: string | null
}

/** An app that has to be notified that a session has ended, or the fact that it was notified: then `data` is null. */
export interface LogoutRow extends WorkRow {
  session_id: string
  app_id: string
  user_id: string
  protocol: string
  /** As in the participant's row. */
  data: string | null
}

export interface ThrottleRow {
  /** `<what>:` and the SHA-256 of the counted value, as people type passwords into the name field. */
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

/** A link by which a user sets a new password. */
export interface ResetLinkRow {
  token_hash: string
  user_id: string
  /** SHA-256 of the address that the mail went to: the link is invalid once the user has another address. */
  email_hash: string
  /** The user's credential version when the link was made. */
  credential_version: number
  created_at: number
  /** A newer link of the same user ends the earlier ones. */
  expires_at: number
  /** Until then one request is setting the password in a directory; 0: no request is. */
  claimed_until: number
  consumed_at: number | null
}

/** A link by which a user enrols a first second factor. */
export interface EnrolmentInvitationRow {
  id: string
  token_hash: string
  user_id: string
  /** `mail` or `paper`. */
  channel: string
  created_by: string
  created_at: number
  expires_at: number
  /** Used, revoked, replaced by a newer one, or a second factor was enrolled without it. */
  ended_at: number | null
  used_at: number | null
}

export interface SettingRow {
  name: string
  value: string
}

/** A mail that waits to be sent, or the fact that it was sent: then `subject`, both bodies and the name are null. */
export interface MailRow extends WorkRow {
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
  /** JSON of both bodies, if they hold a secret: then the body columns are null. */
  body_sealed: string | null
  /** From when the mail is useless; null: never. */
  useless_at: number | null
}

/** A person who forgot a password waits for a mail; when the request is settled, `name` and `client` are null. */
export interface ResetRequestRow extends WorkRow {
  /** The canonical form of the name that was typed; empty: nobody can have it. */
  name: string | null
  /** JSON, see login/reset/requests.ts. */
  client: string | null
}

/** An event that waits to be sent to the service desk, or the fact that it was sent: then `body` is null. */
export interface EventRow extends WorkRow {
  receiver: 'webhook' | 'syslog'
  type: string
  /** JSON, the same for every attempt. */
  body: string | null
}
