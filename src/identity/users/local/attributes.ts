/**
 * The attributes of local users, which administrators type. Owns their rows; attributes.ts in the parent folder owns what
 * values may be.
 */
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

/** The attributes by name, each with its values in order. */
export async function readAttributes(queries: Queries, userId: string): Promise<Attributes> {
  const rows = await findAll.all(queries, { userId })
  const attributes = new Map<string, string[]>()
  for (const { name, value } of rows) {
    attributes.set(name, [...(attributes.get(name) ?? []), value])
  }
  return attributes
}

/** The number of rows in one statement. */
const rowsAtOnce = 1000

/** Adds the attributes of users who have no attributes yet. */
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

/** The names of attributes whose values would change. */
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

/** Returns the names of attributes whose values have changed. Call it with the user's row locked. */
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
