/**
 * Finds sessions that have ended but whose apps are not queued yet: another process ended them, or a server stopped too early.
 * The search does not load the library of any protocol.
 */
import { findUnnotedEnds } from '../../identity/sessions/participants.ts'
import { sessionsTopic } from '../../identity/sessions/sessions.ts'
import { type Clock, minutes } from '../../platform/kernel/clock.ts'
import type { Events } from '../../platform/kernel/events.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Queries } from '../../platform/storage/database.ts'

/** Ids of at most 2000 such sessions. */
export async function findEndedSessions(queries: Queries, now: number): Promise<string[]> {
  const rows = await queries
    .selectFrom('oidc_records')
    .leftJoin('sessions', 'sessions.id', 'oidc_records.login_session')
    .select('oidc_records.login_session')
    .distinct()
    .where('oidc_records.login_session', 'is not', null)
    .where((one) =>
      one.or([one('sessions.id', 'is', null), one('sessions.ended_at', 'is not', null)]),
    )
    .limit(1000)
    .execute()
  const withRecords = rows.flatMap(({ login_session }) => login_session ?? [])
  return [...new Set([...withRecords, ...(await findUnnotedEnds(queries, now))])]
}

/** On SQLite no process is notified when a command ends sessions. */
const lookEvery = minutes(1)

/** Searches for such sessions whenever another process reports that it ended some, and once a minute. */
export function watchEndedSessions(options: {
  readonly db: Queries
  readonly clock: Clock
  readonly events: Events
  readonly log: Log
  sessionsEnded(ids: readonly string[]): Promise<void>
}) {
  const { db, clock, events, log, sessionsEnded } = options
  const look = async () => {
    const ids = await findEndedSessions(db, clock.now())
    if (ids.length > 0) await sessionsEnded(ids)
  }
  const lookAtOnce = () => {
    look().catch((error: unknown) => log.error({ error }, 'an end was not told'))
  }
  const unlisten = events.listen(sessionsTopic, lookAtOnce)
  let timer: NodeJS.Timeout | undefined
  return {
    look,
    start(): void {
      timer ??= setInterval(lookAtOnce, lookEvery).unref()
    },
    stop(): void {
      unlisten()
      clearInterval(timer)
      timer = undefined
    },
  }
}
