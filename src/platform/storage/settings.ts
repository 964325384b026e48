/** Rows of the table `settings` that hold JSON. Owns how one is read and replaced; what stands under a name is its user's. */
import type { Queries } from './database.ts'

/** `undefined`: no row has the name. Throws a SyntaxError for a value that is no JSON. */
export async function readSetting(queries: Queries, name: string): Promise<unknown> {
  const row = await queries
    .selectFrom('settings')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirst()
  return row === undefined ? undefined : JSON.parse(row.value)
}

/** In place of an earlier one. */
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
