/** Which engine locks single rows. */
import { PostgresAdapter } from 'kysely'
import type { Queries } from './database.ts'

/** Whether a read can lock what it finds. In SQLite it need not: of its transactions only one writes at a time. */
export function hasRowLocks(queries: Queries): boolean {
  return queries.getExecutor().adapter instanceof PostgresAdapter
}
