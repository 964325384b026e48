/**
 * Measures the statements of this node: how long each one takes and how many fail. Owns the counts and their metrics; each
 * engine adds its own, such as the connections of a pool.
 */
import { statSync } from 'node:fs'
import type { Pool } from 'pg'
import { createAskedNumber } from '../kernel/asked-number.ts'
import { minutes } from '../kernel/clock.ts'
import { createHistogram } from '../kernel/histogram.ts'
import type { Log } from '../kernel/log.ts'
import { labelCounts, type Metric } from '../kernel/metric.ts'
import { noteStatement } from '../kernel/trace.ts'

/** `commit` waits for the disk. */
export type Operation = 'read' | 'write' | 'commit' | 'transaction'

export interface DatabaseStatistics {
  /** Notes a statement that the database answered. @param elapsed milliseconds */
  note(sql: string, elapsed: number): void
  /** Notes a statement that the database could not answer. */
  noteFailure(): void
  readonly metrics: readonly Metric[]
}

/** In seconds: a read of SQLite takes microseconds, a commit on a slow disk tens of milliseconds. */
const bounds = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10]

export function createDatabaseStatistics(): DatabaseStatistics {
  const times: Readonly<Record<Operation, ReturnType<typeof createHistogram>>> = {
    read: createHistogram(bounds),
    write: createHistogram(bounds),
    commit: createHistogram(bounds),
    transaction: createHistogram(bounds),
  }
  let failures = 0
  return {
    note(sql, elapsed) {
      times[findOperation(sql)].note(elapsed)
      noteStatement(sql, elapsed)
    },
    noteFailure() {
      failures += 1
    },
    metrics: [
      {
        name: duration,
        type: 'histogram',
        help: 'How long statements of this node took in the database.',
        read: () =>
          Object.entries(times).flatMap(([operation, one]) => one.read(duration, { operation })),
      },
      {
        name: 'einlass_database_failures_total',
        type: 'counter',
        help: 'Statements that the database could not answer, as it was away, full or too slow.',
        read: () => [{ labels: {}, value: failures }],
      },
    ],
  }
}

const duration = 'einlass_database_statement_duration_seconds'

const control = /^(begin|rollback|savepoint|release|set) ?/i

export function findOperation(sql: string): Operation {
  if (sql.startsWith('select')) return 'read'
  if (/^commit/i.test(sql)) return 'commit'
  return control.test(sql) ? 'transaction' : 'write'
}

const size = {
  name: 'einlass_database_size_bytes',
  type: 'gauge',
  help: 'The size of the database on its disk.',
} as const

/** The size of a SQLite file and its write-ahead log. */
export function measureFiles(file: string): Metric {
  const measure = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0
  return {
    ...size,
    read: () =>
      file === ':memory:'
        ? []
        : labelCounts('part', { data: measure(file), wal: measure(`${file}-wal`) }),
  }
}

type AskedPool = Pick<Pool, 'query' | 'options' | 'totalCount' | 'idleCount' | 'waitingCount'>

/** The size of a whole PostgreSQL database, the same on every node. */
export function measureDatabase(pool: AskedPool, log: Log): Metric {
  const ask = createAskedNumber({
    ask: async () => {
      const { rows } = await pool.query('select pg_database_size(current_database()) as size')
      return Number(rows[0]?.size)
    },
    ...{ name: size.name, log, goodFor: minutes(1) },
  })
  return {
    ...size,
    async read() {
      const bytes = await ask()
      return bytes === undefined ? [] : labelCounts('part', { data: bytes })
    },
  }
}

export function measurePool(pool: AskedPool): Metric[] {
  return [
    {
      name: 'einlass_database_connections',
      type: 'gauge',
      help: 'Connections of this node to the database, but for the one for wake-ups.',
      read: () =>
        labelCounts('state', { busy: pool.totalCount - pool.idleCount, idle: pool.idleCount }),
    },
    {
      name: 'einlass_database_waiting',
      type: 'gauge',
      help: 'Requests that wait for a connection to the database.',
      // A request that waits for a new connection is served in a moment.
      read: () => {
        const isFull = pool.totalCount >= pool.options.max
        return [{ labels: {}, value: isFull ? pool.waitingCount : 0 }]
      },
    },
  ]
}
