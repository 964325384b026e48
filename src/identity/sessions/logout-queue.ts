/**
 * Apps that have to learn that a session has ended. Owns the table `logout_queue`: a row for each app that took part. The
 * row is inserted when the session's end is noted, or with the removal of its user, taken by any node, tried again after ever
 * longer times, and given up after a day. The app's protocol owns how the app is notified.
 */
import { type Clock, hours, minutes, seconds } from '../../platform/kernel/clock.ts'
import type { QueueState } from '../../platform/kernel/metric.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import type { LogoutRow } from '../../platform/storage/tables.ts'
import { transact } from '../../platform/storage/transact.ts'
import { type AttemptResult, createWorkQueue } from '../../platform/storage/work-queue.ts'
import {
  endParticipants,
  endParticipantsOf,
  type Participant,
  toParticipant,
} from './participants.ts'

export interface LogoutQueueOptions {
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
}

/** An app that has to learn of an end, and whether it was notified. */
export interface QueuedLogout {
  readonly id: string
  readonly participant: Participant
  readonly status: LogoutRow['status']
  /** Why the last attempt did not succeed; `asked` also when nothing more is to be learnt. */
  readonly reason: string | null
  readonly createdAt: number
  /** When the browser was last sent to the app, or brought its answer. */
  readonly askedAt: number | undefined
}

/** A row that this node has taken, for one attempt. */
export interface TakenLogout extends QueuedLogout {
  readonly row: LogoutRow
}

export type LogoutQueue = ReturnType<typeof createLogoutQueue>

/**
 * The browser of a session is reachable for this long after a logout. Later nothing can notify an app that needs that
 * browser.
 */
export const browserTime = minutes(10)

/** The reason of an app that waits for the browser of the session. */
export const inBrowser = 'in_browser'
/** The reason of an app to which the browser of the session was sent. */
export const asked = 'asked'
/** The reason of an app that answered that it did not log out. */
export const declined = 'declined'

const times = {
  lease: minutes(1),
  firstWait: seconds(5),
  longestWait: minutes(5),
  longestHold: browserTime,
  giveUpAfter: hours(24),
  retention: hours(1),
}

export function createLogoutQueue({ db, clock, random }: LogoutQueueOptions) {
  const queue = createWorkQueue({
    db,
    clock,
    table: 'logout_queue',
    times,
    emptied: { data: null },
  })

  return {
    /** Notes the end of these sessions, and queues each of their apps: once, however often this is called. */
    async endSessions(sessionIds: readonly string[]): Promise<void> {
      await transact(db, async (tx) => {
        const now = clock.now()
        for (const participant of await endParticipants(tx, sessionIds, now)) {
          await enqueue(tx, participant, { id: random.uuid(), now })
        }
      })
    },

    /** Takes one that is due; with `sessionId` one of that session. */
    async takeDue(sessionId?: string): Promise<TakenLogout | undefined> {
      const row = await queue.takeDue(sessionId === undefined ? {} : { session_id: sessionId })
      return row && { ...toQueued(row), row }
    },

    /** Notes what came of an attempt, and returns the new status: `failed` is given up. */
    note: ({ row }: TakenLogout, result: AttemptResult) => queue.note(row, result),

    /** Notes what the browser of the session does with an app that still waits. No attempt is made for `browserTime`. */
    async noteInBrowser(sessionId: string, id: string, reason: string): Promise<void> {
      await changeWaiting(db, { sessionId, id }, { reason, due_at: clock.now() + browserTime })
    },

    /** Notes that the browser of the session was sent to an app that gives no answer. */
    async finishInBrowser(sessionId: string, id: string): Promise<void> {
      const finished = { status: 'sent', reason: asked, finished_at: clock.now() } as const
      await changeWaiting(db, { sessionId, id }, { ...finished, data: null })
    },

    /** Notes the answer of an app, which its protocol has checked. */
    async noteAnswer(id: string, isLoggedOut: boolean): Promise<void> {
      const now = clock.now()
      await changeWaiting(
        db,
        { id },
        isLoggedOut
          ? { status: 'sent', reason: null, finished_at: now, data: null }
          : { reason: declined, due_at: now + browserTime },
      )
    },

    /** The apps of a session that has ended not long ago. */
    async listOf(sessionId: string): Promise<QueuedLogout[]> {
      const rows = await db
        .selectFrom('logout_queue')
        .selectAll()
        .where('session_id', '=', sessionId)
        .orderBy('created_at')
        .orderBy('id')
        .execute()
      return rows.map(toQueued)
    },

    /** Whether an app of this session can only be logged out by the browser, which has not done so yet. */
    async waitsForBrowser(sessionId: string): Promise<boolean> {
      const row = await db
        .selectFrom('logout_queue')
        .select('id')
        .where('session_id', '=', sessionId)
        .where('status', '=', 'waiting')
        .where('reason', '=', inBrowser)
        .limit(1)
        .executeTakeFirst()
      return row !== undefined
    },

    /**
     * Without what was given up: an app may have no address for logouts, or only a browser could deliver them and never came.
     * `einlass_app_logouts_total` counts the failures.
     */
    async measure(): Promise<QueueState> {
      const { givenUp: _, ...state } = await queue.measure()
      return state
    },

    purge: queue.purge,
  }
}

/**
 * Queues all apps of a user who is removed in the same transaction: the sessions go with the user, and a search for what they
 * leave takes minutes among very many.
 */
export async function queueAppsOf(
  queries: Queries,
  userId: string,
  { clock, random }: Pick<LogoutQueueOptions, 'clock' | 'random'>,
): Promise<void> {
  const now = clock.now()
  for (const participant of await endParticipantsOf(queries, userId, now))
    await enqueue(queries, participant, { id: random.uuid(), now })
}

async function changeWaiting(
  db: Database,
  { sessionId, id }: { readonly sessionId?: string; readonly id: string },
  columns: Partial<LogoutRow>,
): Promise<void> {
  await db
    .updateTable('logout_queue')
    .set(columns)
    .where('id', '=', id)
    .where('status', '=', 'waiting')
    .$if(sessionId !== undefined, (query) => query.where('session_id', '=', sessionId ?? ''))
    .execute()
}

async function enqueue(
  queries: Queries,
  { sessionId, userId, appId, protocol, data }: Participant,
  { id, now }: { readonly id: string; readonly now: number },
): Promise<void> {
  await queries
    .insertInto('logout_queue')
    .values({
      ...{ id, session_id: sessionId, app_id: appId, user_id: userId, protocol },
      ...{ data: JSON.stringify(data), status: 'waiting', attempts: 0, created_at: now },
      ...{ due_at: now, finished_at: null, reason: null },
    })
    .execute()
}

const toQueued = (row: LogoutRow): QueuedLogout => ({
  id: row.id,
  participant: toParticipant(row),
  status: row.status,
  reason: row.reason,
  createdAt: row.created_at,
  askedAt: findAskedAt(row),
})

function findAskedAt({ reason, finished_at, due_at }: LogoutRow): number | undefined {
  if (reason !== asked && reason !== declined) return undefined
  return finished_at ?? due_at - browserTime
}
