/**
 * What every store is written against: one Kysely for SQLite and PostgreSQL. A function that writes takes `Queries`,
 * so that the caller decides which writes share a transaction.
 */
import type { CompiledQuery, Kysely } from 'kysely'
import type { Events } from '../kernel/events.ts'
import type { Metric } from '../kernel/metric.ts'
import type { Tables } from './tables.ts'

export type Database = Kysely<Tables>

/** A database or an open transaction. */
export type Queries = Kysely<Tables>

/** Hears of each statement that is run; for tests that count or explain them. */
export type OnQuery = (query: Pick<CompiledQuery, 'sql' | 'parameters'>) => void

export type EngineName = 'sqlite' | 'postgres'

/** The processes that serve this database. */
export interface Nodes {
  /** This process; each has a name of its own, also after a start anew. */
  readonly own: string
  /** Whether a process has ended. One that is held up or cut off from its users has not. */
  isGone(node: string): Promise<boolean>
}

export interface OpenDatabase {
  readonly db: Database
  readonly engine: EngineName
  readonly nodes: Nodes
  /** Wake-ups that reach the other nodes as well. SQLite has one node and returns `local` itself. */
  shareEvents(local: Events): Promise<Events>
  /** Wakes servers that run beside this process, without listening to them. SQLite reaches none. Does not throw. */
  wakeServers(topics: readonly string[]): Promise<void>
  /** `listener` hears of each write that failed because the database takes none. */
  onTrouble(listener: () => void): void
  /**
   * How far `now`, in milliseconds since the epoch, is ahead of the clock of the database. SQLite has none of its own: 0. PostgreSQL
   * is asked by a process that shares events; `undefined`: it has not answered yet.
   */
  findClockOffset(now: number): number | undefined
  /** Of this process. What has to be asked for is asked when they are read. */
  readonly metrics: readonly Metric[]
  close(): Promise<void>
}
