/**
 * The members of groups that a system provisions. They are stored like those of all other groups (users/groups.ts), so rules of
 * apps see no difference. Owns which of them the system sees, and that nothing here reads a large group at once: a group is read
 * in pages, and of single members only their own rows are read.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { Role } from '../users/user.ts'
import type { Scope } from './users.ts'

export interface Member {
  readonly id: Id<'user'>
  readonly displayName: string
  readonly role: Role
}

/** The number of members in one page, and of ids in one statement. Others are served between two of them. */
export const membersAtOnce = 250

interface Page {
  /** The id after which the page begins. */
  readonly after: string
  readonly limit: number
}

/** Members of the group whom the system has, sorted by id. */
async function listMembers(
  queries: Queries,
  { source }: Scope,
  name: string,
  { after, limit }: Page,
): Promise<Member[]> {
  const rows = await queries
    .selectFrom('user_groups')
    .innerJoin('users', 'users.id', 'user_groups.user_id')
    .innerJoin('provisioned_users', 'provisioned_users.user_id', 'users.id')
    .select(['users.id', 'display_name', 'role'])
    .where('user_groups.name', '=', name)
    .where('user_groups.user_id', '>', after)
    // The expression makes SQLite begin with the members, not with all users of the system.
    .where(sql`provisioned_users.source || ''`, '=', source)
    .orderBy('user_groups.user_id')
    .limit(limit)
    .execute()
  return rows.map(toMember)
}

const toMember = (row: { id: string; display_name: string; role: Role }): Member => ({
  id: row.id as Id<'user'>,
  displayName: row.display_name,
  role: row.role,
})

/** All members of the group whom the system has, sorted by id, page by page. */
export async function* readMembers(
  queries: Queries,
  scope: Scope,
  name: string,
): AsyncGenerator<readonly Member[]> {
  for (let after = ''; ; await nextTurn()) {
    const page = await listMembers(queries, scope, name, { after, limit: membersAtOnce })
    if (page.length > 0) yield page
    const last = page.at(-1)
    if (last === undefined || page.length < membersAtOnce) return
    after = last.id
  }
}

/** Splits a list into the parts for one statement each. Others are served between two of them. */
export async function* inParts<Item>(items: Iterable<Item>): AsyncGenerator<readonly Item[]> {
  let part: Item[] = []
  for (const item of items) {
    part.push(item)
    if (part.length < membersAtOnce) continue
    yield part
    part = []
    await nextTurn()
  }
  if (part.length > 0) yield part
}

/** By the name of each group, who of these users is a member. Groups without any of them are left out. */
export async function listMembersAmong(
  queries: Queries,
  { source }: Scope,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Member[]>> {
  if (userIds.length === 0) return new Map()
  const rows = await queries
    .selectFrom('user_groups')
    .innerJoin('users', 'users.id', 'user_groups.user_id')
    .innerJoin('provisioned_users', 'provisioned_users.user_id', 'users.id')
    .select(['user_groups.name', 'users.id', 'display_name', 'role'])
    .where('user_groups.user_id', 'in', userIds)
    // As in `listMembers`.
    .where(sql`provisioned_users.source || ''`, '=', source)
    .execute()
  const byName = [...Map.groupBy(rows, ({ name }) => name)]
  return new Map(byName.map(([name, all]) => [name, all.map(toMember)]))
}

export interface Candidate extends Member {
  readonly isMember: boolean
}

/** Those of these users whom the system has. @param ids as many as one statement can have */
export async function findCandidates(
  queries: Queries,
  { source }: Scope,
  { name, ids }: { readonly name: string; readonly ids: readonly string[] },
): Promise<Candidate[]> {
  const rows = await queries
    .selectFrom('users')
    .innerJoin('provisioned_users', 'provisioned_users.user_id', 'users.id')
    .leftJoin('user_groups', (join) =>
      join.onRef('user_groups.user_id', '=', 'users.id').on('user_groups.name', '=', name),
    )
    .select(['users.id', 'users.display_name', 'users.role', 'user_groups.name'])
    .where('users.id', 'in', ids)
    // As in `listMembers`.
    .where(sql`provisioned_users.source || ''`, '=', source)
    .execute()
  return rows.map((row) => ({ ...toMember(row), isMember: row.name !== null }))
}

/** Looks at all members, also those whom no system has. */
export async function hasMemberWithRole(queries: Queries, name: string): Promise<boolean> {
  const row = await queries
    .selectFrom('users')
    .select('users.id')
    // Few users have a role, and an index has them. A parameter would hide from SQLite that it fits.
    .where('role', '<>', sql.lit('user'))
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('user_groups')
          .select('user_id')
          .whereRef('user_id', '=', 'users.id')
          .where('name', '=', name),
      ),
    )
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Whether more people than these are in a group of this name, no matter who has them; it reads no more of them. */
export async function hasMoreMembers(
  queries: Queries,
  name: string,
  count: number,
): Promise<boolean> {
  const row = await queries
    .selectFrom('user_groups')
    .select('user_id')
    .where('name', '=', name)
    .orderBy('user_id')
    .limit(1)
    .offset(count)
    .executeTakeFirst()
  return row !== undefined
}

/** Moves all members, also those whom the system does not see. */
export async function renameMembers(queries: Queries, from: string, to: string): Promise<void> {
  for (; ; await nextTurn()) {
    const { numUpdatedRows } = await queries
      .updateTable('user_groups')
      .set({ name: to })
      .where('name', '=', from)
      .where('user_id', 'in', (query) =>
        query
          .selectFrom('user_groups')
          .select('user_id')
          .where('name', '=', from)
          .orderBy('user_id')
          .limit(membersAtOnce),
      )
      .executeTakeFirst()
    if (numUpdatedRows < membersAtOnce) return
  }
}
