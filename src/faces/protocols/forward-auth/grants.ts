/**
 * Who has entered which app at which origin. A grant begins as a one-time code that the browser carries from our origin to the
 * app's origin; there it becomes the cookie. It belongs to a session and ends with it. Owns these rows; only the SHA-256 of
 * codes and cookies is stored.
 */
import type { Audit } from '../../../identity/audit/audit.ts'
import {
  isSessionOver,
  type SessionLimits,
  selectOpenSessions,
  sessionMeaning,
} from '../../../identity/sessions/open.ts'
import type { LiveSession } from '../../../identity/sessions/session.ts'
import { type Clock, seconds } from '../../../platform/kernel/clock.ts'
import { sha256 } from '../../../platform/kernel/crypto.ts'
import { newSecret } from '../../../platform/kernel/ids.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { RowBinding } from '../../../platform/storage/bound-rows.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import { prepared, type Slots } from '../../../platform/storage/prepared.ts'
import { removeRows } from '../../../platform/storage/remove.ts'
import { transact } from '../../../platform/storage/transact.ts'
import type { ProtocolHost } from '../protocol.ts'
import { forwardAuthEvents } from './events.ts'

/** A browser carries a code from one redirect to the next. */
const codeLifetime = seconds(60)

/** The facts of a decision of the gate: when a person enters, and again every minute. */
export interface EntryFacts {
  readonly groups: readonly string[]
  /** Names and values in turn, as `writeHeaders` gives them. */
  readonly headers: readonly string[]
  /** The claims of the token, if the app gets one. */
  readonly claims?: Readonly<Record<string, string | readonly string[]>>
}

export interface Decision {
  readonly facts: EntryFacts
  /** When the decision began, in milliseconds since the epoch: its input may have changed since then. */
  readonly decidedAt: number
}

export interface Grant extends Decision {
  readonly tokenHash: string
  readonly appId: string
  /** From the current row of the app. */
  readonly appUpdatedAt: number
  readonly origin: string
  readonly session: {
    readonly id: string
    readonly acr: string
    readonly lastSeenAt: number
  }
}

export interface NewGrant extends Decision {
  readonly session: Pick<LiveSession, 'id' | 'userId'>
  readonly appId: string
  readonly origin: string
  /** Hash of the secret of the browser at that origin. */
  readonly browserHash: string
}

export interface Redeemed {
  readonly token: string
  readonly appId: string
}

/** Finds a grant by the cookie of an app. This is the only read of a check, unless the app has changed. */
const findByToken = prepared((queries, at: Slots<{ hash: string }>) =>
  selectOpenSessions(queries)
    .innerJoin('forward_auth_grants as grants', 'grants.session_id', 'sessions.id')
    .innerJoin('apps', 'apps.id', 'grants.app_id')
    .select([
      'grants.app_id',
      'apps.updated_at as app_updated_at',
      'grants.origin',
      'grants.facts',
      'grants.decided_at',
      ...sessionMeaning,
      'sessions.last_seen_at',
    ])
    .where('grants.token_hash', '=', at.hash),
)

export interface GrantsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  readonly rows: RowBinding
  readonly audit: Audit
  readonly limits: SessionLimits
  readonly noteEntry: ProtocolHost['noteEntry']
}

export type Grants = ReturnType<typeof createGrants>

export function createGrants(options: GrantsOptions) {
  const { db, clock, random, rows, audit, limits, noteEntry } = options
  return {
    /** Returns a one-time code. */
    async create({ session, appId, ...grant }: NewGrant): Promise<string> {
      const code = newSecret(random)
      const now = clock.now()
      const expiresAt = now + limits.absolute
      await transact(db, async (tx) => {
        await tx
          .insertInto('forward_auth_grants')
          .values({
            code_hash: sha256(code),
            token_hash: null,
            browser_hash: grant.browserHash,
            session_id: session.id,
            app_id: appId,
            origin: grant.origin,
            facts: JSON.stringify(grant.facts),
            decided_at: grant.decidedAt,
            code_expires_at: now + codeLifetime,
            expires_at: expiresAt,
          })
          .execute()
        const { id: sessionId, userId } = session
        await noteEntry(tx, { sessionId, userId, appId, protocol: 'forward-auth', data: {} })
        await audit.record(tx, forwardAuthEvents.signedIn, { userId, sessionId, appId })
      })
      return code
    },

    /** Exchanges a code for the cookie, once, in the browser and at the origin that it was made for. */
    async redeem(code: string, origin: string, browserHash: string): Promise<Redeemed | undefined> {
      const token = newSecret(random)
      const row = await db
        .updateTable('forward_auth_grants')
        .set({ token_hash: sha256(token) })
        .where('code_hash', '=', sha256(code))
        .where('token_hash', 'is', null)
        .where('origin', '=', origin)
        .where('browser_hash', '=', browserHash)
        .where('code_expires_at', '>', clock.now())
        .returning('app_id')
        .executeTakeFirst()
      return row && { token, appId: row.app_id }
    },

    /** `undefined`: no grant has this cookie, or its session has ended. */
    async find(token: string): Promise<Grant | undefined> {
      const tokenHash = sha256(token)
      const row = await findByToken.first(db, { hash: tokenHash })
      if (row === undefined || isSessionOver(row, limits, clock.now())) return undefined
      if (!rows.isGenuine('sessions', row)) return undefined
      return {
        tokenHash,
        appId: row.app_id,
        appUpdatedAt: row.app_updated_at,
        origin: row.origin,
        session: { id: row.id, acr: row.acr, lastSeenAt: row.last_seen_at },
        facts: JSON.parse(row.facts),
        decidedAt: row.decided_at,
      }
    },

    renew: (grant: Pick<Grant, 'tokenHash'>, decision: Decision): Promise<void> =>
      renew(db, grant, decision),

    async forgetSessions(ids: readonly string[]): Promise<void> {
      if (ids.length === 0) return
      await db
        .deleteFrom('forward_auth_grants')
        .where('session_id', 'in', [...ids])
        .execute()
    },

    /** Deletes expired grants, and codes that were not redeemed in time; returns how many. */
    purge(): Promise<number> {
      const now = clock.now()
      return removeRows(db, {
        table: 'forward_auth_grants',
        key: ['code_hash'],
        isOld: (row) =>
          row.or([
            row('expires_at', '<=', now),
            row.and([row('token_hash', 'is', null), row('code_expires_at', '<=', now)]),
          ]),
      })
    },
  }
}

/** Of two decisions, the one that began later is stored. */
async function renew(
  queries: Queries,
  { tokenHash }: Pick<Grant, 'tokenHash'>,
  { facts, decidedAt }: Decision,
): Promise<void> {
  await queries
    .updateTable('forward_auth_grants')
    .set({ facts: JSON.stringify(facts), decided_at: decidedAt })
    .where('token_hash', '=', tokenHash)
    .where('decided_at', '<=', decidedAt)
    .execute()
}

export async function forgetAllGrants(queries: Queries): Promise<void> {
  await queries.deleteFrom('forward_auth_grants').execute()
}

/** For `forgetApp` of the protocol. */
export async function forgetGrants(queries: Queries, appId: string): Promise<void> {
  await queries.deleteFrom('forward_auth_grants').where('app_id', '=', appId).execute()
}
