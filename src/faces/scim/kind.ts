/** What each kind of resource provides. Users and groups differ only in this. */
import type { Provisioner } from '../../identity/operations/actor.ts'
import type { Conditions } from './conditions.ts'
import type { LeaveOut } from './left-out.ts'
import type { Projection } from './project.ts'
import type { JsonObject } from './resource.ts'
import type { ResourceType } from './schema.ts'
import type { Search } from './search.ts'

/** A resource as a client gets it. */
export interface Shown {
  readonly id: string
  /** Absent: unknown, because the members of the group were not read. */
  readonly version?: string
  /** With the attributes that the client asked for, also as JSON that is already written. Absent: it asked for none. */
  readonly body?: object | Uint8Array
}

export interface Found {
  /** The number on all pages. */
  readonly total: number
  readonly resources: readonly Shown[]
}

/** What a client asks about one resource. */
export interface Asked {
  readonly id: string
  readonly conditions: Conditions
  readonly projection: Projection
}

export interface Creation {
  readonly body: JsonObject
  readonly projection: Projection
  readonly leaveOut: LeaveOut
}

export interface Change extends Asked, Creation {}

export interface ResourceKind {
  readonly type: ResourceType
  /** Bytes of a resource or a change; absent: as usual. */
  readonly longestBody?: number
  find(actor: Provisioner, asked: Asked): Promise<Shown | undefined>
  list(actor: Provisioner, search: Search): Promise<Found>
  create(actor: Provisioner, creation: Creation): Promise<Shown>
  /** RFC 7644, 3.5.1. If the request does not say whether a user is active, that stays unchanged. */
  replace(actor: Provisioner, change: Change): Promise<Shown>
  /** RFC 7644, 3.5.2. */
  patch(actor: Provisioner, change: Change): Promise<Shown>
  /** Changes nothing in another version. */
  remove(actor: Provisioner, asked: Pick<Asked, 'id' | 'conditions'>): Promise<void>
}
