/**
 * Groups that a system provisions. Owns the list of these groups and their names in the system and here. members.ts has
 * their members.
 */
import type { Selectable } from 'kysely'
import type { Clock } from '../../platform/kernel/clock.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import { type Id, newId } from '../../platform/kernel/ids.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { isUniqueViolation } from '../../platform/storage/errors.ts'
import type { ProvisionedGroupRow } from '../../platform/storage/user-tables.ts'
import { groupNameSchema } from '../users/groups.ts'
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
    ): Promise<ProvisionedGroup> {
      const row = await refuseTaken(
        queries
          .updateTable('provisioned_groups')
          .set({ ...writeNames(names), updated_at: clock.now() })
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirstOrThrow(),
      )
      return toGroup(row)
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

async function refuseTaken<Result>(write: Promise<Result>): Promise<Result> {
  try {
    return await write
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
