/** What each kind of resource provides. Users and groups differ only in this. */
import type { Provisioner } from '../../identity/operations/actor.ts'
import type { Conditions } from './conditions.ts'
import type { LeaveOut } from './left-out.ts'
import type { JsonObject, Resource } from './resource.ts'
import type { ResourceType } from './schema.ts'
import type { Search } from './search.ts'

export interface Found {
  /** The number on all pages. */
  readonly total: number
  readonly resources: readonly Resource[]
}

/** A change of one resource. */
export interface Change {
  readonly id: string
  readonly body: JsonObject
  readonly conditions: Conditions
  readonly leaveOut: LeaveOut
}

export interface ResourceKind {
  readonly type: ResourceType
  find(actor: Provisioner, id: string): Promise<Resource | undefined>
  list(actor: Provisioner, search: Search): Promise<Found>
  /** @param sent the result of `readResource` */
  create(actor: Provisioner, sent: Resource): Promise<Resource>
  /** RFC 7644, 3.5.1. If the request does not say whether a user is active, that stays unchanged. */
  replace(actor: Provisioner, change: Change): Promise<Resource>
  /** RFC 7644, 3.5.2. */
  patch(actor: Provisioner, change: Change): Promise<Resource>
  /** @param check if it throws, nothing changes */
  remove(actor: Provisioner, id: string, check: (current: Resource) => void): Promise<void>
}
