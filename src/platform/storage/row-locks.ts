/** Says which engine locks single rows. */
import { PostgresAdapter } from 'kysely'
import type { Queries } from './database.ts'

/** Whether a read can lock the rows that it finds. SQLite does not need that: only one transaction writes at a time. */
export function hasRowLocks(queries: Queries): boolean {
  return queries.getExecutor().adapter instanceof PostgresAdapter
}
