/** How a page answers a request as Node parsed it. Does not know what a page looks like. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Reply } from '../../platform/http/reply.ts'
import { type PageRequest, readRequest } from '../../platform/http/request.ts'

/** A request. `originalUrl` is set when a library got only a part of the path as `url`. */
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

/** Redirects the browser (303), so that it uses GET whatever method this request had. */
export function redirect(res: ServerResponse, location: string): void {
  res.writeHead(303, { Location: location, 'Cache-Control': 'no-store', 'Content-Length': '0' })
  res.end()
}

/** The parts of a request that a page may use: address and headers, not the body. */
export function readPageRequest(req: ProtocolRequest, publicUrl: string): PageRequest {
  const { headers } = readRequest(req, '/')
  return { method: 'GET', url: findAddress(req, publicUrl).href, headers, body: null }
}

/** The requested address, at our own origin. */
export function findAddress(req: ProtocolRequest, publicUrl: string): URL {
  // A client can write anything as the path into its request line.
  return URL.parse(`${publicUrl}${req.originalUrl ?? req.url ?? '/'}`) ?? new URL(publicUrl)
}
