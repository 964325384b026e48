/**
 * Sessions: the results of finished logins. Owns their rows, tokens, limits and ends, and notifies listeners of ends. Does
 * not own cookies, nor what an app does when a session ends. Only the SHA-256 of a token is stored.
 */
import type { Selectable } from 'kysely'
import { type Clock, hours, minutes } from '../../platform/kernel/clock.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import { type Id, newOrderedId, newSecret, orderedIdsBefore } from '../../platform/kernel/ids.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Random } from '../../platform/kernel/random.ts'
import { type BoundRow, type RowBinding, voidMac } from '../../platform/storage/bound-rows.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { prepared, type Slots } from '../../platform/storage/prepared.ts'
import { removeInBatches } from '../../platform/storage/remove.ts'
import type { SessionRow } from '../../platform/storage/tables.ts'
import { changeSession, type SessionChange } from './change.ts'
import { queueAppsOf } from './logout-queue.ts'
import { isSessionOver, type SessionLimits, selectLiveSessions } from './open.ts'
import { rowOfNew, toLiveSession, toSummary } from './rows.ts'
import type { Authentication, LiveSession, NewSession, SessionSummary } from './session.ts'
import { findSessionEnd, type SessionEnd } from './session-end.ts'

/** Wakes servers when another process has ended sessions: what depends on them has to end, and apps have to be notified. */
export const sessionsTopic = 'sessions'

export type EndListener = (ids: readonly Id<'session'>[]) => Promise<void>

export interface Sessions {
  /** `token` is handed out here and never again. */
  create(
    queries: Queries,
    session: NewSession,
  ): Promise<{ readonly id: Id<'session'>; readonly token: string }>
  /**
   * The session of a token, unless it ended, expired or its user is disabled.
   * @param use `isActivity: false`: a page asks by itself, and no person does anything
   */
  find(token: string, use?: { readonly isActivity: boolean }): Promise<LiveSession | undefined>
  /**
   * Whether a session of this token lives, of a user who may log in. Inside a transaction that has called
   * `lockUser` before, the answer holds until its end.
   */
  isCurrent(queries: Queries, tokenHash: string): Promise<boolean>
  /** As `find`, but without activity unless `use` says otherwise. */
  findById(id: string, use?: { readonly isActivity: boolean }): Promise<LiveSession | undefined>
  /** Notes that the session is used, for a caller that has read it together with rows of its own. Returns at once. */
  markActive(session: { readonly id: string; readonly lastSeenAt: number }): void
  /** Same session, stronger or fresher proof, new token: the old token is dead at once. Undefined when the session is over. */
  strengthen(
    queries: Queries,
    id: string,
    authentication: Authentication,
  ): Promise<{ readonly token: string } | undefined>
  /** Same session, new token. Undefined when the session is over. */
  renew(queries: Queries, id: string): Promise<{ readonly token: string } | undefined>
  /**
   * As `renew`, for the browser that the session was made in. Undefined also when the client is not the same as then.
   */
  renewFor(
    queries: Queries,
    id: string,
    client: NewSession['client'],
  ): Promise<{ readonly token: string; readonly userId: Id<'user'> } | undefined>
  /** Remembers that the person deferred the second factor in this session, and under which rules so far. */
  defer(queries: Queries, id: string, rules: string): Promise<void>
  /** The rules under which it was deferred; undefined: it was not. */
  findDeferrals(queries: Queries, id: string): Promise<string | undefined>
  /** True for the one call that ended it. */
  end(queries: Queries, id: string, reason: string): Promise<boolean>
  /** Ends every session of a user but `exceptId`; says which. */
  endAllForUser(
    queries: Queries,
    userId: string,
    reason: string,
    exceptId?: string,
  ): Promise<Id<'session'>[]>
  /** Queues the apps of a user who is removed in the same transaction, see logout-queue.ts. */
  queueAppsOf(queries: Queries, userId: string): Promise<void>
  /** Why the session of a token is over; undefined: it is not, or nothing is known of it. */
  findEnd(token: string): Promise<SessionEnd | undefined>
  /** Whether the session is, or was, this user's. */
  isOwnedBy(id: string, userId: string): Promise<boolean>
  /** The live sessions of a user, latest activity first. */
  listOf(userId: string): Promise<SessionSummary[]>
  /** `listener` is called for every announced end. One that fails is logged and does not stop the others. */
  onEnd(listener: EndListener): void
  /** Notifies the listeners. Call it after the transaction that ended the sessions was committed. */
  announceEnd(ids: readonly Id<'session'>[]): Promise<void>
  /** Deletes sessions that expired, or would have expired, more than 30 days ago; says how many. */
  purge(): Promise<number>
  /** Resolves when the activity marks under way are written: before the database is closed. */
  settled(): Promise<void>
}

export interface SessionsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  readonly rows: RowBinding
  /** Milliseconds. An idle session ends at most a minute early, as activity is written once a minute. */
  readonly limits: SessionLimits
  readonly log: Log
}

const keptAfterExpiry = hours(24 * 30)

const findByToken = prepared((queries, at: Slots<{ hash: string }>) =>
  selectLiveSessions(queries).where('sessions.token_hash', '=', at.hash),
)

const findById = prepared((queries, at: Slots<{ id: string }>) =>
  selectLiveSessions(queries).where('sessions.id', '=', at.id),
)

const insertSession = prepared((queries, at: Slots<Selectable<SessionRow>>) =>
  queries.insertInto('sessions').values({
    id: at.id,
    token_hash: at.token_hash,
    user_id: at.user_id,
    amr: at.amr,
    acr: at.acr,
    authenticated_at: at.authenticated_at,
    created_at: at.created_at,
    last_seen_at: at.last_seen_at,
    expires_at: at.expires_at,
    ended_at: at.ended_at,
    end_reason: at.end_reason,
    client_address: at.client_address,
    user_agent: at.user_agent,
    put_off_at: at.put_off_at,
    put_off_rule: at.put_off_rule,
    browser_hash: at.browser_hash,
    row_mac: at.row_mac,
  }),
)

/** Until the transaction ends, nobody else ends the session or gives it another token. */
async function lockSession(queries: Queries, tokenHash: string): Promise<void> {
  await queries
    .updateTable('sessions')
    .set((row) => ({ last_seen_at: row.ref('last_seen_at') }))
    .where('token_hash', '=', tokenHash)
    .execute()
}

export function createSessions(options: SessionsOptions): Sessions {
  const { db, clock, limits, rows } = options
  const writes = sessionWrites(options)
  const activity = createActivity(options)
  const ends = createEnds(options.log)

  function live<Row extends BoundRow<'sessions'> & Pick<Selectable<SessionRow>, 'last_seen_at'>>(
    row: Row | undefined,
  ): Row | undefined {
    if (row === undefined || isSessionOver(row, limits, clock.now())) return undefined
    return rows.isGenuine('sessions', row) ? row : undefined
  }

  async function liveById(id: string) {
    return live(await findById.first(db, { id }))
  }

  return {
    ...writes,
    ...ends,
    queueAppsOf: (queries, userId) => queueAppsOf(queries, userId, options),
    settled: activity.settled,
    markActive: ({ id, lastSeenAt }) => activity.mark({ id, last_seen_at: lastSeenAt }),
    async find(token, { isActivity } = { isActivity: true }) {
      const row = live(await findByToken.first(db, { hash: sha256(token) }))
      if (row && isActivity) activity.mark(row)
      return row && toLiveSession(row)
    },
    async isCurrent(queries, tokenHash) {
      if (queries.isTransaction) await lockSession(queries, tokenHash)
      return live(await findByToken.first(queries, { hash: tokenHash })) !== undefined
    },
    async findById(id, use) {
      const row = await liveById(id)
      if (row && use?.isActivity === true) activity.mark(row)
      return row && toLiveSession(row)
    },
    async findDeferrals(queries, id) {
      const row = await queries
        .selectFrom('sessions')
        .selectAll()
        .where('id', '=', id)
        .where('ended_at', 'is', null)
        .executeTakeFirst()
      if (row === undefined || !rows.isGenuine('sessions', row)) return undefined
      return row.put_off_rule ?? undefined
    },
    findEnd: (token) => findSessionEnd(db, sha256(token), limits, clock.now()),
    async isOwnedBy(id, userId) {
      const row = await db
        .selectFrom('sessions')
        .select('id')
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .executeTakeFirst()
      return row !== undefined
    },
    async listOf(userId) {
      const now = clock.now()
      const found = await db
        .selectFrom('sessions')
        .selectAll()
        .where('user_id', '=', userId)
        .where('ended_at', 'is', null)
        .where('expires_at', '>', now)
        .where('last_seen_at', '>', now - limits.idle)
        .orderBy('last_seen_at', 'desc')
        .orderBy('id')
        .execute()
      return found.filter((row) => rows.isGenuine('sessions', row)).map(toSummary)
    },
    purge: () => purge(db, clock.now() - keptAfterExpiry),
  }
}

function sessionWrites({ clock, random, rows, limits }: SessionsOptions) {
  async function changeToken(
    queries: Queries,
    id: string,
    change: SessionChange,
    client?: NewSession['client'],
  ) {
    const now = clock.now()
    const token = newSecret(random)
    const fresh = { ...change, token_hash: sha256(token), last_seen_at: now }
    const row = await changeSession(queries, rows, { id, now, limits, client }, fresh)
    return row && { token, userId: row.user_id as Id<'user'> }
  }

  const writes: Pick<
    Sessions,
    'create' | 'strengthen' | 'renew' | 'renewFor' | 'defer' | 'end' | 'endAllForUser'
  > = {
    async create(queries, session) {
      const now = clock.now()
      const id = newOrderedId(random, 'session', now)
      const token = newSecret(random)
      const row = { id, token_hash: sha256(token), ...rowOfNew(session, now, limits.absolute) }
      await insertSession.run(queries, { ...row, row_mac: rows.bind('sessions', row) })
      return { id, token }
    },
    strengthen: (queries, id, { amr, acr, authenticatedAt }) =>
      changeToken(queries, id, {
        amr: JSON.stringify(amr),
        acr,
        authenticated_at: authenticatedAt,
      }),
    renew: (queries, id) => changeToken(queries, id, {}),
    renewFor: (queries, id, client) => changeToken(queries, id, {}, client),
    async defer(queries, id, rules) {
      const now = clock.now()
      const change = { put_off_at: now, put_off_rule: rules }
      await changeSession(queries, rows, { id, now }, change)
    },
    async end(queries, id, reason) {
      const result = await queries
        .updateTable('sessions')
        .set({ ended_at: clock.now(), end_reason: reason, row_mac: voidMac })
        .where('id', '=', id)
        .where('ended_at', 'is', null)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },
    async endAllForUser(queries, userId, reason, exceptId) {
      const ended = await queries
        .updateTable('sessions')
        .set({ ended_at: clock.now(), end_reason: reason, row_mac: voidMac })
        .where('user_id', '=', userId)
        .where('ended_at', 'is', null)
        .$if(exceptId !== undefined, (query) => query.where('id', '!=', exceptId ?? ''))
        .returning('id')
        .execute()
      return ended.map((row) => row.id as Id<'session'>)
    },
  }
  return writes
}

/** Writes that a session was used, at most once a minute, without delaying the answer. */
function createActivity({ db, clock, limits, log }: SessionsOptions) {
  const every = Math.min(minutes(1), limits.idle / 4)
  const pendingWrites = new Set<Promise<void>>()

  async function write(id: string, now: number): Promise<void> {
    try {
      await db
        .updateTable('sessions')
        .set({ last_seen_at: now })
        .where('id', '=', id)
        .where('last_seen_at', '<=', now - every)
        .execute()
    } catch (error) {
      log.warn({ error, sessionId: id }, 'The last activity of a session was not written.')
    }
  }

  return {
    mark(row: Pick<Selectable<SessionRow>, 'id' | 'last_seen_at'>): void {
      const now = clock.now()
      if (row.last_seen_at > now - every) return
      const writing = write(row.id, now).finally(() => pendingWrites.delete(writing))
      pendingWrites.add(writing)
    },
    async settled(): Promise<void> {
      await Promise.all(pendingWrites)
    },
  }
}

function createEnds(log: Log): Pick<Sessions, 'onEnd' | 'announceEnd'> {
  const listeners: EndListener[] = []
  return {
    onEnd(listener) {
      listeners.push(listener)
    },
    async announceEnd(ids) {
      if (ids.length === 0) return
      const results = listeners.map(async (listener) => listener(ids))
      for (const result of await Promise.allSettled(results))
        if (result.status === 'rejected')
          log.error(
            { error: result.reason, sessionIds: ids },
            'The end of sessions was not passed on.',
          )
    },
  }
}

function purge(db: Database, before: number): Promise<number> {
  return removeInBatches(async (limit) => {
    const rows = await db
      .selectFrom('sessions')
      .select('id')
      // No session expires before it is made, and ids begin with the time of their making: their index is enough.
      .where('id', '<', orderedIdsBefore('session', before))
      .where('expires_at', '<=', before)
      .limit(limit)
      .execute()
    if (rows.length === 0) return 0
    const ids = rows.map(({ id }) => id)
    // Proofs first: if this is interrupted, no proof stays behind without its session.
    await db.deleteFrom('proofs').where('session_id', 'in', ids).execute()
    const result = await db.deleteFrom('sessions').where('id', 'in', ids).executeTakeFirst()
    return Number(result.numDeletedRows)
  })
}
