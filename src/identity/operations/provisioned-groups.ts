/**
 * The operations of a provisioning system on groups. Owns which groups it may take as its own, and that it adds nobody
 * with a role to a group and removes nobody with a role from one: a rule for a group may require less at a login. A
 * change of members is effective at the next request, as always.
 */
import { Fault } from '../../platform/kernel/fault.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database } from '../../platform/storage/database.ts'
import { type Transaction, transact } from '../../platform/storage/transact.ts'
import type { Audit } from '../audit/audit.ts'
import { provisioningEvents } from '../provisioning/events.ts'
import {
  findMemberRoles,
  hasAnyMember,
  hasMemberWithRole,
  listMembers,
  type Member,
  type ProvisionedGroup,
  type ProvisionedGroups,
  readGroupName,
  renameMembers,
} from '../provisioning/groups.ts'
import { findProvisioned } from '../provisioning/users.ts'
import { userEvents } from '../users/events.ts'
import { addToGroup, removeFromGroup } from '../users/groups.ts'
import { lockUser } from '../users/lock.ts'
import { auditName, type Provisioner } from './actor.ts'
import { takeOver } from './provisioning.ts'
import { outOfGroup } from './two-people.ts'
import type { TwoPeople } from './two-people-names.ts'

export interface GroupProvisioningOptions {
  readonly db: Database
  readonly groups: ProvisionedGroups
  readonly audit: Audit
  readonly twoPeople: Pick<TwoPeople, 'isGuarded'>
}

export interface WantedGroup {
  readonly displayName: string
  readonly externalId: string | undefined
  /** Ids of users. */
  readonly members: readonly string[]
}

export interface GroupState {
  readonly group: ProvisionedGroup
  readonly members: readonly Member[]
}

export type GroupProvisioning = ReturnType<typeof createGroupProvisioning>

export function createGroupProvisioning(options: GroupProvisioningOptions) {
  const { db, groups, audit } = options
  return {
    /**
     * Throws Fault `conflict` when the name or the external id is taken, `bad_request` for an invalid name or invalid
     * members.
     */
    addGroup: (actor: Provisioner, wanted: WantedGroup): Promise<GroupState> =>
      transact(db, async (tx) => {
        const name = readGroupName(wanted.displayName)
        if (!actor.takesOver) await refuseUsed(tx, name)
        const group = await groups.create(tx, { ...wanted, source: actor.source })
        const facts = { groupId: group.id, group: name, by: auditName(actor) }
        await audit.record(tx, provisioningEvents.groupCreated, facts)
        await saveMembers(options, tx, actor, { name, before: [], wanted: wanted.members })
        return await findGroup(options, tx, actor, group.id)
      }),

    /**
     * @param decide returns the wanted group; if it throws, nothing is changed. Throws as `addGroup`, Fault `not_found`
     * and `not_allowed`.
     */
    changeGroup: (
      actor: Provisioner,
      id: string,
      decide: (current: GroupState) => WantedGroup,
    ): Promise<GroupState> =>
      transact(db, async (tx) => {
        const current = await findLocked(options, tx, actor, id)
        const wanted = decide(current)
        const name = readGroupName(wanted.displayName)
        await rename(options, tx, actor, { group: current.group, name })
        await groups.change(tx, id, wanted)
        const before = current.members.map((one) => one.id)
        await saveMembers(options, tx, actor, { name, before, wanted: wanted.members })
        return await findGroup(options, tx, actor, id)
      }),

    /**
     * Takes all users of the system out of the group.
     * @param check may throw, and then nothing is changed
     */
    removeGroup: (
      actor: Provisioner,
      id: string,
      check: (current: GroupState) => void,
    ): Promise<void> =>
      transact(db, async (tx) => {
        const current = await findLocked(options, tx, actor, id)
        check(current)
        const { name } = current.group
        const before = current.members.map((one) => one.id)
        await saveMembers(options, tx, actor, { name, before, wanted: [] })
        await groups.remove(tx, id)
        const facts = { groupId: id, group: name, by: auditName(actor) }
        await audit.record(tx, provisioningEvents.groupRemoved, facts)
      }),
  }
}

async function findGroup(
  { groups }: GroupProvisioningOptions,
  tx: Transaction,
  actor: Provisioner,
  id: string,
): Promise<GroupState> {
  const group = await groups.find(tx, actor, id)
  if (group === undefined) throw new Fault('not_found', 'There is no group with this id.')
  return { group, members: await listMembers(tx, actor, group.name) }
}

/** Locks the group until the transaction ends. */
async function findLocked(
  options: GroupProvisioningOptions,
  tx: Transaction,
  actor: Provisioner,
  id: string,
): Promise<GroupState> {
  await options.groups.lock(tx, id)
  return await findGroup(options, tx, actor, id)
}

/** Refuses a group whose members an operator has added: a system must not control the rules for it. */
async function refuseUsed(tx: Transaction, name: string): Promise<void> {
  if (!(await hasAnyMember(tx, name))) return
  const text = `Einlass has a group ${name} with members of its own. Nothing was changed.`
  throw new Fault('conflict', text)
}

function refuseRole(): never {
  const text =
    'Somebody who has a role in Einlass would come into a group or leave it. Nothing was changed.'
  throw new Fault('not_allowed', text)
}

/** Outside of the group, a member would have the rule for two operators no more. */
function refuseGuarded(group: string): never {
  const text = `Members of ${group} require two operators (service_desk.two_people_groups), so a system alone takes nobody out of it. Nothing was changed. ${outOfGroup}`
  throw new Fault('not_allowed', text)
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
  if (twoPeople.isGuarded(before) && (await hasAnyMember(tx, before))) refuseGuarded(before)
  if (await hasMemberWithRole(tx, before)) refuseRole()
  await renameMembers(tx, before, name)
  const facts = { groupId, group: name, before, by: auditName(actor) }
  await audit.record(tx, provisioningEvents.groupRenamed, facts)
}

interface Members {
  /** The name of the group. */
  readonly name: string
  readonly before: readonly Id<'user'>[]
  readonly wanted: readonly string[]
}

async function saveMembers(
  options: GroupProvisioningOptions,
  tx: Transaction,
  actor: Provisioner,
  { name, before, wanted }: Members,
): Promise<void> {
  const { audit, twoPeople } = options
  const [old, next] = [new Set<string>(before), new Set(wanted)]
  // Sorted, because another change may lock the same users.
  const added = [...next].filter((id) => !old.has(id)).sort()
  const gone = [...old].filter((id) => !next.has(id)).sort()
  if (gone.length > 0 && twoPeople.isGuarded(name)) refuseGuarded(name)
  await claimMembers(options, tx, actor, added)
  const roles = await findMemberRoles(tx, actor, [...added, ...gone])
  if (added.some((id) => !roles.has(id))) {
    throw new Fault('bad_request', 'members has an id of no user. Nothing was changed.')
  }
  if ([...roles.values()].some((role) => role !== 'user')) refuseRole()
  const by = auditName(actor)
  for (const userId of added) {
    await addToGroup(tx, userId, name)
    await audit.record(tx, userEvents.groupAdded, { userId, group: name, by })
  }
  for (const userId of gone) {
    await removeFromGroup(tx, userId, name)
    await audit.record(tx, userEvents.groupRemoved, { userId, group: name, by })
  }
}

/** With a token that takes over, also users without a system can become members. */
async function claimMembers(
  options: GroupProvisioningOptions,
  tx: Transaction,
  actor: Provisioner,
  ids: readonly string[],
): Promise<void> {
  if (!actor.takesOver) return
  for (const id of ids) {
    const found = await findProvisioned(tx, actor, id)
    if (found === undefined || found.isOwned) continue
    await lockUser(tx, found.user.id)
    // Meanwhile another change may have taken the user over.
    const current = await findProvisioned(tx, actor, id)
    if (current !== undefined) await takeOver(options, tx, actor, current)
  }
}
