/**
 * What a PATCH means for the members of a group (RFC 7644, 3.5.2), as sets of ids: who is added, who is removed. Does not read
 * the members, except for a filter that compares something else than ids.
 */
import type { MemberChange } from '../../identity/operations/group-members.ts'
import type { Member } from '../../identity/provisioning/members.ts'
import { refuse, ScimError } from './errors.ts'
import { countTerms, type Filter } from './filter.ts'
import { type MemberPages, readMemberIds, writeMember } from './group-resource.ts'
import { createValueMatcher } from './match.ts'
import type { Change } from './patch-request.ts'
import { groupType } from './schema.ts'

export interface MemberSource {
  /** The address of `/scim/v2`. */
  readonly address: string
  readonly readPages: () => MemberPages
  /** Those of these users whom the system has. */
  readonly findUsers: (ids: readonly string[]) => Promise<readonly Member[]>
}

/** Members that are compared with a filter, multiplied by its comparisons. */
const mostCompared = 300_000

/** @param changes those of `members`, in their order */
export async function readMemberChange(
  changes: readonly Change[],
  source: MemberSource,
): Promise<MemberChange> {
  const whole = { isWhole: false, add: new Set<string>(), remove: new Set<string>() }
  for (const one of changes) await apply(whole, one, source)
  return whole
}

interface Collected {
  isWhole: boolean
  readonly add: Set<string>
  readonly remove: Set<string>
}

async function apply(
  collected: Collected,
  { target, operation }: Change,
  source: MemberSource,
): Promise<void> {
  const { filter, part } = target
  const { op, value = null } = operation
  // Only its value makes a member; all members have the same type.
  if (part !== undefined && part.name !== 'value') return
  if (filter !== undefined)
    return await applyChosen(collected, filter, { target, operation }, source)
  const ids = await readMemberIds(value)
  if (op === 'replace' || (op === 'remove' && value === null)) clear(collected)
  if (op === 'remove') take(collected, ids)
  else put(collected, ids)
}

async function applyChosen(
  collected: Collected,
  filter: Filter,
  { operation }: Change,
  source: MemberSource,
): Promise<void> {
  const { op, value = null } = operation
  const named = listNamed(filter)
  if (op === 'remove') {
    return take(collected, named ?? (await choose(collected, filter, source)))
  }
  if (named === undefined) throw refuse('noTarget', 'No value of members is meant.')
  const ids = await readMemberIds(value)
  if (op === 'replace' && ids.size > 0) take(collected, named)
  put(collected, ids.size > 0 ? ids : named)
}

function clear(collected: Collected): void {
  collected.isWhole = true
  collected.add.clear()
  collected.remove.clear()
}

function take({ add, remove }: Collected, ids: Iterable<string>): void {
  for (const id of ids) {
    add.delete(id)
    remove.add(id)
  }
}

function put({ add, remove }: Collected, ids: Iterable<string>): void {
  for (const id of ids) {
    remove.delete(id)
    add.add(id)
  }
}

/** The ids of a filter that compares nothing else. */
function listNamed(filter: Filter): readonly string[] | undefined {
  if (filter.type === 'or') {
    const [left, right] = [listNamed(filter.left), listNamed(filter.right)]
    return left && right && [...left, ...right]
  }
  if (filter.type !== 'compare' || filter.operator !== 'eq') return undefined
  const isValue = filter.path.name.toLowerCase() === 'value' && typeof filter.value === 'string'
  return isValue ? [String(filter.value)] : undefined
}

/** The members for whom the filter is true, as the operations before it leave them. */
async function choose(
  { isWhole, add, remove }: Collected,
  filter: Filter,
  { address, readPages, findUsers }: MemberSource,
): Promise<readonly string[]> {
  const attribute = groupType.schema.attributes.find(({ name }) => name === 'members')
  if (attribute === undefined) throw new Error('groups have members')
  const matches = createValueMatcher(attribute, filter)
  const chosen: string[] = []
  let left = mostCompared / countTerms(filter)
  const compare = (members: readonly Member[]) => {
    left -= members.length
    if (left < 0) throw new ScimError(413, 'The group has too many members for this filter.')
    chosen.push(...members.flatMap((one) => (matches(writeMember(address, one)) ? one.id : [])))
  }
  compare(await findUsers([...add]))
  if (isWhole) return chosen
  for await (const page of readPages())
    compare(page.filter(({ id }) => !add.has(id) && !remove.has(id)))
  return chosen
}
