/** Groups as SCIM resources. Members are read only if an answer or a filter contains them, because groups can be large. */
import type { Provisioner } from '../../identity/operations/actor.ts'
import type {
  GroupProvisioning,
  GroupState,
  WantedGroup,
} from '../../identity/operations/provisioned-groups.ts'
import { listMembers, type ProvisionedGroups } from '../../identity/provisioning/groups.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { refuse } from './errors.ts'
import { countTerms, type Filter } from './filter.ts'
import type { ResourceKind } from './kind.ts'
import { createMatcher } from './match.ts'
import { project, withVersion } from './project.ts'
import { isObject, type Resource, readResource } from './resource.ts'
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
  return {
    type: groupType,
    async find(actor, id) {
      const group = await groups.find(db, actor, id)
      return group && write({ group, members: await listMembers(db, actor, group.name) })
    },
    list: (actor, search) => listGroups(options, actor, search),
    create: async (actor, sent) => write(await operations.addGroup(actor, readGroup(sent))),
    async change(actor, id, decide) {
      const changed = await operations.changeGroup(actor, id, (current) =>
        readGroup(readResource(groupType, decide(write(current)))),
      )
      return write(changed)
    },
    remove: (actor, id, check) =>
      operations.removeGroup(actor, id, (current) => check(write(current))),
  }
}

/** Members times comparisons of the filter: this many take some tenths of a second. */
const mostCompared = 1_000_000

async function listGroups(
  { db, address, groups }: GroupKindOptions,
  actor: Provisioner,
  search: Search,
) {
  const { filter, sortBy, projection } = search
  const all = await groups.list(db, actor)
  const id = listRequired(filter).get('id')
  const meant = id === undefined ? all : all.filter((one) => one.id === id)
  const byId = new Map(meant.map((one) => [one.id as string, one]))
  const bare = meant.map((group) => writeGroup(address, { group, members: [] }))
  const isAboutMembers = sortBy?.[0]?.name === 'members' || (filter && hasMembers(filter)) === true
  const terms = filter === undefined ? 1 : countTerms(filter)
  const fill = async (resources: readonly Resource[]) => {
    const filled: Resource[] = []
    let compared = 0
    for (const { id: groupId } of resources) {
      const group = byId.get(String(groupId))
      if (group === undefined) continue
      const members = await listMembers(db, actor, group.name)
      compared += members.length * terms
      if (isAboutMembers && compared > mostCompared) throw refuseTooMany()
      filled.push(writeGroup(address, { group, members }))
    }
    return filled
  }
  if (isAboutMembers && bare.length > mostScanned / 20) throw refuseTooMany()
  const candidates = isAboutMembers ? await fill(bare) : bare
  const matches = filter === undefined ? () => true : createMatcher(groupType, filter)
  const { total, resources } = cutPage(candidates.filter(matches), search)
  // A group without its members has no version.
  const isShown = 'members' in project(groupType, { members: [] }, projection)
  if (!isShown) return { total, resources }
  const full = isAboutMembers ? resources : await fill(resources)
  return { total, resources: full.map(withVersion) }
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
