/**
 * Groups as SCIM resources. Members are read only if an answer, a filter or a condition needs them, and then page by page, because
 * groups can be large. A change reads only the members that it names.
 */
import type { Provisioner } from '../../identity/operations/actor.ts'
import type { MemberChange } from '../../identity/operations/group-members.ts'
import type { GroupNames, GroupProvisioning } from '../../identity/operations/provisioned-groups.ts'
import type { ProvisionedGroup, ProvisionedGroups } from '../../identity/provisioning/groups.ts'
import {
  findCandidates,
  inParts,
  listMembersAmong,
  type Member,
  readMembers,
} from '../../identity/provisioning/members.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { type Conditions, checkVersion, isConditional } from './conditions.ts'
import { readError, ScimError } from './errors.ts'
import { countTerms, type Filter } from './filter.ts'
import {
  findGroupVersion,
  readGroup,
  readNames,
  showGroup,
  writeGroup,
  writeMember,
} from './group-resource.ts'
import type { Asked, Change, ResourceKind, Shown } from './kind.ts'
import { createMatcher } from './match.ts'
import { readMemberChange } from './member-change.ts'
import { findNamedMembers } from './narrowing.ts'
import { applyChanges } from './patch.ts'
import { listChanges, readOperations } from './patch-request.ts'
import type { Projection } from './project.ts'
import { type Resource, readResource } from './resource.ts'
import { groupType } from './schema.ts'
import { cutPage, listRequired, mostScanned, refuseTooMany, type Search } from './search.ts'

export interface GroupKindOptions {
  readonly db: Queries
  readonly log: Log
  /** The address of `/scim/v2`. */
  readonly address: string
  readonly groups: ProvisionedGroups
  readonly operations: GroupProvisioning
}

/** Room for some 60,000 members with their names. */
const longestBody = 8 * 1024 * 1024

export function createGroupKind(options: GroupKindOptions): ResourceKind {
  const { db, log, address, groups, operations } = options
  const show = (actor: Provisioner, group: ProvisionedGroup, projection: Projection) =>
    showGroup(group, { address, projection, readPages: () => readMembers(db, actor, group.name) })

  const createCheck =
    (actor: Provisioner, conditions: Conditions) =>
    async (group: ProvisionedGroup, queries: Queries): Promise<void> => {
      if (!isConditional(conditions)) return
      const pages = readMembers(queries, actor, group.name)
      checkVersion(conditions, await findGroupVersion(group, pages))
    }

  async function save(
    actor: Provisioner,
    { id, conditions }: Pick<Asked, 'id' | 'conditions'>,
    { members, decide }: GroupWish,
  ): Promise<ProvisionedGroup> {
    const check = createCheck(actor, conditions)
    try {
      return await operations.changeGroup(actor, id, {
        members,
        async decide(group, queries) {
          await check(group, queries)
          return decide(group)
        },
      })
    } catch (error) {
      const known = readError(error)
      if (known === undefined || [404, 412].includes(known.status)) throw error
      const removed = await operations.removeLeaving(actor, id, { members, check })
      if (removed === 0) throw error
      // A mistake about one member must not keep another one in.
      const { status, scimType, message: detail } = known
      log.warn(
        { source: actor.source, groupId: id, removed, status, scimType, detail },
        'A SCIM request was refused, but the members whom it removes were removed from the group.',
      )
      const reason = detail.replace(/ ?Nothing was changed\./, '')
      const text = `${reason} Only the members to be removed were removed.`
      throw new ScimError(status, text, scimType)
    }
  }

  return {
    type: groupType,
    longestBody,
    async find(actor, { id, conditions, projection }) {
      const group = await groups.find(db, actor, id)
      if (group === undefined) return undefined
      const shown = await show(actor, group, projection)
      if (shown.version !== undefined || conditions.ifNoneMatch === undefined) return shown
      const version = await findGroupVersion(group, readMembers(db, actor, group.name))
      return { ...shown, version }
    },
    list: (actor, search) => listGroups(options, actor, search),
    async create(actor, { body, projection, leaveOut }) {
      const group = await operations.addGroup(actor, await readGroup(body, leaveOut))
      return await show(actor, group, projection)
    },
    async replace(actor, { body, leaveOut, ...asked }) {
      const { members: add, ...names } = await readGroup(body, leaveOut)
      const members = { isWhole: true, add, remove: new Set<string>() }
      const group = await save(actor, asked, { members, decide: () => names })
      return await show(actor, group, asked.projection)
    },
    async patch(actor, change) {
      const wish = await readPatch(options, actor, change)
      const group = await save(actor, change, wish)
      const { attributes, excludedAttributes } = change.projection
      // RFC 7644, 3.5.2: an answer without the resource, unless the client asks for attributes. A group may be large.
      if (attributes === undefined && excludedAttributes === undefined) return { id: group.id }
      return await show(actor, group, change.projection)
    },
    remove: (actor, { id, conditions }) =>
      operations.removeGroup(actor, id, createCheck(actor, conditions)),
  }
}

interface GroupWish {
  readonly members: MemberChange
  readonly decide: (current: ProvisionedGroup) => GroupNames
}

async function readPatch(
  { db, address, groups }: GroupKindOptions,
  actor: Provisioner,
  { id, body, leaveOut }: Change,
): Promise<GroupWish> {
  const changes = readOperations(body).flatMap((one) => listChanges(groupType, one, leaveOut))
  const isOfMembers = (one: (typeof changes)[number]) => one.target.attribute.name === 'members'
  const others = changes.filter((one) => !isOfMembers(one))
  const members = await readMemberChange(changes.filter(isOfMembers), {
    address,
    async *readPages() {
      const group = await groups.find(db, actor, id)
      if (group !== undefined) yield* readMembers(db, actor, group.name)
    },
    async findUsers(all) {
      const found: Member[] = []
      for await (const ids of inParts(all))
        found.push(...(await findCandidates(db, actor, { name: '', ids })))
      return found
    },
  })
  return {
    members,
    decide(current) {
      const changed = applyChanges(writeGroup(address, current), others)
      return readNames(readResource(groupType, changed))
    },
  }
}

/** Members times comparisons of the filter: this many take a tenth of a second. */
const mostCompared = 300_000

/** A page of groups ends after this many members, because it is made in memory. */
const mostShown = 200_000

async function listGroups(
  options: GroupKindOptions,
  actor: Provisioner,
  search: Search,
): Promise<{ total: number; resources: readonly Shown[] }> {
  const { filter, sortBy, projection } = search
  const meant = await listMeant(options, actor, filter)
  const isSorted = sortBy?.[0]?.name === 'members'
  const isAboutMembers = isSorted || (filter && hasMembers(filter)) === true
  const named = isSorted || filter === undefined ? undefined : findNamedMembers(filter)
  const needsAll = isAboutMembers && named === undefined
  const most = mostCompared / (filter === undefined ? 1 : countTerms(filter))
  if (needsAll && meant.length > mostScanned / 20) throw refuseTooMany()
  const candidates = needsAll
    ? await fill(options, actor, { groups: meant, most })
    : await fillNamed(options, actor, { groups: meant, named: [...(named ?? [])] })
  const matches = filter === undefined ? () => true : createMatcher(groupType, filter)
  const { total, resources } = cutPage(candidates.filter(matches), search)
  const byId = new Map<unknown, ProvisionedGroup>(meant.map((one) => [one.id, one]))
  const shown = resources.flatMap((one) => byId.get(one.id) ?? [])
  return { total, resources: await showAll(options, actor, { groups: shown, projection }) }
}

/** The groups among which the filter chooses. */
async function listMeant(
  { db, groups }: GroupKindOptions,
  actor: Provisioner,
  filter: Filter | undefined,
): Promise<readonly ProvisionedGroup[]> {
  const id = listRequired(filter).get('id')
  if (id === undefined) return await groups.list(db, actor)
  const group = await groups.find(db, actor, id)
  return group === undefined ? [] : [group]
}

/** RFC 7644, 3.4.2.4: a page may have fewer resources than the client asked for. */
async function showAll(
  { db, address }: GroupKindOptions,
  actor: Provisioner,
  { groups, projection }: { groups: readonly ProvisionedGroup[]; projection: Projection },
): Promise<readonly Shown[]> {
  const all: Shown[] = []
  let left = mostShown
  for (const group of groups) {
    const readPages = async function* () {
      for await (const page of readMembers(db, actor, group.name)) {
        left -= page.length
        yield page
      }
    }
    all.push(await showGroup(group, { address, projection, readPages }))
    if (left <= 0) break
  }
  return all
}

interface Filling {
  readonly groups: readonly ProvisionedGroup[]
  /** More members than these are refused. */
  readonly most: number
}

/** With all members, for a filter or an order that compares them. */
async function fill(
  { db, address }: GroupKindOptions,
  actor: Provisioner,
  { groups, most }: Filling,
): Promise<readonly Resource[]> {
  const filled: Resource[] = []
  let read = 0
  for (const group of groups) {
    const members: Member[] = []
    for await (const page of readMembers(db, actor, group.name)) {
      read += page.length
      if (read > most) throw refuseTooMany()
      members.push(...page)
    }
    filled.push(withMembers(address, group, members))
  }
  return filled
}

/** With those of the named users who are members. */
async function fillNamed(
  { db, address }: GroupKindOptions,
  actor: Provisioner,
  { groups, named }: { groups: readonly ProvisionedGroup[]; named: readonly string[] },
): Promise<readonly Resource[]> {
  const members = await listMembersAmong(db, actor, named)
  return groups.map((group) => withMembers(address, group, members.get(group.name) ?? []))
}

function withMembers(
  address: string,
  group: ProvisionedGroup,
  members: readonly Member[],
): Resource {
  const resource = writeGroup(address, group)
  if (members.length === 0) return resource
  return { ...resource, members: members.map((one) => writeMember(address, one)) }
}

function hasMembers(filter: Filter): boolean {
  switch (filter.type) {
    case 'and':
    case 'or':
      return hasMembers(filter.left) || hasMembers(filter.right)
    case 'not':
      return hasMembers(filter.filter)
    default:
      return filter.path.name.toLowerCase() === 'members'
  }
}
