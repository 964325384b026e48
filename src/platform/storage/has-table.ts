/** Whether a table or a column exists, for code that also reads databases of earlier schemas, such as a backup before an upgrade. */
import { sql } from 'kysely'
import type { Queries } from './database.ts'
import { hasRowLocks } from './row-locks.ts'
import type { Tables } from './tables.ts'

export async function hasTable(queries: Queries, name: keyof Tables): Promise<boolean> {
  const query = hasRowLocks(queries)
    ? sql<{ found: unknown }>`select to_regclass(${name}) as found`
    : sql<{ found: unknown }>`select 1 as found from sqlite_master where name = ${name}`
  const { rows } = await query.execute(queries)
  return rows.some(({ found }) => found !== null)
}

export async function hasColumn(queries: Queries, table: string, column: string): Promise<boolean> {
  const query = hasRowLocks(queries)
    ? sql`select 1 from pg_attribute
        where attrelid = to_regclass(${table}) and attname = ${column} and not attisdropped`
    : sql`select 1 from pragma_table_info(${table}) where name = ${column}`
  return (await query.execute(queries)).rows.length > 0
}
