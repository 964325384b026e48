/**
 * Changes of the members of a provisioned group. Owns who may be added and removed: nobody with a role, because a rule for the
 * group may require less at a login, and nobody out of a group that requires two operators. Costs what is changed, not what the
 * group has; provisioned-groups.ts divides large changes into several transactions.
 */
import { Fault } from '../../platform/kernel/fault.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import type { Audit } from '../audit/audit.ts'
import { findCandidates, inParts, type Member, readMembers } from '../provisioning/members.ts'
import { findProvisioned } from '../provisioning/users.ts'
import { userEvents } from '../users/events.ts'
import { addUsers, removeUsers } from '../users/groups.ts'
import { lockUser } from '../users/lock.ts'
import { auditName, type Provisioner } from './actor.ts'
import { takeOver } from './provisioning.ts'
import { outOfGroup } from './two-people.ts'
import type { TwoPeople } from './two-people-names.ts'

export interface MemberOptions {
  readonly audit: Audit
  readonly twoPeople: Pick<TwoPeople, 'isGuarded'>
}

/** Which members are wanted, by the ids of users. */
export interface MemberChange {
  /** All others are removed. */
  readonly isWhole: boolean
  readonly add: ReadonlySet<string>
  /** Who is no member is no mistake. */
  readonly remove: ReadonlySet<string>
}

export const noMembers: MemberChange = { isWhole: true, add: new Set(), remove: new Set() }

/** What a change of members comes to. */
export interface Differences {
  readonly added: readonly string[]
  /** Those who may be removed, even if the change is not allowed as a whole. */
  readonly gone: readonly string[]
  readonly refusal: Refusal | undefined
}

interface Refusal {
  readonly code: 'bad_request' | 'not_allowed'
  readonly reason: string
}

const mostNamed = 3

const unknownMembers = (ids: readonly string[]): Refusal => ({
  code: 'bad_request',
  reason: `members has an id of no user: ${ids.slice(0, mostNamed).join(', ')}${ids.length > mostNamed ? ' and others' : ''}.`,
})

export const withRole: Refusal = {
  code: 'not_allowed',
  reason: 'Somebody who has a role in Einlass would come into a group or leave it.',
}

/** Outside of the group, a member would have the rule for two operators no more. */
export const guarded = (group: string): Refusal => ({
  code: 'not_allowed',
  reason: `Members of ${group} require two operators (service_desk.two_people_groups), so a system alone takes nobody out of it. ${outOfGroup}`,
})

/** @param isLate a part of the change was made before, when this was no mistake */
export function refuse({ code, reason }: Refusal, isLate = false): never {
  const end = isLate ? 'The members before it were changed.' : 'Nothing was changed.'
  throw new Fault(code, `${reason} ${end}`)
}

interface Asked {
  /** The name of the group. */
  readonly name: string
  readonly change: MemberChange
}

/** Reads only the users whom the change names; for a whole group, its members page by page. */
export async function findDifferences(
  options: MemberOptions,
  queries: Queries,
  actor: Provisioner,
  { name, change }: Asked,
): Promise<Differences> {
  const { added, refusal } = await findAdded(queries, actor, { name, change })
  const leaving = await findLeaving(queries, actor, { name, change })
  if (leaving.length > 0 && options.twoPeople.isGuarded(name))
    return { added, gone: [], refusal: guarded(name) }
  const gone = leaving.filter(hasNoRole).map(({ id }) => id)
  const refused = refusal ?? (gone.length < leaving.length ? withRole : undefined)
  return { added, gone, refusal: refused }
}

const hasNoRole = ({ role }: Pick<Member, 'role'>) => role === 'user'

async function findAdded(
  queries: Queries,
  actor: Provisioner,
  { name, change }: Asked,
): Promise<{ added: string[]; refusal: Refusal | undefined }> {
  const added: string[] = []
  let refusal: Refusal | undefined
  for await (const ids of inParts(change.add)) {
    const found = await findCandidates(queries, actor, { name, ids })
    const known = new Set<string>(found.map(({ id }) => id))
    const missing = ids.filter((id) => !known.has(id))
    const coming = found.filter(({ isMember }) => !isMember)
    const unknown = await listUnknown(queries, actor, missing)
    if (unknown.length > 0) refusal ??= unknownMembers(unknown)
    if (!coming.every(hasNoRole)) refusal ??= withRole
    added.push(...coming.map(({ id }) => id), ...missing)
  }
  return { added, refusal }
}

async function findLeaving(
  queries: Queries,
  actor: Provisioner,
  { name, change: { isWhole, add, remove } }: Asked,
): Promise<readonly Member[]> {
  const leaving: Member[] = []
  if (isWhole) {
    for await (const page of readMembers(queries, actor, name))
      leaving.push(...page.filter(({ id }) => !add.has(id)))
    return leaving
  }
  for await (const ids of inParts(remove)) {
    const found = await findCandidates(queries, actor, { name, ids })
    leaving.push(...found.filter(({ isMember }) => isMember))
  }
  return leaving
}

/** Those of these users, who are in no system yet, whom the token may not take over. */
async function listUnknown(
  queries: Queries,
  actor: Provisioner,
  ids: readonly string[],
): Promise<readonly string[]> {
  if (!actor.takesOver) return ids
  const unknown: string[] = []
  for (const id of ids) {
    if ((await findProvisioned(queries, actor, id)) === undefined) unknown.push(id)
  }
  return unknown
}

/** Writes differences that are allowed. */
export async function saveMembers(
  options: MemberOptions,
  tx: Transaction,
  actor: Provisioner,
  { name, added, gone }: Pick<Differences, 'added' | 'gone'> & { readonly name: string },
): Promise<void> {
  const { audit } = options
  const by = auditName(actor)
  // Sorted, because another change may lock the same users.
  for await (const ids of inParts(gone.toSorted())) {
    const removed = await removeUsers(tx, name, ids)
    for (const userId of removed.toSorted())
      await audit.record(tx, userEvents.groupRemoved, { userId, group: name, by })
  }
  for await (const ids of inParts(added.toSorted())) {
    if (actor.takesOver) await claimMembers(options, tx, actor, ids)
    const isNew = await addUsers(tx, name, ids)
    for (const userId of isNew.toSorted())
      await audit.record(tx, userEvents.groupAdded, { userId, group: name, by })
  }
}

/** With a token that takes over, also users without a system can become members. */
async function claimMembers(
  options: MemberOptions,
  tx: Transaction,
  actor: Provisioner,
  ids: readonly string[],
): Promise<void> {
  const owned = await findCandidates(tx, actor, { name: '', ids })
  const known = new Set<string>(owned.map(({ id }) => id))
  for (const id of ids.filter((one) => !known.has(one))) {
    const found = await findProvisioned(tx, actor, id)
    if (found === undefined || found.isOwned) continue
    await lockUser(tx, found.user.id)
    // Meanwhile another change may have taken the user over.
    const current = await findProvisioned(tx, actor, id)
    if (current !== undefined) await takeOver(options, tx, actor, current)
  }
}
