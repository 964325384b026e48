/**
 * Finds out which sessions of PostgreSQL keep a statement waiting for a lock, over a second connection and while it waits:
 * afterwards PostgreSQL says only that the time was over.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import type { Database } from './database.ts'
import type { Tables } from './tables.ts'

export interface Blocker {
  /** 0: a prepared transaction, which has no process. */
  readonly pid: number
  /** Empty if the session has no name. */
  readonly application: string
  /** When its transaction began, in milliseconds since the epoch; null: the role of this program may not see it. */
  readonly since: number | null
}

export interface BlockerWatch {
  /** The last ones that were seen, at most three. Empty: none so far. */
  readonly last: readonly Blocker[]
  /** Looks again and again who blocks the transaction, until `work` has ended. */
  during(tx: Kysely<Tables>, work: () => Promise<void>): Promise<void>
}

/** @param every milliseconds between two looks */
export function createBlockerWatch(db: Database, every: number): BlockerWatch {
  let last: readonly Blocker[] = []

  async function look(pid: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      await sleep(every, undefined, { signal })
      const found = await findBlockers(db, pid)
      if (found.length > 0) last = found
    }
  }

  return {
    get last() {
      return last
    },
    async during(tx, work) {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)
      const ended = new AbortController()
      // It ends with the work. Whatever else ends it only leaves the blockers without a name.
      look(rows[0]?.pid ?? 0, ended.signal).catch(() => undefined)
      try {
        await work()
      } finally {
        ended.abort()
      }
    },
  }
}

/** The longest transaction first. */
async function findBlockers(db: Database, pid: number): Promise<readonly Blocker[]> {
  const { rows } = await sql<Blocker>`
    select blocking.pid, coalesce(a.application_name, '') as application,
      (extract(epoch from a.xact_start) * 1000)::bigint as since
    from (select distinct unnest(pg_blocking_pids(${pid}::integer)) as pid) as blocking
    left join pg_stat_activity a on a.pid = blocking.pid
    order by a.xact_start nulls last, blocking.pid
    limit 3`.execute(db)
  return rows
}

/** `process 4711 (pg_dump, since 2026-12-03T08:02:11Z)`, several separated by commas. */
export function describeBlockers(blockers: readonly Blocker[]): string {
  return blockers.map(describeBlocker).join(', ')
}

function describeBlocker({ pid, application, since }: Blocker): string {
  if (pid === 0) return 'a prepared transaction (see pg_prepared_xacts)'
  const begin = since === null ? [] : [`since ${new Date(since).toISOString().slice(0, 19)}Z`]
  const about = [application || 'without a name', ...begin].join(', ')
  return `process ${pid} (${about})`
}
