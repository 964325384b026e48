/**
 * Remembers when a directory of users did not answer, so that an operator can be told afterwards. Owns the table: one row for an
 * outage, whichever nodes have noticed it. outages.ts owns what an outage is.
 */
import { type Clock, hours, minutes, seconds } from '../../platform/kernel/clock.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { removeRows } from '../../platform/storage/remove.ts'

export interface Outage {
  readonly directory: string
  /** Milliseconds since the epoch. */
  readonly beganAt: number
  /** When a question stayed without an answer last. */
  readonly seenAt: number
  /** `undefined`: no node has got an answer since. */
  readonly endedAt: number | undefined
  readonly reason: string | undefined
}

export interface OutageRecords {
  /** Call it for each question that stays without an answer; most calls write nothing. */
  noteAway(directory: string, reason: string | undefined): void
  /** Call it for the first answer of a process, and for the first one after an outage. */
  noteBack(directory: string): void
  /** Resolves when everything is written. */
  settle(): Promise<void>
}

/** An outage that begins again so soon goes on, so that a directory that comes and goes fills no table. */
const samePause = minutes(1)
/** How exactly it is known when an outage was noticed last. */
const seenEvery = seconds(30)
/** After that time an outage that nobody notices any more is over: its node may have ended. */
const staleAfter = minutes(2)
const keptFor = hours(30 * 24)

/** Writes beside the questions of people, who do not wait for it. */
export function createOutageRecords(options: {
  readonly db: Database
  readonly clock: Clock
  readonly log: Log
}): OutageRecords {
  const { db, clock, log } = options
  const writtenAt = new Map<string, number>()
  let last = Promise.resolve()

  function write(work: (now: number) => Promise<void>): void {
    const now = clock.now()
    last = last
      .then(() => work(now))
      .catch((error: unknown) => log.warn({ error }, 'an outage of a directory was not recorded'))
  }

  return {
    noteAway(directory, reason) {
      const before = writtenAt.get(directory)
      const now = clock.now()
      if (before !== undefined && now >= before && now < before + seenEvery) return
      writtenAt.set(directory, now)
      write((at) => recordAway(db, { directory, reason, now: at }))
    },
    noteBack(directory) {
      // Only what this process has noticed lasts until this answer.
      const isOwn = writtenAt.delete(directory)
      write((at) => recordBack(db, { directory, now: at, isOwn }))
    },
    settle: () => last,
  }
}

async function recordAway(
  db: Database,
  outage: { readonly directory: string; readonly reason: string | undefined; readonly now: number },
): Promise<void> {
  const { directory, reason = null, now } = outage
  const { numUpdatedRows } = await db
    .updateTable('directory_outages')
    .set({ seen_at: now, ended_at: null })
    .where('directory', '=', directory)
    .where((row) => row.or([row('ended_at', 'is', null), row('ended_at', '>', now - samePause)]))
    .executeTakeFirst()
  if (numUpdatedRows > 0n) return
  // If another node has noticed it at the same moment, its row stays.
  await db
    .insertInto('directory_outages')
    .values({ directory, began_at: now, seen_at: now, ended_at: null, reason })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

async function recordBack(
  db: Database,
  answer: { readonly directory: string; readonly now: number; readonly isOwn: boolean },
): Promise<void> {
  const { directory, now, isOwn } = answer
  await db
    .updateTable('directory_outages')
    .set((row) => ({
      ended_at: row
        .case()
        .when('seen_at', '<', isOwn ? 0 : now - staleAfter)
        .then(row.ref('seen_at'))
        .else(now)
        .end(),
    }))
    .where('directory', '=', directory)
    .where('ended_at', 'is', null)
    .execute()
}

/** The outages that touch the span, the earliest first. @param span in milliseconds since the epoch */
export async function listOutages(
  queries: Queries,
  { from, until }: { readonly from: number; readonly until: number },
  limit = 50,
): Promise<Outage[]> {
  const rows = await queries
    .selectFrom('directory_outages')
    .selectAll()
    .where('began_at', '<=', until)
    .where((row) => row.or([row('ended_at', 'is', null), row('ended_at', '>=', from)]))
    .orderBy('began_at', 'desc')
    .limit(limit)
    .execute()
  return rows.reverse().map((row) => ({
    directory: row.directory,
    beganAt: row.began_at,
    seenAt: row.seen_at,
    endedAt: row.ended_at ?? undefined,
    reason: row.reason ?? undefined,
  }))
}

export async function purgeOutages(queries: Queries, now: number): Promise<void> {
  await removeRows(queries, {
    table: 'directory_outages',
    key: ['directory', 'began_at'],
    isOld: (row) => row('seen_at', '<', now - keptFor),
  })
}
