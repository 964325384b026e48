/** The HTTP answers of SCIM for one kind of resource (RFC 7644, 3). Owns versions (3.14) and which attributes an answer has. */
import type { Provisioner } from '../../identity/operations/actor.ts'
import { ScimError } from './errors.ts'
import type { Found, ResourceKind } from './kind.ts'
import { applyPatch } from './patch.ts'
import { findVersion, type Projection, project, withVersion } from './project.ts'
import { isObject, type JsonObject, type Resource, readResource } from './resource.ts'
import type { Search } from './search.ts'

export interface Answer {
  readonly status: number
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
}

/** The conditions of a request: which version of a resource it is for. Absent: any. */
export interface Conditions {
  readonly ifMatch?: string | undefined
  readonly ifNoneMatch?: string | undefined
}

export const listSchema = 'urn:ietf:params:scim:api:messages:2.0:ListResponse'

export function answerList(
  { type }: Pick<ResourceKind, 'type'>,
  { total, resources }: Found,
  { startIndex, projection }: Pick<Search, 'startIndex' | 'projection'>,
): Answer {
  const body = {
    schemas: [listSchema],
    totalResults: total,
    startIndex,
    itemsPerPage: resources.length,
    Resources: resources.map((one) => project(type, one, projection)),
  }
  return { status: 200, body }
}

export function answerResource(
  { type }: ResourceKind,
  status: number,
  resource: Resource,
  projection: Projection,
): Answer {
  const full = withVersion(resource)
  const location = isObject(full.meta) ? full.meta.location : undefined
  return {
    status,
    body: project(type, full, projection),
    headers: {
      etag: findVersion(resource),
      ...(typeof location === 'string' && {
        [status === 201 ? 'location' : 'content-location']: location,
      }),
    },
  }
}

export const unknownResource = (): ScimError => new ScimError(404, 'There is nothing with this id.')

/** RFC 9110, 13.1: whether the header names the version. */
function names(header: string, version: string): boolean {
  if (header.trim() === '*') return true
  const plain = (text: string) => text.trim().replace(/^W\//, '')
  return header.split(',').some((one) => plain(one) === plain(version))
}

function checkVersion({ ifMatch, ifNoneMatch }: Conditions, resource: Resource): void {
  const version = findVersion(resource)
  const isOther = ifMatch !== undefined && !names(ifMatch, version)
  const isUnwanted = ifNoneMatch !== undefined && names(ifNoneMatch, version)
  if (isOther || isUnwanted) {
    throw new ScimError(412, 'The resource is in another version by now. Nothing was changed.')
  }
}

export async function readOne(
  kind: ResourceKind,
  actor: Provisioner,
  {
    id,
    conditions,
    projection,
  }: {
    readonly id: string
    readonly conditions: Conditions
    readonly projection: Projection
  },
): Promise<Answer> {
  const resource = await kind.find(actor, id)
  if (resource === undefined) throw unknownResource()
  const { ifNoneMatch } = conditions
  const etag = findVersion(resource)
  if (ifNoneMatch !== undefined && names(ifNoneMatch, etag)) {
    return { status: 304, headers: { etag } }
  }
  return answerResource(kind, 200, resource, projection)
}

/** A change of one resource. */
export interface Change {
  readonly id: string
  readonly body: JsonObject
  readonly conditions: Conditions
}

/** RFC 7644, 3.5.1. If the request does not say whether a user is active, that stays unchanged. */
export function replaceOne(kind: ResourceKind, actor: Provisioner, change: Change) {
  const wanted = readResource(kind.type, change.body)
  return kind.change(actor, change.id, (current) => {
    checkVersion(change.conditions, current)
    return wanted
  })
}

export function patchOne(kind: ResourceKind, actor: Provisioner, change: Change) {
  return kind.change(actor, change.id, (current) => {
    checkVersion(change.conditions, current)
    return applyPatch(kind.type, current, change.body)
  })
}

export function removeOne(
  kind: ResourceKind,
  actor: Provisioner,
  { id, conditions }: Pick<Change, 'id' | 'conditions'>,
): Promise<void> {
  return kind.remove(actor, id, (current) => checkVersion(conditions, current))
}
