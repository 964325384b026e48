/** The HTTP answers of SCIM for one kind of resource (RFC 7644, 3). */
import type { Provisioner } from '../../identity/operations/actor.ts'
import { namesVersion } from './conditions.ts'
import { ScimError } from './errors.ts'
import type { Asked, Found, ResourceKind, Shown } from './kind.ts'
import type { Search } from './search.ts'

export interface Answer {
  readonly status: number
  /** Or JSON that is already written. */
  readonly body?: object | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

export const listSchema = 'urn:ietf:params:scim:api:messages:2.0:ListResponse'

export function answerList(
  { total, resources }: Found,
  { startIndex }: Pick<Search, 'startIndex'>,
): Answer {
  const head = {
    schemas: [listSchema],
    totalResults: total,
    startIndex,
    itemsPerPage: resources.length,
  }
  const all = resources.map(({ body = {} }) => body)
  if (!all.some((one) => one instanceof Uint8Array)) {
    return { status: 200, body: { ...head, Resources: all } }
  }
  const begin = JSON.stringify({ ...head, Resources: [] }).slice(0, -'[]}'.length)
  const written = all.flatMap((one, at) => [
    Buffer.from(at === 0 ? '[' : ','),
    one instanceof Uint8Array ? one : Buffer.from(JSON.stringify(one)),
  ])
  return { status: 200, body: Buffer.concat([Buffer.from(begin), ...written, Buffer.from(']}')]) }
}

/** @param address where the resources of this kind are */
export function answerResource(
  address: string,
  status: 200 | 201,
  { id, version, body }: Shown,
): Answer {
  const location = status === 201 ? 'location' : 'content-location'
  return {
    status: body === undefined ? 204 : status,
    ...(body !== undefined && { body }),
    headers: {
      ...(version !== undefined && { etag: version }),
      [location]: `${address}/${id}`,
    },
  }
}

export const unknownResource = (): ScimError => new ScimError(404, 'There is nothing with this id.')

/** @param address as in `answerResource` */
export async function readOne(
  { address, kind }: { readonly address: string; readonly kind: ResourceKind },
  actor: Provisioner,
  asked: Asked,
): Promise<Answer> {
  const shown = await kind.find(actor, asked)
  if (shown === undefined) throw unknownResource()
  const { ifNoneMatch } = asked.conditions
  const { version: etag } = shown
  if (ifNoneMatch !== undefined && etag !== undefined && namesVersion(ifNoneMatch, etag)) {
    return { status: 304, headers: { etag } }
  }
  return answerResource(address, 200, shown)
}
