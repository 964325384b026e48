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

/** Rows of one statement. */
const rowsAtOnce = 1000

/** The attributes of users who have none yet. */
export async function addAttributes(
  queries: Queries,
  all: readonly { readonly userId: string; readonly attributes: Attributes }[],
): Promise<void> {
  const rows = all.flatMap(({ userId, attributes }) => [...attributes].flatMap(toRows(userId)))
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    await queries
      .insertInto('user_attributes')
      .values(rows.slice(from, from + rowsAtOnce))
      .execute()
  }
}

const toRows =
  (userId: string) =>
  ([name, values]: readonly [string, readonly string[]]) =>
    values.map((value, position) => ({ user_id: userId, name, position, value }))

/** The names of those that would have other values. */
export async function findOtherAttributes(
  queries: Queries,
  userId: string,
  changes: AttributeChanges,
): Promise<string[]> {
  if (changes.size === 0) return []
  const before = await readAttributes(queries, userId)
  const isOther = ([name, values]: readonly [string, readonly string[]]) =>
    JSON.stringify(before.get(name) ?? []) !== JSON.stringify(values)
  return [...changes].filter(isOther).map(([name]) => name)
}

/** Gives the names of those that had other values before. Call it with the user's row locked. */
export async function changeAttributes(
  queries: Queries,
  userId: string,
  changes: AttributeChanges,
): Promise<string[]> {
  const names = await findOtherAttributes(queries, userId, changes)
  if (names.length === 0) return []
  await queries
    .deleteFrom('user_attributes')
    .where('user_id', '=', userId)
    .where('name', 'in', names)
    .execute()
  const rows = [...changes].filter(([name]) => names.includes(name)).flatMap(toRows(userId))
  if (rows.length > 0) await queries.insertInto('user_attributes').values(rows).execute()
  return names
}
