/**
 * Groups that a system provisions. Owns the list of these groups and their names in the system and here. Their members
 * are stored like those of all other groups (users/groups.ts), so rules of apps see no difference.
 */
import { type Selectable, sql } from 'kysely'
import type { Clock } from '../../platform/kernel/clock.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import { type Id, newId } from '../../platform/kernel/ids.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { isUniqueViolation } from '../../platform/storage/errors.ts'
import type { ProvisionedGroupRow } from '../../platform/storage/user-tables.ts'
import { groupNameSchema } from '../users/groups.ts'
import type { Role } from '../users/user.ts'
import type { Scope } from './users.ts'

export interface ProvisionedGroup {
  readonly id: Id<'group'>
  /** The name that rules of apps use. */
  readonly name: string
  readonly displayName: string
  readonly externalId: string | undefined
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly updatedAt: number
}

export interface NewGroup {
  readonly source: string
  readonly displayName: string
  readonly externalId: string | undefined
}

/**
 * Makes the name of a group here: each run of characters that names here cannot have becomes a dash, so *Sales; Berlin*
 * is *Sales- Berlin*. Throws Fault `bad_request` when nothing remains.
 */
export function readGroupName(displayName: string): string {
  const plain = displayName.normalize('NFC').replace(/[^\p{L}\p{M}\p{N}._&()+'!#@/ -]+/gu, '-')
  const name = plain.replace(/^[^\p{L}\p{N}]+|[- ]+$/gu, '')
  if (groupNameSchema.safeParse(name).success) return name
  throw new Fault(
    'bad_request',
    'displayName has to have 1 to 100 characters, one of them a letter or a digit',
  )
}

export type ProvisionedGroups = ReturnType<typeof createProvisionedGroups>

export function createProvisionedGroups({ clock, random }: { clock: Clock; random: Random }) {
  return {
    async find(queries: Queries, { source }: Scope, id: string) {
      const row = await queries
        .selectFrom('provisioned_groups')
        .selectAll()
        .where('source', '=', source)
        .where('id', '=', id)
        .executeTakeFirst()
      return row && toGroup(row)
    },

    /** Sorted by name. */
    async list(queries: Queries, { source }: Scope): Promise<ProvisionedGroup[]> {
      const rows = await queries
        .selectFrom('provisioned_groups')
        .selectAll()
        .where('source', '=', source)
        .orderBy('name')
        .execute()
      return rows.map(toGroup)
    },

    /** Locks the group until the transaction ends. */
    async lock(queries: Queries, id: string): Promise<void> {
      await queries
        .updateTable('provisioned_groups')
        .set((set) => ({ updated_at: set.ref('updated_at') }))
        .where('id', '=', id)
        .execute()
    },

    /** Throws Fault `conflict` when any system has a group with this name, or this system has one with the external id. */
    async create(queries: Queries, group: NewGroup): Promise<ProvisionedGroup> {
      const now = clock.now()
      const row = {
        id: newId(random, 'group'),
        source: group.source,
        ...writeNames(group),
        created_at: now,
        updated_at: now,
      }
      await refuseTaken(queries.insertInto('provisioned_groups').values(row).execute())
      return toGroup(row)
    },

    /** Throws as `create` does. */
    async change(
      queries: Queries,
      id: string,
      names: Pick<NewGroup, 'displayName' | 'externalId'>,
    ): Promise<void> {
      await refuseTaken(
        queries
          .updateTable('provisioned_groups')
          .set({ ...writeNames(names), updated_at: clock.now() })
          .where('id', '=', id)
          .execute(),
      )
    },

    async remove(queries: Queries, id: string): Promise<void> {
      await queries.deleteFrom('provisioned_groups').where('id', '=', id).execute()
    },
  }
}

function writeNames({ displayName, externalId }: Pick<NewGroup, 'displayName' | 'externalId'>) {
  return {
    name: readGroupName(displayName),
    display_name: displayName,
    external_id: externalId ?? null,
  }
}

async function refuseTaken(write: Promise<unknown>): Promise<void> {
  try {
    await write
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    const text = 'There is a group with this name or this externalId already.'
    throw new Fault('conflict', text, { cause: error })
  }
}

function toGroup(row: Selectable<ProvisionedGroupRow>): ProvisionedGroup {
  return {
    id: row.id as Id<'group'>,
    name: row.name,
    displayName: row.display_name,
    externalId: row.external_id ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export interface Member {
  readonly id: Id<'user'>
  readonly displayName: string
}

/** The members of the group whom the system has, sorted by id. */
export async function listMembers(
  queries: Queries,
  { source }: Scope,
  name: string,
): Promise<Member[]> {
  const rows = await queries
    .selectFrom('user_groups')
    .innerJoin('users', 'users.id', 'user_groups.user_id')
    .innerJoin('provisioned_users', 'provisioned_users.user_id', 'users.id')
    .select(['users.id', 'display_name'])
    .where('user_groups.name', '=', name)
    // The expressions make SQLite begin with the members, not with all users of the system.
    .where(sql`provisioned_users.source || ''`, '=', source)
    .orderBy(sql`users.id || ''`)
    .execute()
  return rows.map((row) => ({ id: row.id as Id<'user'>, displayName: row.display_name }))
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
    .select(['user_groups.name', 'users.id', 'display_name'])
    .where('user_groups.user_id', 'in', userIds)
    // As in `listMembers`.
    .where(sql`provisioned_users.source || ''`, '=', source)
    .execute()
  const members = rows.map((row) => ({
    name: row.name,
    member: { id: row.id as Id<'user'>, displayName: row.display_name },
  }))
  const byName = [...Map.groupBy(members, ({ name }) => name)]
  return new Map(byName.map(([name, all]) => [name, all.map(({ member }) => member)]))
}

/** The number of ids in one statement. */
const idsAtOnce = 500

/** The roles of users whom the system has; other users are left out. */
export async function findMemberRoles(
  queries: Queries,
  { source }: Scope,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Role>> {
  const roles = new Map<string, Role>()
  for (let from = 0; from < ids.length; from += idsAtOnce) {
    const rows = await queries
      .selectFrom('provisioned_users')
      .innerJoin('users', 'users.id', 'provisioned_users.user_id')
      .select(['users.id', 'role'])
      .where('source', '=', source)
      .where('users.id', 'in', ids.slice(from, from + idsAtOnce))
      .execute()
    for (const { id, role } of rows) roles.set(id, role)
  }
  return roles
}

/** Looks at all members, also those whom no system has. */
export async function hasMemberWithRole(queries: Queries, name: string): Promise<boolean> {
  const row = await queries
    .selectFrom('user_groups')
    .innerJoin('users', 'users.id', 'user_groups.user_id')
    .select('users.id')
    .where('user_groups.name', '=', name)
    .where('role', '<>', 'user')
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Whether anybody is in a group of this name. */
export async function hasAnyMember(queries: Queries, name: string): Promise<boolean> {
  const row = await queries
    .selectFrom('user_groups')
    .select('user_id')
    .where('name', '=', name)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Moves all members, also those whom the system does not see. */
export async function renameMembers(queries: Queries, from: string, to: string): Promise<void> {
  await queries.updateTable('user_groups').set({ name: to }).where('name', '=', from).execute()
}
