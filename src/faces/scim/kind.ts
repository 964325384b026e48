/** What the face needs of each kind of resource: users and groups differ in this and in nothing else. */
import type { Provisioner } from '../../identity/operations/actor.ts'
import type { Resource } from './resource.ts'
import type { ResourceType } from './schema.ts'
import type { Search } from './search.ts'

export interface Found {
  /** Of all pages. */
  readonly total: number
  readonly resources: readonly Resource[]
}

export interface ResourceKind {
  readonly type: ResourceType
  find(actor: Provisioner, id: string): Promise<Resource | undefined>
  list(actor: Provisioner, search: Search): Promise<Found>
  /** @param sent as `readResource` has read it */
  create(actor: Provisioner, sent: Resource): Promise<Resource>
  /** @param decide gives the resource that is wanted in place of the current one; what it throws changes nothing */
  change(actor: Provisioner, id: string, decide: (current: Resource) => Resource): Promise<Resource>
  /** @param check what it throws changes nothing */
  remove(actor: Provisioner, id: string, check: (current: Resource) => void): Promise<void>
}
