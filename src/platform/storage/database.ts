/**
 * The types that every store uses: one Kysely for SQLite and PostgreSQL. A function that writes takes `Queries`, so that its
 * caller decides which writes share a transaction.
 */
import type { CompiledQuery, Kysely } from 'kysely'
import type { Events } from '../kernel/events.ts'
import type { Metric } from '../kernel/metric.ts'
import type { Tables } from './tables.ts'

export type Database = Kysely<Tables>

/** A database or an open transaction. */
export type Queries = Kysely<Tables>

/** Called with each statement that is run; for tests that count or explain statements. */
export type OnQuery = (query: Pick<CompiledQuery, 'sql' | 'parameters'>) => void

export type EngineName = 'sqlite' | 'postgres'

/** The processes that serve this database. */
export interface Nodes {
  /** The name of this process. Each start gets a new name. */
  readonly own: string
  /** Whether a process has ended. A process that is stalled or cut off from its users has not. */
  isGone(node: string): Promise<boolean>
}

export interface OpenDatabase {
  readonly db: Database
  readonly engine: EngineName
  readonly nodes: Nodes
  /** Wake-ups that reach the other nodes as well. SQLite has one node and returns `local` itself. */
  shareEvents(local: Events): Promise<Events>
  /** Wakes the servers that run beside this process, without listening itself. With SQLite it reaches none. Does not throw. */
  wakeServers(topics: readonly string[]): Promise<void>
  /** Calls `listener` for each write that failed because the database accepts no writes. */
  onTrouble(listener: () => void): void
  /**
   * How far `now`, in milliseconds since the epoch, is ahead of the clock of the database. SQLite has no clock of its own: 0. A
   * process that shares events asks PostgreSQL; `undefined`: it has not answered yet.
   */
  findClockOffset(now: number): number | undefined
  /** Metrics of this process. Values that need a query are queried when the metrics are read. */
  readonly metrics: readonly Metric[]
  close(): Promise<void>
}
