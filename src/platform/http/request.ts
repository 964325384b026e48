/**
 * A request as far as pages need to know it. A `Request` is one; `requestOf` makes one of what Node has parsed, without
 * the cost of a whole `Request` with its headers and streams.
 */
import type { IncomingMessage } from 'node:http'

export interface PageRequest {
  readonly method: string
  /** Absolute. Its host is what the client claimed, or none. */
  readonly url: string
  readonly headers: PageHeaders
  readonly body: AsyncIterable<Uint8Array> | null
}

export interface PageHeaders {
  /** By the name in lower case. */
  get(name: string): string | null
}

/** `path`: the path and query that were asked for. */
export function requestOf(incoming: IncomingMessage, path: string): PageRequest {
  return {
    method: incoming.method ?? 'GET',
    url: `http://localhost${path}`,
    headers: {
      get(name) {
        const value = incoming.headers[name]
        return typeof value === 'string' ? value : (value?.join(', ') ?? null)
      },
    },
    body: incoming,
  }
}
