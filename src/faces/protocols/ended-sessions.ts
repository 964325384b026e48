/**
 * Finds sessions that have ended but whose apps are not queued yet: another process ended them, or a server stopped too early.
 * The search does not load the library of any protocol.
 */
import { liveParticipants } from '../../identity/sessions/participants.ts'
import { sessionsTopic } from '../../identity/sessions/sessions.ts'
import {
  type Places,
  pageSize,
  type Remembering,
  searchUnnotedEnds,
} from '../../identity/sessions/unnoted-ends.ts'
import { type Clock, minutes } from '../../platform/kernel/clock.ts'
import type { Events } from '../../platform/kernel/events.ts'
import { joinRuns } from '../../platform/kernel/joined-runs.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Queries } from '../../platform/storage/database.ts'

const records: Remembering = {
  async among(queries, ids) {
    const rows = await queries
      .selectFrom('oidc_records')
      .select('login_session')
      .distinct()
      .where('login_session', 'in', ids)
      .execute()
    return rows.flatMap(({ login_session: id }) => id ?? [])
  },
  async readPage(queries, place = '') {
    const rows = await queries
      .selectFrom('oidc_records')
      .select('login_session')
      .where('login_session', '>', place)
      .groupBy('login_session')
      .orderBy('login_session')
      .limit(pageSize)
      .execute()
    const ids = rows.flatMap(({ login_session: id }) => id ?? [])
    const next = ids.length < pageSize ? undefined : ids.at(-1)
    return { ids, ...(next !== undefined && { next }) }
  },
}

const createPlaces = (): Places =>
  new Map([
    [records, undefined],
    [liveParticipants, undefined],
  ])

/** The ids of all such sessions. */
export async function findEndedSessions(queries: Queries, now: number): Promise<string[]> {
  const everything = { now, since: 0, mostPages: Number.POSITIVE_INFINITY }
  const pages = await Array.fromAsync(searchUnnotedEnds(queries, createPlaces(), everything))
  return [...new Set(pages.flat())]
}

/** On SQLite no process is notified when a command ends sessions. */
const lookEvery = minutes(1)
/** The clocks of other processes differ a little, and a transaction is seen when it ends. */
const overlap = minutes(5)
/** Of sessions that are gone with their user, so that one look is short. */
const mostPages = 20

/**
 * Searches for such sessions whenever another process reports that it ended some, and once a minute: for those that ended since
 * the last search, and for some of those that are gone.
 */
export function watchEndedSessions(options: {
  readonly db: Queries
  readonly clock: Clock
  readonly events: Events
  readonly log: Log
  sessionsEnded(ids: readonly string[]): Promise<void>
}) {
  const { db, clock, events, log, sessionsEnded } = options
  const places = createPlaces()
  let since = 0
  let isStopping = false
  let running: Promise<void> = Promise.resolve()

  async function search(from: number, pages: number): Promise<void> {
    const now = clock.now()
    const found = searchUnnotedEnds(db, places, { now, since: from, mostPages: pages })
    for await (const ids of found) {
      if (isStopping) return
      await sessionsEnded(ids)
    }
    since = now - overlap
  }
  /** One search at a time. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const result = running.then(work)
    running = result.catch(() => undefined)
    return result
  }
  const look = joinRuns(
    () => inTurn(() => search(since, mostPages)),
    (error) => log.error({ error }, 'an end was not told'),
  )
  const unlisten = events.listen(sessionsTopic, look)
  let timer: NodeJS.Timeout | undefined
  return {
    /** Looks at everything, also at what an earlier search has found and nobody took. */
    lookAtAll: () =>
      inTurn(() => {
        for (const one of places.keys()) places.set(one, undefined)
        return search(0, Number.POSITIVE_INFINITY)
      }),
    start(): void {
      timer ??= setInterval(look, lookEvery).unref()
    },
    /** Waits for the search under way. */
    async stop(): Promise<void> {
      isStopping = true
      unlisten()
      clearInterval(timer)
      timer = undefined
      await running
    },
  }
}
