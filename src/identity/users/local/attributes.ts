/** The attributes of local users, which an administrator types. Owns their rows; attributes.ts above owns what they may be. */
import type { Queries } from '../../../platform/storage/database.ts'
import { prepared, type Slots } from '../../../platform/storage/prepared.ts'
import type { AttributeChanges, Attributes } from '../attributes.ts'

const findAll = prepared((queries, at: Slots<{ userId: string }>) =>
  queries
    .selectFrom('user_attributes')
    .select(['name', 'value'])
    .where('user_id', '=', at.userId)
    .orderBy('name')
    .orderBy('position'),
)

/** By name, each with its values in their order. */
export async function readAttributes(queries: Queries, userId: string): Promise<Attributes> {
  const rows = await findAll.all(queries, { userId })
  const attributes = new Map<string, string[]>()
  for (const { name, value } of rows) {
    attributes.set(name, [...(attributes.get(name) ?? []), value])
  }
  return attributes
}

/** Gives the names of those that had other values before. Call it with the user's row locked. */
export async function changeAttributes(
  queries: Queries,
  userId: string,
  changes: AttributeChanges,
): Promise<string[]> {
  const before = await readAttributes(queries, userId)
  const isOther = ([name, values]: [string, readonly string[]]) =>
    JSON.stringify(before.get(name) ?? []) !== JSON.stringify(values)
  const changed = [...changes].filter(isOther)
  const names = changed.map(([name]) => name)
  if (names.length === 0) return []
  await queries
    .deleteFrom('user_attributes')
    .where('user_id', '=', userId)
    .where('name', 'in', names)
    .execute()
  const rows = changed.flatMap(([name, values]) =>
    values.map((value, position) => ({ user_id: userId, name, position, value })),
  )
  if (rows.length > 0) await queries.insertInto('user_attributes').values(rows).execute()
  return names
}
