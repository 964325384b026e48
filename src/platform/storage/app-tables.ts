/**
 * The rows of apps: what is stored about an app, and what each protocol stores for its apps. tables.ts has the rules for
 * columns.
 */
import type { Generated } from 'kysely'

export interface AppRow {
  /** For OIDC the client_id. */
  id: string
  /** The name of a protocol. */
  protocol: string
  name: string
  /** The name of the template that it was added from, see faces/apps/templates. */
  template: string | null
  /** JSON, checked by the protocol's schema. */
  settings: string
  secret_sealed: string | null
  /** JSON: the previous secret, and until when (ms) it is valid. */
  earlier_secret_sealed: Generated<string | null>
  /** JSON, see identity/policy/policy.ts. */
  policy: string
  /** JSON, see identity/apps/registration.ts; null: an administrator added it. */
  registration: Generated<string | null>
  created_at: number
  updated_at: number
}

/** The identifiers that requests name an app by, if that is not its id. */
export interface AppIdentifierRow {
  protocol: string
  identifier: string
  app_id: string
}

/** A token with which apps register themselves, see identity/apps/registration-tokens.ts. */
export interface RegistrationTokenRow {
  id: string
  token_hash: string
  /** The administrator's name for it, which says what it is for. */
  name: string
  /** JSON: the rule that each of its apps gets, see identity/policy/policy.ts. */
  policy: string
  /** JSON: what its apps may ask for, in the form of their protocol. */
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
  /** The app that it was made for; `null` for a `Session`. */
  client_id: string | null
  expires_at: number | null
  consumed_at: number | null
  /** The node that spent it, see `Nodes`; an interaction has been answered by a request, a pushed request by an interaction. */
  consumed_by: Generated<string | null>
  /** For the request of a device: a keyed hash of the code that a person types. */
  user_code_hash: Generated<string | null>
}

export interface SamlRequestRow {
  /** SHA-256 of the app's id and the request's. */
  id: string
  app_id: string
  expires_at: number
}

/** The state of the metadata of an app that is fetched again automatically. Times are in milliseconds since the epoch. */
export interface SamlMetadataRow {
  app_id: string
  /** When it is fetched next. Until then no other node fetches it. */
  due_at: number
  /**
   * SHA-256 of the settings that the metadata decides, taken after the last fetch. If they differ, the fetch is due at once.
   */
  settings_hash: string
  /** When it was last read without a problem. */
  read_at: number | null
  valid_until: number | null
  /** What was wrong with it at the last attempt, in English. */
  problem: string | null
}

/** The access of one browser to one app behind a proxy. */
export interface ForwardAuthGrantRow {
  /** Hash of the one-time code that it began with. */
  code_hash: string
  /** Hash of the cookie at the origin of the app; `null`: the code was not redeemed yet. */
  token_hash: string | null
  /** Hash of the browser's secret at that origin. */
  browser_hash: string
  session_id: string
  app_id: string
  origin: string
  /** JSON, see `EntryFacts` in faces/protocols/forward-auth/grants.ts. */
  facts: string
  /** When the gate last decided on a request. */
  decided_at: number
  code_expires_at: number
  expires_at: number
}

export interface SigningKeyRow {
  id: string
  purpose: string
  algorithm: string
  /** JWK as JSON, sealed. */
  /** The key id of the published key; `null`: the thumbprint of RFC 7638. */
  kid: string | null
  private_key_sealed: string
  /** DER in base64. */
  certificate: string | null
  created_at: number
  signs_from: number
  /** Published until then; `null`: no other key has replaced it. */
  retired_at: number | null
}
