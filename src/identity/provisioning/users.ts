/**
 * Which users a system sees and may change: those that it has provisioned; with a token that takes over, also local users
 * without a system and without a role. Owns these rows, and how such users are found. operations/provisioning.ts owns
 * what may be changed about them.
 */
import { type Selectable, sql } from 'kysely'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { UserRow } from '../../platform/storage/user-tables.ts'
import type { Attributes } from '../users/attributes.ts'
import { toUser } from '../users/rows.ts'
import { canonicalUsername, type Manager, type User } from '../users/user.ts'

/** Selects whose users are meant; a `Provisioner` is a scope. */
export interface Scope {
  readonly source: string
  readonly takesOver: boolean
}

export interface GroupReference {
  readonly id: string
  readonly displayName: string
}

export interface ProvisionedUser {
  readonly user: User
  /** Milliseconds since the epoch. */
  readonly updatedAt: number
  readonly externalId: string | undefined
  /** `false`: a local user whom the system may take over. */
  readonly isOwned: boolean
  /** The system has disabled the user, and nobody else has done so since. */
  readonly isDeactivated: boolean
  readonly attributes: Attributes
  /** The groups of this system. */
  readonly groups: readonly GroupReference[]
}

/** Conditions for a list that have an index. All given ones must be true. */
export interface Narrowing {
  readonly id?: string
  readonly username?: string
  readonly externalId?: string
  /** In lower case; ASCII only. */
  readonly email?: string
}

export interface UserPage extends Narrowing {
  readonly limit: number
  readonly offset?: number
  /** The id after which the page begins, in the order of ids. */
  readonly after?: string
  /** Absent: sorted by id; then every page of a system's own users costs the same. */
  readonly byUsername?: 'ascending' | 'descending'
}

export async function findProvisioned(
  queries: Queries,
  scope: Scope,
  id: string,
): Promise<ProvisionedUser | undefined> {
  const [found] = await listProvisioned(queries, scope, { id, limit: 1 })
  return found
}

export async function listProvisioned(
  queries: Queries,
  scope: Scope,
  page: UserPage,
): Promise<ProvisionedUser[]> {
  const rows = await listRows(queries, scope, page)
  const ids = rows.map((row) => row.id)
  const attributes = await attributesOf(queries, ids)
  const groups = await groupsIn(queries, scope, ids)
  return rows.map((row) => toProvisioned(row, attributes, groups))
}

async function listRows(queries: Queries, scope: Scope, page: UserPage): Promise<Row[]> {
  const { limit, offset = 0, after = '', byUsername } = page
  const direction = byUsername === 'descending' ? 'desc' : 'asc'
  const order = byUsername === undefined ? 'users.id' : 'username_key'
  if (isWholeSystem(scope, page)) {
    const ids = await listIds(queries, scope, page)
    if (ids.length === 0) return []
    const rows = selectRows(queries, scope).where('users.id', 'in', ids)
    return await rows.orderBy(order, direction).execute()
  }
  return await selectRows(queries, scope, page)
    .$if(after !== '', (query) => query.where('users.id', '>', after))
    .orderBy(order, direction)
    .limit(limit)
    .offset(offset)
    .execute()
}

/** Whether exactly all users of the system are meant: then an index has them in their order. */
const isWholeSystem = ({ takesOver }: Scope, narrowing: Narrowing): boolean =>
  !takesOver && !isNarrow(narrowing) && narrowing.externalId === undefined

/** Whether an index of users answers it, which is not the index of the system's users. */
const isNarrow = ({ id, username, email }: Narrowing): boolean =>
  id !== undefined || username !== undefined || email !== undefined

/** Skipped users are read only in an index; in the order by user name, other systems' users are read too. */
async function listIds(
  queries: Queries,
  { source }: Scope,
  { limit, offset = 0, after = '', byUsername }: UserPage,
): Promise<string[]> {
  if (byUsername !== undefined) {
    const rows = await queries
      .selectFrom('users')
      .select('id')
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('provisioned_users')
            .select('user_id')
            .whereRef('user_id', '=', 'users.id')
            .where('source', '=', source),
        ),
      )
      .orderBy('username_key', byUsername === 'descending' ? 'desc' : 'asc')
      .limit(limit)
      .offset(offset)
      .execute()
    return rows.map((row) => row.id)
  }
  const rows = await queries
    .selectFrom('provisioned_users')
    .select('user_id')
    .where('source', '=', source)
    .where('user_id', '>', after)
    .orderBy('user_id')
    .limit(limit)
    .offset(offset)
    .execute()
  return rows.map((row) => row.user_id)
}

/** For a token that takes over, it reads all users. */
export async function countProvisioned(queries: Queries, scope: Scope): Promise<number> {
  const { source, takesOver } = scope
  const counted = takesOver
    ? select(queries, scope).select((query) => query.fn.countAll().as('users'))
    : queries
        .selectFrom('provisioned_users')
        .select((query) => query.fn.countAll().as('users'))
        .where('source', '=', source)
  return Number((await counted.executeTakeFirstOrThrow()).users)
}

/** Whether the system has more users than this; it reads no more of them. */
export async function hasMoreThan(
  queries: Queries,
  scope: Scope,
  offset: number,
): Promise<boolean> {
  const { source, takesOver } = scope
  const own = queries.selectFrom('provisioned_users').where('source', '=', source)
  const row = takesOver
    ? await select(queries, scope).select('users.id').limit(1).offset(offset).executeTakeFirst()
    : await own.select('user_id').limit(1).offset(offset).executeTakeFirst()
  return row !== undefined
}

const selectRows = (queries: Queries, scope: Scope, narrowing: Narrowing = {}) =>
  select(queries, scope, narrowing)
    .selectAll('users')
    .select(['provisioned_users.source', 'external_id', 'deactivated_at'])

function select(queries: Queries, { source, takesOver }: Scope, narrowing: Narrowing = {}) {
  const { id, username, externalId, email } = narrowing
  // Otherwise SQLite could read all users of the system and compare each.
  const own = isNarrow(narrowing) ? sql<string>`provisioned_users.source || ''` : undefined
  const key = username === undefined ? undefined : (canonicalUsername(username) ?? '')
  return queries
    .selectFrom('users')
    .leftJoin('provisioned_users', 'provisioned_users.user_id', 'users.id')
    .leftJoin('directory_entries', 'directory_entries.user_id', 'users.id')
    .where((where) => {
      const isOwned = where(own ?? 'provisioned_users.source', '=', source)
      // A user without a system has no external id.
      if (!takesOver || externalId !== undefined) return isOwned
      const isFree = where.and([
        where('provisioned_users.user_id', 'is', null),
        where('directory_entries.user_id', 'is', null),
        where('users.role', '=', 'user'),
      ])
      return where.or([isOwned, isFree])
    })
    .$if(id !== undefined, (query) => query.where('users.id', '=', id ?? ''))
    .$if(key !== undefined, (query) => query.where('username_key', '=', key ?? ''))
    .$if(email !== undefined, (query) =>
      query.where(sql<string>`lower(users.email)`, '=', email ?? ''),
    )
    .$if(externalId !== undefined, (query) => query.where('external_id', '=', externalId ?? ''))
}

type Row = Selectable<UserRow> & {
  readonly source: string | null
  readonly external_id: string | null
  readonly deactivated_at: number | null
}

function toProvisioned(
  row: Row,
  attributes: ReadonlyMap<string, Attributes>,
  groups: ReadonlyMap<string, readonly GroupReference[]>,
): ProvisionedUser {
  return {
    user: toUser(row),
    updatedAt: row.updated_at,
    externalId: row.external_id ?? undefined,
    isOwned: row.source !== null,
    isDeactivated: row.disabled_at !== null && row.disabled_at === row.deactivated_at,
    attributes: attributes.get(row.id) ?? new Map(),
    groups: groups.get(row.id) ?? [],
  }
}

async function attributesOf(
  queries: Queries,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, Attributes>> {
  if (userIds.length === 0) return new Map()
  const rows = await queries
    .selectFrom('user_attributes')
    .select(['user_id', 'name', 'value'])
    .where('user_id', 'in', userIds)
    .orderBy('position')
    .execute()
  const byUser = [...Map.groupBy(rows, (row) => row.user_id)]
  return new Map(
    byUser.map(([id, own]) => {
      const byName = [...Map.groupBy(own, ({ name }) => name)]
      return [id, new Map(byName.map(([name, all]) => [name, all.map(({ value }) => value)]))]
    }),
  )
}

async function groupsIn(
  queries: Queries,
  { source }: Scope,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, readonly GroupReference[]>> {
  if (userIds.length === 0) return new Map()
  const rows = await queries
    .selectFrom('user_groups')
    .innerJoin('provisioned_groups', 'provisioned_groups.name', 'user_groups.name')
    .select(['user_groups.user_id', 'provisioned_groups.id', 'display_name'])
    .where('user_groups.user_id', 'in', userIds)
    // The expression makes SQLite begin with the users, not with all groups of the system.
    .where(sql`source || ''`, '=', source)
    .orderBy('display_name')
    .execute()
  const byUser = [...Map.groupBy(rows, (row) => row.user_id)]
  return new Map(
    byUser.map(([id, own]) => [
      id,
      own.map((row) => ({ id: row.id, displayName: row.display_name })),
    ]),
  )
}

/** From now on the user belongs to the system. Fails if another system has the user. */
export async function claimUser(
  queries: Queries,
  { userId, source }: { readonly userId: Id<'user'>; readonly source: string },
): Promise<void> {
  const row = { user_id: userId, source, external_id: null, deactivated_at: null }
  await queries.insertInto('provisioned_users').values(row).execute()
  const managedBy: Manager = `scim:${source}`
  await queries
    .updateTable('users')
    .set({ managed_by: managedBy })
    .where('id', '=', userId)
    .execute()
}

export async function setExternalId(
  queries: Queries,
  userId: string,
  externalId: string | undefined,
): Promise<void> {
  await queries
    .updateTable('provisioned_users')
    .set({ external_id: externalId ?? null })
    .where('user_id', '=', userId)
    .execute()
}

/** Records that the system has disabled the user. Call it in the transaction that disables the user. */
export async function noteDeactivation(queries: Queries, userId: string): Promise<void> {
  await queries
    .updateTable('provisioned_users')
    .set((set) => ({
      deactivated_at: set.selectFrom('users').select('disabled_at').where('users.id', '=', userId),
    }))
    .where('user_id', '=', userId)
    .execute()
}
