/**
 * OpenID Connect for apps, by oidc-provider under `/oidc`. Owns the mounting, the binding of everything to Einlass
 * sessions, and the news to apps when a login ends. Whether a person may enter is the gate's decision.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { Provider } from 'oidc-provider/lib/provider.js'
import type { Audit } from '../../audit/audit.ts'
import type { Clock } from '../../kernel/clock.ts'
import { hmac } from '../../kernel/crypto.ts'
import type { Id } from '../../kernel/ids.ts'
import type { Keyring } from '../../kernel/keyring.ts'
import type { Log } from '../../kernel/log.ts'
import type { Random } from '../../kernel/random.ts'
import type { LiveSession } from '../../sessions/session.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import type { Database, Queries } from '../../storage/database.ts'
import type { User } from '../../users/user.ts'
import type { Apps } from '../apps.ts'
import type { Gate } from '../gate.ts'
import { clientMetadata, createConfiguration, type OidcLifetimes } from './configuration.ts'
import { createEntry } from './entry.ts'
import { createInteraction, type NodeHandler } from './interaction.ts'
import { createLogoutMiddleware, createLogoutSource } from './logout.ts'
import type { OidcPages } from './pages.ts'
import { createRecords, type Participant } from './records.ts'
import { loadSigningKeys } from './signing-keys.ts'

export interface OidcOptions extends OidcPages {
  /** The origin that browsers see, without a path. */
  readonly publicUrl: string
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  readonly keyring: Keyring
  readonly apps: Apps
  readonly gate: Gate
  readonly sessions: Pick<Sessions, 'findById' | 'end' | 'announceEnd'>
  readonly audit: Pick<Audit, 'oidcSignedIn' | 'sessionEnded'>
  readonly users: { find(queries: Queries, id: Id<'user'>): Promise<User | undefined> }
  readonly log: Log
  /** Newest first. */
  readonly cookieKeys: readonly string[]
  readonly lifetimes: OidcLifetimes
  /** The Einlass session that a `Cookie` header names, if it is alive. */
  sessionOf(cookieHeader: string | undefined): Promise<LiveSession | undefined>
  /** A `Set-Cookie` value that takes Einlass's session cookie away. */
  readonly endedCookie: string
}

export interface Oidc {
  readonly issuer: string
  /** Answers everything under `/oidc`. Takes the request as it came: unread, with its whole path. */
  readonly callback: NodeHandler
  /** Answers `GET /sso/oidc/<uid>`. */
  readonly interaction: NodeHandler
  /** For `sessions.onEnd`: forgets what came from these logins and tells the apps, for a few seconds at most. */
  endSessions(ids: readonly string[]): Promise<void>
  /** Deletes expired records; returns how many. */
  purge(): Promise<number>
}
