/**
 * A request as far as pages need to know it, without the cost of a whole `Request` with its headers and streams. A
 * `Request` fits this type too. Owns which addresses can be read.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'

export interface PageRequest {
  readonly method: string
  /** Absolute. Its host is what the client claimed, or none. */
  readonly url: string
  readonly headers: PageHeaders
  /** The address of the other end of the connection, which may be a proxy. */
  readonly peer?: string | undefined
  readonly body: AsyncIterable<Uint8Array> | null
}

export interface PageHeaders {
  /** By the name in lower case. */
  get(name: string): string | null
}

/** `path`: the path and query that were asked for. */
export function readRequest(incoming: IncomingMessage, path: string): PageRequest {
  return {
    method: incoming.method ?? 'GET',
    url: `http://localhost${path}`,
    headers: {
      get(name) {
        const value = incoming.headers[name]
        return typeof value === 'string' ? value : (value?.join(', ') ?? null)
      },
    },
    peer: incoming.socket.remoteAddress,
    body: incoming,
  }
}

/**
 * The path and query of a request target in origin form or absolute form (RFC 9112, 3.2). `undefined`: it has none, or has
 * a backslash, which browsers read as a slash.
 */
export function readPath({ url = '' }: Pick<IncomingMessage, 'url'>): string | undefined {
  const path = url.startsWith('/') ? url : readAbsolute(url)
  return path?.split('?', 1)[0]?.includes('\\') ? undefined : path
}

function readAbsolute(target: string): string | undefined {
  const path = /^https?:\/\/[^/?#\\]+(.*)$/i.exec(target)?.[1]
  return path === undefined || path.startsWith('/') ? path : `/${path}`
}

/** A name or an address, with or without a port (RFC 9110, 7.2). */
const hostPattern = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i

export function hasHost({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers.host !== undefined && hostPattern.test(headers.host)
}

/** Aborted when the client closes the connection before it has the whole answer. */
export function watchClient(outgoing: ServerResponse): AbortSignal {
  const gone = new AbortController()
  const look = () => {
    if (!outgoing.writableFinished) gone.abort()
  }
  if (outgoing.closed) look()
  else outgoing.once('close', look)
  return gone.signal
}
