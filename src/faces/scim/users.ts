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
import { checkVersion } from './conditions.ts'
import type { Filter } from './filter.ts'
import type { ResourceKind } from './kind.ts'
import { createMatcher, type Matches } from './match.ts'
import { findAlternatives } from './narrowing.ts'
import { applyPatch } from './patch.ts'
import { setsToFalse } from './patch-request.ts'
import { findVersion } from './project.ts'
import { type Resource, readResource } from './resource.ts'
import { createSave, saysInactive, showUser } from './save-user.ts'
import { userType } from './schema.ts'
import { cutPage, mostScanned, refuseTooMany, type Search } from './search.ts'
import { readUser, writeUser } from './user-resource.ts'

export interface UserKindOptions {
  readonly db: Queries
  readonly log: Log
  /** The address of `/scim/v2`. */
  readonly address: string
  readonly operations: Provisioning
}

const chunk = 500

export function createUserKind(options: UserKindOptions): ResourceKind {
  const { db, address, operations } = options

  async function listPage(actor: Provisioner, search: Search) {
    const { startIndex, count: limit, sortBy, isDescending } = search
    const total = await countProvisioned(db, actor)
    const order = isDescending ? 'descending' : 'ascending'
    const page = { limit, offset: startIndex - 1, ...(sortBy && ({ byUsername: order } as const)) }
    const found = limit === 0 ? [] : await listProvisioned(db, actor, page)
    return { total, resources: found.map((one) => writeUser(address, one)) }
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

  const save = createSave(options)

  return {
    type: userType,
    async find(actor, { id, projection }) {
      const found = await findProvisioned(db, actor, id)
      return found && showUser(writeUser(address, found), projection)
    },
    async list(actor, query) {
      const { filter, sortBy, projection } = query
      const isByName = sortBy === undefined || sortBy[0]?.name === 'userName'
      const { total, resources } =
        filter === undefined && isByName
          ? await listPage(actor, query)
          : cutPage(await search(actor, filter), query)
      return { total, resources: resources.map((one) => showUser(one, projection)) }
    },
    async create(actor, { body, projection, leaveOut }) {
      const wanted = readUser(readResource(userType, body, leaveOut), true)
      return showUser(writeUser(address, await operations.addUser(actor, wanted)), projection)
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
    remove: (actor, { id, conditions }) =>
      operations.removeUser(actor, id, (current) =>
        checkVersion(conditions, findVersion(writeUser(address, current))),
      ),
  }
}
