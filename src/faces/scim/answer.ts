/** The HTTP answers of SCIM for one kind of resource (RFC 7644, 3). Owns which attributes an answer has. */
import type { Provisioner } from '../../identity/operations/actor.ts'
import { type Conditions, checkVersion, namesVersion } from './conditions.ts'
import { ScimError } from './errors.ts'
import type { Change, Found, ResourceKind } from './kind.ts'
import { findVersion, type Projection, project, withVersion } from './project.ts'
import { isObject, type Resource } from './resource.ts'
import type { Search } from './search.ts'

export interface Answer {
  readonly status: number
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
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
  if (ifNoneMatch !== undefined && namesVersion(ifNoneMatch, etag)) {
    return { status: 304, headers: { etag } }
  }
  return answerResource(kind, 200, resource, projection)
}

export function removeOne(
  kind: ResourceKind,
  actor: Provisioner,
  { id, conditions }: Pick<Change, 'id' | 'conditions'>,
): Promise<void> {
  return kind.remove(actor, id, (current) => checkVersion(conditions, current))
}
