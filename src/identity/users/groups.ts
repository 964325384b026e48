/**
 * Groups of people, with names that an administrator gives. Owns adding and removing members; knows no rule for a group.
 * Only the directory of a person says in which groups the person is: other directories have their own groups.
 */
import { groupName, groupNameRule } from '../../platform/config/values.ts'
import type { Queries } from '../../platform/storage/database.ts'

export { groupNameRule }
export const groupNameSchema = groupName

/** The number of rows in one statement. */
const rowsAtOnce = 1000

/** The groups of these people, sorted, by user id. */
export async function groupsOf(
  queries: Queries,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const groups = new Map<string, string[]>()
  for (let from = 0; from < userIds.length; from += rowsAtOnce) {
    const rows = await queries
      .selectFrom('user_groups')
      .select(['user_id', 'name'])
      .where('user_id', 'in', userIds.slice(from, from + rowsAtOnce))
      .orderBy('name')
      .execute()
    for (const [id, own] of Map.groupBy(rows, (row) => row.user_id))
      groups.set(
        id,
        own.map(({ name }) => name),
      )
  }
  return groups
}

/** People who are already in the group stay in it. */
export async function addMembers(
  queries: Queries,
  members: readonly { readonly userId: string; readonly group: string }[],
): Promise<void> {
  for (let from = 0; from < members.length; from += rowsAtOnce) {
    await queries
      .insertInto('user_groups')
      .values(
        members
          .slice(from, from + rowsAtOnce)
          .map(({ userId, group }) => ({ user_id: userId, name: group })),
      )
      .onConflict((conflict) => conflict.columns(['user_id', 'name']).doNothing())
      .execute()
  }
}

/** Returns those who were not in it before. @param userIds as many as one statement can have */
export async function addUsers(
  queries: Queries,
  name: string,
  userIds: readonly string[],
): Promise<readonly string[]> {
  if (userIds.length === 0) return []
  const rows = await queries
    .insertInto('user_groups')
    .values(userIds.map((user_id) => ({ user_id, name })))
    .onConflict((conflict) => conflict.columns(['user_id', 'name']).doNothing())
    .returning('user_id')
    .execute()
  return rows.map(({ user_id }) => user_id)
}

/** Returns those who were in it. @param userIds as in `addUsers` */
export async function removeUsers(
  queries: Queries,
  name: string,
  userIds: readonly string[],
): Promise<readonly string[]> {
  if (userIds.length === 0) return []
  const rows = await queries
    .deleteFrom('user_groups')
    .where('name', '=', name)
    .where('user_id', 'in', userIds)
    .returning('user_id')
    .execute()
  return rows.map(({ user_id }) => user_id)
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
