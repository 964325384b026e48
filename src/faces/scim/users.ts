/** Users as SCIM resources. Owns how a search becomes queries to the store; the operations own what may be changed. */
import type { Provisioner } from '../../identity/operations/actor.ts'
import type { Provisioning } from '../../identity/operations/provisioning.ts'
import {
  countProvisioned,
  findProvisioned,
  hasMoreThan,
  listProvisioned,
  type Narrowing,
} from '../../identity/provisioning/users.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { type Conditions, checkVersion } from './conditions.ts'
import { readError, ScimError } from './errors.ts'
import type { Filter } from './filter.ts'
import type { Found, ResourceKind } from './kind.ts'
import { createMatcher, type Matches } from './match.ts'
import { findAlternatives } from './narrowing.ts'
import { applyPatch } from './patch.ts'
import { setsToFalse } from './patch-request.ts'
import { withVersion } from './project.ts'
import { type JsonObject, listEntries, type Resource, readResource } from './resource.ts'
import { userType } from './schema.ts'
import { cutPage, mostScanned, refuseTooMany, type Search } from './search.ts'
import { keepOthers, readUser, writeUser } from './user-resource.ts'

export interface UserKindOptions {
  readonly db: Queries
  readonly log: Log
  /** The address of `/scim/v2`. */
  readonly address: string
  readonly operations: Provisioning
}

const chunk = 500

interface UserChange {
  readonly id: string
  readonly conditions: Conditions
  /** The wanted user. Throws ScimError. */
  readonly decide: (current: Resource) => Resource
  /** The request says that the user is not active any more. */
  readonly isLeaving: boolean
}

/** Whether a user as a resource has `active: false`, whatever else is wrong in it. */
function saysInactive(body: JsonObject): boolean {
  const said = listEntries(userType, body).filter(([name]) => isActive.test(name))
  try {
    const sent = Object.fromEntries(said)
    return readResource(userType, sent).active === false
  } catch (error) {
    if (error instanceof ScimError) return false
    throw error
  }
}

const isActive = /^(?:urn:.*:)?active$/i

export function createUserKind({ db, log, address, operations }: UserKindOptions): ResourceKind {
  async function listPage(actor: Provisioner, search: Search): Promise<Found> {
    const { startIndex, count: limit, sortBy, isDescending } = search
    const total = await countProvisioned(db, actor)
    const order = isDescending ? 'descending' : 'ascending'
    const page = { limit, offset: startIndex - 1, ...(sortBy && ({ byUsername: order } as const)) }
    const found = limit === 0 ? [] : await listProvisioned(db, actor, page)
    return { total, resources: found.map((one) => withVersion(writeUser(address, one))) }
  }

  /** Sorted by id. */
  async function search(actor: Provisioner, filter: Filter | undefined): Promise<Resource[]> {
    const matches = filter === undefined ? () => true : createMatcher(userType, filter)
    const alternatives = filter && findAlternatives(filter)
    if (alternatives === undefined) {
      // Refused before users are read, because the answer could only be this one.
      if (await hasMoreThan(db, actor, mostScanned)) throw refuseTooMany()
      return await scan(actor, {}, matches)
    }
    const found = new Map<string, Resource>()
    for (const narrowing of alternatives) {
      for (const one of await scan(actor, narrowing, matches)) found.set(String(one.id), one)
    }
    return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, resource]) => resource)
  }

  async function scan(actor: Provisioner, narrowing: Narrowing, matches: Matches) {
    const resources: Resource[] = []
    let after: string | undefined
    for (let scanned = 0; ; scanned += chunk) {
      if (scanned >= mostScanned) throw refuseTooMany()
      const page = { ...narrowing, limit: chunk, ...(after !== undefined && { after }) }
      const found = await listProvisioned(db, actor, page)
      resources.push(...found.map((one) => writeUser(address, one)).filter(matches))
      if (found.length < chunk) return resources
      after = found.at(-1)?.user.id
    }
  }

  async function save(actor: Provisioner, change: UserChange): Promise<Resource> {
    const { id, conditions, decide, isLeaving } = change
    try {
      const changed = await operations.changeUser(actor, id, (current) => {
        const before = writeUser(address, current)
        checkVersion(conditions, before)
        const isActive = current.user.disabledAt === null
        return keepOthers(readUser(decide(before), isActive), current.attributes)
      })
      return writeUser(address, changed)
    } catch (error) {
      const known = readError(error)
      const isRefused = known !== undefined && ![404, 412].includes(known.status)
      if (!isLeaving || !isRefused) throw error
      const disabled = await disable(actor, change)
      const { status, scimType, message: detail } = known
      const text = 'A SCIM request was refused but for one thing: its user was only disabled.'
      log.warn({ source: actor.source, userId: id, status, scimType, detail }, text)
      return disabled
    }
  }

  /** Disables the user even if something else in the request is wrong or not allowed. */
  async function disable(actor: Provisioner, { id, conditions }: UserChange): Promise<Resource> {
    const changed = await operations.changeUser(actor, id, (current) => {
      checkVersion(conditions, writeUser(address, current))
      const { username, displayName, email } = current.user
      const { externalId } = current
      const attributes = new Map()
      return { username, displayName, email, externalId, attributes, active: false }
    })
    return writeUser(address, changed)
  }

  return {
    type: userType,
    async find(actor, id) {
      const found = await findProvisioned(db, actor, id)
      return found && writeUser(address, found)
    },
    async list(actor, query) {
      const { filter, sortBy } = query
      const isByName = sortBy === undefined || sortBy[0]?.name === 'userName'
      if (filter === undefined && isByName) return await listPage(actor, query)
      const page = cutPage(await search(actor, filter), query)
      return { ...page, resources: page.resources.map(withVersion) }
    },
    async create(actor, sent) {
      return writeUser(address, await operations.addUser(actor, readUser(sent, true)))
    },
    replace: (actor, { body, leaveOut, ...change }) =>
      save(actor, {
        ...change,
        decide: () => readResource(userType, body, leaveOut),
        isLeaving: saysInactive(body),
      }),
    patch: (actor, { body, leaveOut, ...change }) =>
      save(actor, {
        ...change,
        decide: (current) => readResource(userType, applyPatch(userType, current, body, leaveOut)),
        isLeaving: setsToFalse(userType, body, 'active'),
      }),
    remove: (actor, id, check) =>
      operations.removeUser(actor, id, (current) => check(writeUser(address, current))),
  }
}
