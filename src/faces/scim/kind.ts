/** What each kind of resource provides. Users and groups differ only in this. */
import type { Provisioner } from '../../identity/operations/actor.ts'
import type { Resource } from './resource.ts'
import type { ResourceType } from './schema.ts'
import type { Search } from './search.ts'

export interface Found {
  /** The number on all pages. */
  readonly total: number
  readonly resources: readonly Resource[]
}

export interface ResourceKind {
  readonly type: ResourceType
  find(actor: Provisioner, id: string): Promise<Resource | undefined>
  list(actor: Provisioner, search: Search): Promise<Found>
  /** @param sent the result of `readResource` */
  create(actor: Provisioner, sent: Resource): Promise<Resource>
  /** @param decide returns the wanted resource, from the current one; if it throws, nothing changes */
  change(actor: Provisioner, id: string, decide: (current: Resource) => Resource): Promise<Resource>
  /** @param check if it throws, nothing changes */
  remove(actor: Provisioner, id: string, check: (current: Resource) => void): Promise<void>
}
