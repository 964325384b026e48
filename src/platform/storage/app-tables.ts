/**
 * The rows of apps: what is kept of an app, and what each protocol keeps for its apps. The rules for columns are those of
 * tables.ts.
 */
import type { Generated } from 'kysely'

export interface AppRow {
  /** For OIDC the client_id. */
  id: string
  /** The name of a protocol. */
  protocol: string
  name: string
  /** The name of what it was added from, see faces/apps/templates. */
  template: string | null
  /** JSON, checked by the protocol's schema. */
  settings: string
  secret_sealed: string | null
  /** JSON: the secret before, and until when (ms) it counts. */
  earlier_secret_sealed: Generated<string | null>
  /** JSON, see identity/policy/policy.ts. */
  policy: string
  /** JSON, see identity/apps/registration.ts; null: an administrator has added it. */
  registration: Generated<string | null>
  created_at: number
  updated_at: number
}

/** What requests name an app by, where that is not its id. */
export interface AppIdentifierRow {
  protocol: string
  identifier: string
  app_id: string
}

/** By such a token apps register themselves, see identity/apps/registration-tokens.ts. */
export interface RegistrationTokenRow {
  id: string
  token_hash: string
  /** What it is for, as its administrator has called it. */
  name: string
  /** JSON: the rule that each of its apps gets, see identity/policy/policy.ts. */
  policy: string
  /** JSON: what its apps may ask for, as their protocol reads it. */
  terms: string
  uses: number
  uses_left: number
  issued_by: string
  created_at: number
  expires_at: number
  revoked_at: number | null
}

export interface AppIconRow {
  app_id: string
  /** Of the content, for the address. */
  hash: string
  media_type: 'image/png' | 'image/svg+xml'
  /** Base64. */
  content: string
}

export interface AppOrderRow {
  user_id: string
  /** JSON: the ids of apps. */
  app_ids: string
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
  /** The node that has spent it, see `Nodes`. */
  consumed_by: Generated<string | null>
  /** Of a request of a device: a keyed hash of the code that a person types. */
  user_code_hash: Generated<string | null>
}

export interface SamlRequestRow {
  /** SHA-256 of the app's id and the request's. */
  id: string
  app_id: string
  expires_at: number
}

/** How it stands with the metadata of an app that is fetched again by itself. Times are in milliseconds since the epoch. */
export interface SamlMetadataRow {
  app_id: string
  /** When it is fetched again, and by then no other node does. */
  due_at: number
  /** SHA-256 of the settings that it decides, as they were afterwards: when they are others, it is due at once. */
  settings_hash: string
  /** When it was last read as it should be. */
  read_at: number | null
  valid_until: number | null
  /** What was wrong with it at the last attempt, in English. */
  problem: string | null
}

/** Who has entered which app behind a proxy. */
export interface ForwardAuthGrantRow {
  /** Of the one-time code that it began with. */
  code_hash: string
  /** Of the cookie at the origin of the app; `null`: the code was not redeemed yet. */
  token_hash: string | null
  /** Of the secret of the browser at that origin. */
  browser_hash: string
  session_id: string
  app_id: string
  origin: string
  /** JSON, see `EntryFacts` in faces/protocols/forward-auth/grants.ts. */
  facts: string
  /** When the gate has decided last. */
  decided_at: number
  code_expires_at: number
  expires_at: number
}

export interface SigningKeyRow {
  id: string
  purpose: string
  algorithm: string
  /** JWK as JSON, sealed. */
  /** As the published key has it; `null`: the thumbprint of RFC 7638. */
  kid: string | null
  private_key_sealed: string
  /** DER in base64. */
  certificate: string | null
  created_at: number
  signs_from: number
  /** Published until then; `null`: no other key has taken its place. */
  retired_at: number | null
}
