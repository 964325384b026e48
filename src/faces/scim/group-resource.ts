/**
 * Groups as SCIM resources. Owns their JSON, which is made page by page because a group may have very many members, and their
 * version, which is made of all members.
 */
import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { GroupNames } from '../../identity/operations/provisioned-groups.ts'
import type { ProvisionedGroup } from '../../identity/provisioning/groups.ts'
import type { Member } from '../../identity/provisioning/members.ts'
import { refuse } from './errors.ts'
import { parseName } from './filter.ts'
import type { Shown } from './kind.ts'
import type { LeaveOut } from './left-out.ts'
import { type Projection, project, withVersion } from './project.ts'
import {
  findMember,
  isObject,
  type Json,
  type JsonObject,
  listEntries,
  type Resource,
  readResource,
} from './resource.ts'
import { groupSchema, groupType, resolvePath } from './schema.ts'
import { checkText, readExternalId } from './user-resource.ts'

export type MemberPages = AsyncIterable<readonly Member[]> | Iterable<readonly Member[]>

/** Without members. @param address the address of `/scim/v2` */
export function writeGroup(address: string, group: ProvisionedGroup): Resource {
  const { id, displayName, externalId, createdAt, updatedAt } = group
  return {
    schemas: [groupSchema.id],
    id,
    ...(externalId !== undefined && { externalId }),
    displayName,
    meta: {
      resourceType: 'Group',
      created: new Date(createdAt).toISOString(),
      lastModified: new Date(updatedAt).toISOString(),
      location: `${address}/Groups/${id}`,
    },
  }
}

export function writeMember(address: string, { id, displayName }: Member): JsonObject {
  const reference = { value: id, $ref: `${address}/Users/${id}` }
  return { ...reference, display: displayName, type: 'User' }
}

/** Whether the client asked for any part of the members. */
const showsMembers = (projection: Projection): boolean =>
  'members' in project(groupType, { members: [{ value: '' }] }, projection)

function beginVersion({ displayName, externalId }: ProvisionedGroup) {
  const hash = createHash('sha256').update(JSON.stringify([displayName, externalId ?? null]))
  return {
    add: (page: readonly Member[]) =>
      void hash.update(JSON.stringify(page.map((one) => [one.id, one.displayName]))),
    end: () => `W/"${hash.digest('base64url').slice(0, 27)}"`,
  }
}

export async function findGroupVersion(
  group: ProvisionedGroup,
  pages: MemberPages,
): Promise<string> {
  const version = beginVersion(group)
  for await (const page of pages) version.add(page)
  return version.end()
}

interface Showing {
  readonly address: string
  readonly projection: Projection
  /** Read only if the client asked for members. */
  readonly readPages: () => MemberPages
}

export async function showGroup(
  group: ProvisionedGroup,
  { address, projection, readPages }: Showing,
): Promise<Shown> {
  const { id } = group
  const resource = writeGroup(address, group)
  if (!showsMembers(projection)) return { id, body: project(groupType, resource, projection) }
  const version = beginVersion(group)
  const written: Uint8Array[] = []
  for await (const page of readPages()) {
    version.add(page)
    const members = page.map((one) => writeMember(address, one))
    const { members: shown = [] } = project(groupType, { members }, projection)
    const text = JSON.stringify(shown).slice(1, -1)
    written.push(Buffer.from(`${written.length === 0 ? '"members":[' : ','}${text}`))
  }
  const etag = version.end()
  const rest = project(groupType, withVersion(resource, etag), projection)
  if (written.length === 0) return { id, version: etag, body: rest }
  const begin = Buffer.from(`${JSON.stringify(rest).slice(0, -1)},`)
  return { id, version: etag, body: Buffer.concat([begin, ...written, Buffer.from(']}')]) }
}

interface ReadGroup extends GroupNames {
  readonly members: ReadonlySet<string>
}

/** A group as a client sent it. Throws ScimError. */
export async function readGroup(body: JsonObject, leaveOut: LeaveOut): Promise<ReadGroup> {
  const entries = listEntries(groupType, body)
  const [lists, others] = [entries.filter(isOfMembers), entries.filter((one) => !isOfMembers(one))]
  if (lists.length > 1) throw refuse('invalidSyntax', 'members is there twice.')
  // As texts of names, `__proto__` is a name like others.
  const sent: JsonObject = Object.create(null)
  for (const [name, value] of others) sent[name] = value
  const names = readNames(readResource(groupType, sent, leaveOut))
  return { ...names, members: await readMemberIds(lists[0]?.[1] ?? null) }
}

function isOfMembers([name]: readonly [string, Json]): boolean {
  const path = parseName(name)
  return path !== undefined && resolvePath(groupType, path)?.[0]?.name === 'members'
}

/** @param resource the result of `readResource` */
export function readNames({ displayName = '', externalId }: Resource): GroupNames {
  return {
    displayName: checkText(displayName, 'displayName', 100).trim(),
    externalId: readExternalId(externalId),
  }
}

/** Values after which others are served. */
const valuesAtOnce = 2000

/** Throws ScimError `invalidValue`. */
export async function readMemberIds(sent: Json): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  const values = Array.isArray(sent) ? sent : [sent]
  for (const [at, one] of values.entries()) {
    if (at % valuesAtOnce === valuesAtOnce - 1) await nextTurn()
    const sentId = isObject(one) ? (findMember(one, 'value') ?? null) : one
    const value = sentId === '' ? null : sentId
    // Entra ID sends empty references.
    if (value === null) continue
    if (typeof value !== 'string' || !/^[\w-]{1,100}$/.test(value)) {
      throw refuse('invalidValue', 'A member has to have the id of a user as its value.')
    }
    ids.add(value)
  }
  return ids
}
