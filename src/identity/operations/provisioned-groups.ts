/**
 * The operations of a provisioning system on groups. Owns which groups it may take as its own, and that a change of very many
 * members is made in several transactions, so that everybody else can write in between. A change of members is effective at the
 * next request, as always.
 */
import { Fault } from '../../platform/kernel/fault.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { type Transaction, transact } from '../../platform/storage/transact.ts'
import { provisioningEvents } from '../provisioning/events.ts'
import {
  type ProvisionedGroup,
  type ProvisionedGroups,
  readGroupName,
} from '../provisioning/groups.ts'
import {
  hasMemberWithRole,
  hasMoreMembers,
  inParts,
  renameMembers,
} from '../provisioning/members.ts'
import { auditName, type Provisioner } from './actor.ts'
import {
  type Differences,
  findDifferences,
  guarded,
  type MemberChange,
  type MemberOptions,
  noMembers,
  refuse,
  saveMembers,
  withRole,
} from './group-members.ts'

export interface GroupProvisioningOptions extends MemberOptions {
  readonly db: Database
  readonly groups: ProvisionedGroups
}

/** The names of a group as the system wants them. */
export interface GroupNames {
  readonly displayName: string
  readonly externalId: string | undefined
}

export interface WantedGroup extends GroupNames {
  /** Ids of users. */
  readonly members: ReadonlySet<string>
}

type Check = (current: ProvisionedGroup, queries: Queries) => Promise<void>

export interface GroupChange {
  readonly members: MemberChange
  /** Returns the wanted names. If it throws, nothing is changed. It is called again after a conflict of transactions. */
  readonly decide: (current: ProvisionedGroup, queries: Queries) => GroupNames | Promise<GroupNames>
}

/** More changes of members than these are made in several transactions. */
const mostInTransaction = 1000

export type GroupProvisioning = ReturnType<typeof createGroupProvisioning>

export function createGroupProvisioning(options: GroupProvisioningOptions) {
  const { db, groups, audit } = options
  return {
    /**
     * Throws Fault `conflict` when the name or the external id is taken, `bad_request` for an invalid name or invalid
     * members.
     */
    async addGroup(actor: Provisioner, wanted: WantedGroup): Promise<ProvisionedGroup> {
      const name = readGroupName(wanted.displayName)
      const change = { isWhole: false, add: wanted.members, remove: new Set<string>() }
      const plan = await planMany(options, actor, async () => name, change)
      const group = await transact(db, async (tx) => {
        if (!actor.takesOver) await refuseUsed(tx, name)
        const made = await groups.create(tx, { ...wanted, source: actor.source })
        const facts = { groupId: made.id, group: name, by: auditName(actor) }
        await audit.record(tx, provisioningEvents.groupCreated, facts)
        if (plan === undefined) await saveFew(options, tx, actor, { name, change })
        return made
      })
      if (plan !== undefined) await saveMany(options, actor, group.id, plan)
      return group
    },

    /** Throws as `addGroup`, Fault `not_found` and `not_allowed`. */
    async changeGroup(
      actor: Provisioner,
      id: string,
      { members: change, decide }: GroupChange,
    ): Promise<ProvisionedGroup> {
      const plan = await planMany(options, actor, findName(actor, id), change)
      const changed = await transact(db, async (tx) => {
        const group = await findLocked(options, tx, actor, id)
        const wanted = await decide(group, tx)
        const name = readGroupName(wanted.displayName)
        await rename(options, tx, actor, { group, name })
        const after = await groups.change(tx, id, wanted)
        if (plan === undefined) await saveFew(options, tx, actor, { name, change })
        return after
      })
      if (plan !== undefined) await saveMany(options, actor, id, plan)
      return changed
    },

    /**
     * For a change that is refused as a whole: removes the members who may be removed, and nothing else.
     * @param check as in `removeGroup`
     * @returns how many
     */
    async removeLeaving(
      actor: Provisioner,
      id: string,
      { members: change, check }: { readonly members: MemberChange; readonly check: Check },
    ): Promise<number> {
      const group = await findGroup(options, db, actor, id)
      await check(group, db)
      const { name } = group
      const { gone } = await findDifferences(options, db, actor, { name, change })
      await saveMany(options, actor, id, { added: [], gone })
      return gone.length
    },

    /**
     * Takes all users of the system out of the group.
     * @param check may throw, and then nothing is changed
     */
    async removeGroup(actor: Provisioner, id: string, check: Check): Promise<void> {
      const change = noMembers
      const plan = await planMany(options, actor, findName(actor, id), change)
      if (plan !== undefined) {
        await check(await findGroup(options, db, actor, id), db)
        await saveMany(options, actor, id, plan)
      }
      await transact(db, async (tx) => {
        const group = await findLocked(options, tx, actor, id)
        const { name } = group
        if (plan === undefined) await check(group, tx)
        await saveFew(options, tx, actor, { name, change })
        await groups.remove(tx, id)
        const facts = { groupId: id, group: name, by: auditName(actor) }
        await audit.record(tx, provisioningEvents.groupRemoved, facts)
      })
    },
  }

  function findName(actor: Provisioner, id: string): () => Promise<string> {
    return async () => (await findGroup(options, db, actor, id)).name
  }
}

interface Saved {
  readonly name: string
  readonly change: MemberChange
  /** Other members have been changed before. */
  readonly isPart?: true
}

/** Throws Fault for what is not allowed. */
async function saveFew(
  options: GroupProvisioningOptions,
  tx: Transaction,
  actor: Provisioner,
  { name, change, isPart }: Saved,
): Promise<void> {
  const differences = await findDifferences(options, tx, actor, { name, change })
  if (differences.refusal !== undefined) refuse(differences.refusal, isPart)
  await saveMembers(options, tx, actor, { name, ...differences })
}

/**
 * What a change comes to that is too large for one transaction; throws Fault if it is not allowed. `undefined`: it is small.
 * @param findName the name of the group
 */
async function planMany(
  options: GroupProvisioningOptions,
  actor: Provisioner,
  findName: () => Promise<string>,
  change: MemberChange,
): Promise<Differences | undefined> {
  const { db } = options
  const { isWhole, add, remove } = change
  if (!isWhole && add.size + remove.size <= mostInTransaction) return undefined
  const name = await findName()
  const isLarge = add.size > mostInTransaction
  if (isWhole && !isLarge && !(await hasMoreMembers(db, name, mostInTransaction))) return undefined
  const differences = await findDifferences(options, db, actor, { name, change })
  if (differences.refusal !== undefined) refuse(differences.refusal)
  return differences
}

/** First the removals. What is not allowed any more meanwhile is refused, and everything before it stays. */
async function saveMany(
  options: GroupProvisioningOptions,
  actor: Provisioner,
  id: string,
  { added, gone }: Pick<Differences, 'added' | 'gone'>,
): Promise<void> {
  const save = (part: Pick<MemberChange, 'add' | 'remove'>) =>
    transact(options.db, async (tx) => {
      const { name } = await findLocked(options, tx, actor, id)
      const change = { ...part, isWhole: false }
      await saveFew(options, tx, actor, { name, change, isPart: true })
    })
  for await (const ids of inParts(gone)) await save({ add: new Set(), remove: new Set(ids) })
  for await (const ids of inParts(added)) await save({ add: new Set(ids), remove: new Set() })
}

async function findGroup(
  { groups }: GroupProvisioningOptions,
  queries: Queries,
  actor: Provisioner,
  id: string,
): Promise<ProvisionedGroup> {
  const group = await groups.find(queries, actor, id)
  if (group === undefined) throw new Fault('not_found', 'There is no group with this id.')
  return group
}

/** Locks the group until the transaction ends. */
async function findLocked(
  options: GroupProvisioningOptions,
  tx: Transaction,
  actor: Provisioner,
  id: string,
): Promise<ProvisionedGroup> {
  await options.groups.lock(tx, id)
  return await findGroup(options, tx, actor, id)
}

/** Refuses a group whose members an operator has added: a system must not control the rules for it. */
async function refuseUsed(tx: Transaction, name: string): Promise<void> {
  if (!(await hasMoreMembers(tx, name, 0))) return
  const text = `Einlass has a group ${name} with members of its own. Nothing was changed.`
  throw new Fault('conflict', text)
}

async function rename(
  { audit, twoPeople }: GroupProvisioningOptions,
  tx: Transaction,
  actor: Provisioner,
  { group, name }: { readonly group: ProvisionedGroup; readonly name: string },
): Promise<void> {
  const { id: groupId, name: before } = group
  if (name === before) return
  await refuseUsed(tx, name)
  if (twoPeople.isGuarded(before) && (await hasMoreMembers(tx, before, 0))) refuse(guarded(before))
  if (await hasMemberWithRole(tx, before)) refuse(withRole)
  await renameMembers(tx, before, name)
  const facts = { groupId, group: name, before, by: auditName(actor) }
  await audit.record(tx, provisioningEvents.groupRenamed, facts)
}
