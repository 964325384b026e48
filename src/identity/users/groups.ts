/**
 * Which people belong together, by names that an administrator gives. Owns who comes into a group and leaves it; knows no rule
 * for a group. In which groups a person is, only the directory says: another one has groups of its own.
 */
import { z } from 'zod'
import type { Queries } from '../../platform/storage/database.ts'

export const groupNameRule = '1 to 100 letters, digits, dots, dashes, underscores'
export const groupNameSchema = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}$/u)

/** The groups of everybody who is in one, by user id. */
export async function groupsOfAll(queries: Queries): Promise<ReadonlyMap<string, string[]>> {
  const rows = await queries
    .selectFrom('user_groups')
    .select(['user_id', 'name'])
    .orderBy('name')
    .execute()
  const groups = new Map<string, string[]>()
  for (const { user_id: id, name } of rows) groups.set(id, [...(groups.get(id) ?? []), name])
  return groups
}

/** `false`: the person was in it before. */
export async function addToGroup(queries: Queries, userId: string, name: string): Promise<boolean> {
  const result = await queries
    .insertInto('user_groups')
    .values({ user_id: userId, name })
    .onConflict((conflict) => conflict.columns(['user_id', 'name']).doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

/** `false`: the person was not in it. */
export async function removeFromGroup(
  queries: Queries,
  userId: string,
  name: string,
): Promise<boolean> {
  const result = await queries
    .deleteFrom('user_groups')
    .where('user_id', '=', userId)
    .where('name', '=', name)
    .executeTakeFirst()
  return result.numDeletedRows === 1n
}
