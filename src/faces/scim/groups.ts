/** Groups as SCIM resources. Members are read only if an answer or a filter contains them, because groups can be large. */
import type { Provisioner } from '../../identity/operations/actor.ts'
import type {
  GroupProvisioning,
  GroupState,
  WantedGroup,
} from '../../identity/operations/provisioned-groups.ts'
import {
  listMembers,
  listMembersAmong,
  type ProvisionedGroup,
  type ProvisionedGroups,
} from '../../identity/provisioning/groups.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { checkVersion } from './conditions.ts'
import { refuse } from './errors.ts'
import { countTerms, type Filter } from './filter.ts'
import type { Change, ResourceKind } from './kind.ts'
import { createMatcher } from './match.ts'
import { findNamedMembers } from './narrowing.ts'
import { applyPatch } from './patch.ts'
import { project, withVersion } from './project.ts'
import { isObject, type JsonObject, type Resource, readResource } from './resource.ts'
import { groupSchema, groupType } from './schema.ts'
import { cutPage, listRequired, mostScanned, refuseTooMany, type Search } from './search.ts'
import { checkText, readExternalId } from './user-resource.ts'

export interface GroupKindOptions {
  readonly db: Queries
  /** The address of `/scim/v2`. */
  readonly address: string
  readonly groups: ProvisionedGroups
  readonly operations: GroupProvisioning
}

export function createGroupKind(options: GroupKindOptions): ResourceKind {
  const { db, address, groups, operations } = options
  const write = (state: GroupState) => writeGroup(address, state)
  async function save(
    actor: Provisioner,
    { id, conditions, leaveOut }: Change,
    decide: (current: Resource) => JsonObject,
  ): Promise<Resource> {
    const changed = await operations.changeGroup(actor, id, (current) => {
      const before = write(current)
      checkVersion(conditions, before)
      return readGroup(readResource(groupType, decide(before), leaveOut))
    })
    return write(changed)
  }

  return {
    type: groupType,
    async find(actor, id) {
      const group = await groups.find(db, actor, id)
      return group && write({ group, members: await listMembers(db, actor, group.name) })
    },
    list: (actor, search) => listGroups(options, actor, search),
    create: async (actor, sent) => write(await operations.addGroup(actor, readGroup(sent))),
    replace: (actor, change) => save(actor, change, () => change.body),
    patch: (actor, change) =>
      save(actor, change, (current) =>
        applyPatch(groupType, current, change.body, change.leaveOut),
      ),
    remove: (actor, id, check) =>
      operations.removeGroup(actor, id, (current) => check(write(current))),
  }
}

/** Members times comparisons of the filter: this many take some tenths of a second. */
const mostCompared = 1_000_000

async function listGroups(
  options: GroupKindOptions,
  actor: Provisioner,
  search: Search,
): Promise<{ total: number; resources: readonly Resource[] }> {
  const { filter, sortBy, projection } = search
  const all = await options.groups.list(options.db, actor)
  const id = listRequired(filter).get('id')
  const meant = id === undefined ? all : all.filter((one) => one.id === id)
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
  // A group without its members has no version.
  const isShown = 'members' in project(groupType, { members: [] }, projection)
  if (!isShown) return { total, resources }
  const byId = new Map<unknown, ProvisionedGroup>(meant.map((one) => [one.id, one]))
  const shown = resources.flatMap((one) => byId.get(one.id) ?? [])
  const full = needsAll ? resources : await fill(options, actor, { groups: shown })
  return { total, resources: full.map(withVersion) }
}

interface Filling {
  readonly groups: readonly ProvisionedGroup[]
  /** More members than these are refused. */
  readonly most?: number
}

/** With all members. */
async function fill(
  { db, address }: GroupKindOptions,
  actor: Provisioner,
  { groups, most = Number.POSITIVE_INFINITY }: Filling,
): Promise<readonly Resource[]> {
  const filled: Resource[] = []
  let read = 0
  for (const group of groups) {
    const members = await listMembers(db, actor, group.name)
    read += members.length
    if (read > most) throw refuseTooMany()
    filled.push(writeGroup(address, { group, members }))
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
  return groups.map((group) =>
    writeGroup(address, { group, members: members.get(group.name) ?? [] }),
  )
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

function writeGroup(address: string, { group, members }: GroupState): Resource {
  const { id, displayName, externalId, createdAt, updatedAt } = group
  return {
    schemas: [groupSchema.id],
    id,
    ...(externalId !== undefined && { externalId }),
    displayName,
    ...(members.length > 0 && {
      members: members.map((member) => ({
        ...{ value: member.id, $ref: `${address}/Users/${member.id}` },
        ...{ display: member.displayName, type: 'User' },
      })),
    }),
    meta: {
      resourceType: 'Group',
      created: new Date(createdAt).toISOString(),
      lastModified: new Date(updatedAt).toISOString(),
      location: `${address}/Groups/${id}`,
    },
  }
}

function readGroup({ displayName = '', externalId, members = [] }: Resource): WantedGroup {
  const all = Array.isArray(members) ? members : []
  return {
    displayName: checkText(displayName, 'displayName', 100).trim(),
    externalId: readExternalId(externalId),
    members: all.map((one) => {
      const value = isObject(one) ? one.value : undefined
      if (typeof value === 'string' && /^[\w-]{1,100}$/.test(value)) return value
      throw refuse('invalidValue', 'A member has to have the id of a user as its value.')
    }),
  }
}
