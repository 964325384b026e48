/**
 * Rows of the table `settings` that hold JSON. Owns how a row is read and replaced; the caller that uses a name owns the
 * value's shape.
 */
import type { Queries } from './database.ts'

/** `undefined`: there is no row with this name. Throws a SyntaxError for a value that is not JSON. */
export async function readSetting(queries: Queries, name: string): Promise<unknown> {
  const row = await queries
    .selectFrom('settings')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirst()
  return row === undefined ? undefined : JSON.parse(row.value)
}

/** Writes the row, or replaces an earlier one. */
export async function writeSetting(
  queries: Queries,
  name: string,
  content: unknown,
): Promise<void> {
  const value = JSON.stringify(content)
  await queries
    .insertInto('settings')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute()
}
