/** Changes of a user by SCIM. Owns that `active: false` disables a user, however wrong the rest of the request is. */
import type { Provisioner } from '../../identity/operations/actor.ts'
import type { Provisioning } from '../../identity/operations/provisioning.ts'
import type { ProvisionedUser } from '../../identity/provisioning/users.ts'
import type { Log } from '../../platform/kernel/log.ts'
import { checkVersion } from './conditions.ts'
import { readError, ScimError } from './errors.ts'
import type { Asked, Shown } from './kind.ts'
import { findVersion, type Projection, project, withVersion } from './project.ts'
import { type JsonObject, listEntries, type Resource, readResource } from './resource.ts'
import { userType } from './schema.ts'
import { keepOthers, readUser, writeUser } from './user-resource.ts'

export interface SaveOptions {
  readonly log: Log
  /** The address of `/scim/v2`. */
  readonly address: string
  readonly operations: Provisioning
}

export interface UserChange extends Asked {
  /** The wanted user. Throws ScimError. */
  readonly decide: (current: Resource) => Resource
  /** The request says that the user is not active any more. */
  readonly isLeaving: boolean
}

/** Whether a user as a resource has `active: false`, whatever else is wrong in it. */
export function saysInactive(body: JsonObject): boolean {
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

export function createSave({ log, address, operations }: SaveOptions) {
  const show = (found: ProvisionedUser, projection: Projection): Shown =>
    showUser(writeUser(address, found), projection)

  return save

  async function save(actor: Provisioner, change: UserChange): Promise<Shown> {
    const { id, conditions, projection, decide, isLeaving } = change
    try {
      const changed = await operations.changeUser(actor, id, (current) => {
        const before = writeUser(address, current)
        checkVersion(conditions, findVersion(before))
        const isActive = current.user.disabledAt === null
        return keepOthers(readUser(decide(before), isActive), current.attributes)
      })
      return show(changed, projection)
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
  async function disable(
    actor: Provisioner,
    { id, conditions, projection }: UserChange,
  ): Promise<Shown> {
    const changed = await operations.changeUser(actor, id, (current) => {
      checkVersion(conditions, findVersion(writeUser(address, current)))
      const { username, displayName, email } = current.user
      const { externalId } = current
      const attributes = new Map()
      return { username, displayName, email, externalId, attributes, active: false }
    })
    return show(changed, projection)
  }
}

export function showUser(resource: Resource, projection: Projection): Shown {
  const version = findVersion(resource)
  return {
    ...{ id: String(resource.id), version },
    body: project(userType, withVersion(resource, version), projection),
  }
}
