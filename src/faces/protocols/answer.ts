/** How a page answers a request that came as Node has parsed it. Does not know how a page looks. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Reply } from '../../platform/http/reply.ts'
import { type PageRequest, readRequest } from '../../platform/http/request.ts'

/** A request; `originalUrl` where a library was given a part of the path as `url`. */
export type ProtocolRequest = IncomingMessage & { readonly originalUrl?: string }

export type NodeHandler = (req: IncomingMessage, res: ServerResponse) => Promise<void>

export function sendPage(res: ServerResponse, { status, headers, cookies, body }: Reply): void {
  res.writeHead(status, {
    ...headers,
    ...(cookies.length > 0 && { 'set-cookie': [...cookies] }),
    'cache-control': 'no-store',
  })
  res.end(body ?? undefined)
}

/** Sends the browser on, with a GET whatever this request was. */
export function redirect(res: ServerResponse, location: string): void {
  res.writeHead(303, { Location: location, 'Cache-Control': 'no-store', 'Content-Length': '0' })
  res.end()
}

/** What a page may want to know of a request: address and headers, not the body. */
export function readPageRequest(req: ProtocolRequest, publicUrl: string): PageRequest {
  const { headers } = readRequest(req, '/')
  return { method: 'GET', url: findAddress(req, publicUrl).href, headers, body: null }
}

/** The address that was asked for, at our own origin. */
export function findAddress(req: ProtocolRequest, publicUrl: string): URL {
  // The path may be anything that a client wrote into its request line.
  return URL.parse(`${publicUrl}${req.originalUrl ?? req.url ?? '/'}`) ?? new URL(publicUrl)
}
