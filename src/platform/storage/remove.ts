/** Removes many rows in small batches, so that nobody else waits long for the database. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  type Expression,
  type ExpressionBuilder,
  expressionBuilder,
  type SqlBool,
  sql,
} from 'kysely'
import type { Queries } from './database.ts'
import type { Tables } from './tables.ts'

const batch = 1000
/** So that one run ends, however fast others add rows; the next run goes on. */
const mostBatches = 500

/**
 * Calls `remove` repeatedly until it removes fewer rows than its limit.
 * @param remove removes at most `limit` rows and resolves with their number
 * @returns how many were removed
 */
export async function removeInBatches(remove: (limit: number) => Promise<number>): Promise<number> {
  let removed = 0
  for (let count = 0; count < mostBatches; count += 1) {
    const now = await remove(batch)
    removed += now
    if (now < batch) break
    await nextTurn()
  }
  return removed
}

/** Of each of the tables, if it may be one of several. */
type ColumnOf<Table extends keyof Tables> = Table extends unknown
  ? keyof Tables[Table] & string
  : never

export interface OldRows<Table extends keyof Tables> {
  readonly table: Table
  /** The columns of its primary key. */
  readonly key: readonly ColumnOf<Table>[]
  readonly isOld: (row: ExpressionBuilder<Tables, Table>) => Expression<SqlBool>
}

/**
 * Removes all rows that are old, each batch in a statement of its own. A row that changes meanwhile, so that it is not old any
 * more, stays.
 *
 *     await removeRows(queries, {
 *       table: 'spent_tickets',
 *       key: ['fingerprint'],
 *       isOld: (row) => row('expires_at', '<=', clock.now()),
 *     })
 *
 * @returns how many were removed
 */
export function removeRows<Table extends keyof Tables>(
  queries: Queries,
  { table, key, isOld }: OldRows<Table>,
): Promise<number> {
  const name = sql.table(table)
  const columns = sql.join(key.map((column) => sql.ref(column)))
  const old = isOld(expressionBuilder<Tables, Table>())
  return removeInBatches(async (limit) => {
    // PostgreSQL waits for who changes a row, and then looks at the outer conditions only.
    const statement = sql`delete from ${name} where (${columns}) in (
      select ${columns} from ${name} where ${old} limit ${limit}
    ) and ${old}`
    const { numAffectedRows = 0n } = await statement.execute(queries)
    return Number(numAffectedRows)
  })
}
