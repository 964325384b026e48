/**
 * Journeys as rows. Owns the compare-and-swap: a journey moves only from the version that was seen. Their proofs are in
 * proofs.ts.
 */
import { type Selectable, sql } from 'kysely'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { prepared, type Slots } from '../../platform/storage/prepared.ts'
import { removeRows } from '../../platform/storage/remove.ts'
import type { JourneyRow } from '../../platform/storage/tables.ts'
import type { JourneyKind, JourneyState, StepName } from './journey.ts'
import { createProofStore, type ProofStoreOptions } from './proofs.ts'

export interface StoredJourney {
  readonly idHash: string
  readonly kind: JourneyKind
  readonly version: number
  readonly step: StepName
  readonly state: JourneyState
  readonly browserHash: string
  readonly expiresAt: number
  readonly finishedAt: number | null
  readonly sessionId: Id<'session'> | null
  /** Why it was ended from outside. */
  readonly endReason?: string
}

interface Ending {
  readonly now: number
  /** As the row has it. */
  readonly reason: string
  readonly except?: string
}

/** Where a move leads. `finishedAt` and `sessionId` are set by the move that ends the journey. */
export interface JourneyPosition {
  readonly step: StepName
  readonly state: JourneyState
  readonly finishedAt: number | null
  readonly sessionId: Id<'session'> | null
}

const findJourney = prepared((queries, at: Slots<{ idHash: string }>) =>
  queries.selectFrom('journeys').selectAll().where('id_hash', '=', at.idHash),
)

const insertJourney = prepared((queries, at: Slots<Selectable<JourneyRow>>) =>
  queries.insertInto('journeys').values({
    id_hash: at.id_hash,
    kind: at.kind,
    version: at.version,
    step: at.step,
    state: at.state,
    browser_hash: at.browser_hash,
    user_id: at.user_id,
    created_at: at.created_at,
    expires_at: at.expires_at,
    finished_at: at.finished_at,
    session_id: at.session_id,
    end_reason: at.end_reason,
  }),
)

export function createJourneyStore(options: ProofStoreOptions) {
  return {
    ...createProofStore(options),
    ...endings,

    async find(queries: Queries, idHash: string): Promise<StoredJourney | undefined> {
      const row = await findJourney.first(queries, { idHash })
      if (row === undefined) return undefined
      return {
        idHash: row.id_hash,
        kind: row.kind as JourneyKind,
        version: row.version,
        step: row.step as StepName,
        state: parseState(row.state),
        browserHash: row.browser_hash,
        expiresAt: row.expires_at,
        finishedAt: row.finished_at,
        sessionId: row.session_id as Id<'session'> | null,
        ...(row.end_reason !== null && { endReason: row.end_reason }),
      }
    },

    async insert(queries: Queries, journey: StoredJourney, createdAt: number): Promise<void> {
      await insertJourney.run(queries, {
        id_hash: journey.idHash,
        kind: journey.kind,
        version: journey.version,
        step: journey.step,
        state: writeState(journey.state),
        browser_hash: journey.browserHash,
        user_id: journey.state.userId ?? null,
        created_at: createdAt,
        expires_at: journey.expiresAt,
        finished_at: journey.finishedAt,
        session_id: journey.sessionId,
        end_reason: null,
      })
    },

    /** Moves the journey on from the version that was seen. `false`: it has moved or ended meanwhile. */
    async move(queries: Queries, from: StoredJourney, to: JourneyPosition): Promise<boolean> {
      const result = await queries
        .updateTable('journeys')
        .set({
          version: sql<number>`version + 1`,
          step: to.step,
          state: writeState(to.state),
          user_id: to.state.userId ?? null,
          finished_at: to.finishedAt,
          session_id: to.sessionId,
        })
        .where('id_hash', '=', from.idHash)
        .where('version', '=', from.version)
        .where('finished_at', 'is', null)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** Notes the session that a journey has ended in. */
    async endIn(queries: Queries, idHash: string, sessionId: Id<'session'>): Promise<void> {
      await queries
        .updateTable('journeys')
        .set({ session_id: sessionId })
        .where('id_hash', '=', idHash)
        .execute()
    },

    /** Removes journeys that expired before `before` (ms). */
    purge(queries: Queries, before: number): Promise<number> {
      return removeRows(queries, {
        table: 'journeys',
        key: ['id_hash'],
        isOld: (row) => row('expires_at', '<', before),
      })
    },
  }
}

export type JourneyStore = ReturnType<typeof createJourneyStore>

/** A state as its row stores it: with the data under the name `kept`, as earlier versions did. */
type StoredState = Omit<JourneyState, 'data'> & { readonly kept: JourneyState['data'] }

function parseState(stored: string): JourneyState {
  const { kept: data, ...state } = JSON.parse(stored) as StoredState
  return { ...state, data }
}

function writeState({ data, ...state }: JourneyState): string {
  const stored: StoredState = { ...state, kept: data }
  return JSON.stringify(stored)
}

/** Ends journeys before they reach an end of their own. Each returns the hashes of those that it has ended. */
const endings = {
  /**
   * Ends a user's open journeys without a session, for example because their password was changed.
   * @param options `except`: the hash of the one that goes on
   * @returns the hashes of those that ended
   */
  async endAll(
    queries: Queries,
    userId: string,
    { now, reason, except }: Ending,
  ): Promise<string[]> {
    const rows = await queries
      .updateTable('journeys')
      .set({ finished_at: now, end_reason: reason })
      .where('user_id', '=', userId)
      .where('finished_at', 'is', null)
      .$if(except !== undefined, (query) => query.where('id_hash', '!=', except ?? ''))
      .returning('id_hash')
      .execute()
    return rows.map((row) => row.id_hash)
  },

  /** Ends logins of known users that were not finished in time, at most `limit` of them, and says where each was. */
  async endExpired(queries: Queries, now: number, limit: number) {
    const expired = queries
      .selectFrom('journeys')
      .select('id_hash')
      .where('kind', '=', 'login')
      .where('finished_at', 'is', null)
      .where('user_id', 'is not', null)
      .where('expires_at', '<=', now)
      .limit(limit)
    const rows = await queries
      .updateTable('journeys')
      .set({ finished_at: now })
      .where('id_hash', 'in', expired)
      .where('finished_at', 'is', null)
      .returning(['user_id', 'step', 'created_at'])
      .execute()
    return rows.map(({ user_id, step, created_at: begunAt }) => ({
      userId: user_id as Id<'user'>,
      step: step as StepName,
      begunAt,
    }))
  },

  /**
   * Ends a user's open journeys that have proven something with an authenticator that was removed.
   * @param options `ids`: those that its proofs name; `except`: the hash of the one that goes on
   */
  async endProvenWith(
    queries: Queries,
    userId: string,
    { now, ids, reason, except }: Ending & { readonly ids: readonly string[] },
  ): Promise<string[]> {
    if (ids.length === 0) return []
    const proven = queries
      .selectFrom('proofs')
      .select('journey_hash')
      .where('user_id', '=', userId)
      .where('authenticator_id', 'in', ids)
    const rows = await queries
      .updateTable('journeys')
      .set({ finished_at: now, end_reason: reason })
      .where('user_id', '=', userId)
      .where('finished_at', 'is', null)
      .where('id_hash', 'in', proven)
      .$if(except !== undefined, (query) => query.where('id_hash', '!=', except ?? ''))
      .returning('id_hash')
      .execute()
    return rows.map((row) => row.id_hash)
  },

  /**
   * Ends a user's open journeys that belong to sessions which have ended, and that user's unfinished logins in the browsers
   * of these sessions: a login left open there would give the next person a new session. Logins in other browsers go on.
   */
  async endOfSessions(
    queries: Queries,
    userId: string,
    {
      now,
      sessionIds,
      reason,
      except,
    }: {
      readonly now: number
      readonly reason: string
      readonly sessionIds: readonly string[]
      /** The journey in which this happens, which goes on. */
      readonly except?: string | undefined
    },
  ): Promise<string[]> {
    if (sessionIds.length === 0) return []
    const open = await queries
      .selectFrom('journeys')
      .select(['id_hash', 'kind', 'state', 'browser_hash'])
      .where('user_id', '=', userId)
      .where('finished_at', 'is', null)
      .execute()
    if (open.length === 0) return []
    const sessions = await queries
      .selectFrom('sessions')
      .select('browser_hash')
      .where('id', 'in', sessionIds)
      .execute()
    // A session whose browser is not known may be in any browser.
    const isBeside = (browser: string) =>
      sessions.some(({ browser_hash: own }) => own === null || own === browser)
    const hashes = open
      .filter(
        ({ id_hash, kind, state, browser_hash: browser }) =>
          id_hash !== except &&
          ((kind === 'login' && isBeside(browser)) ||
            sessionIds.includes(parseState(state).sessionId ?? '')),
      )
      .map(({ id_hash }) => id_hash)
    if (hashes.length === 0) return []
    const rows = await queries
      .updateTable('journeys')
      .set({ finished_at: now, end_reason: reason })
      .where('id_hash', 'in', hashes)
      .where('finished_at', 'is', null)
      .returning('id_hash')
      .execute()
    return rows.map((row) => row.id_hash)
  },
}
