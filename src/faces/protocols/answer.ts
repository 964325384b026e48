/** How a page answers a request that came as Node has parsed it. Does not know how a page looks. */
import type { IncomingMessage, ServerResponse } from 'node:http'

/** A request; `originalUrl` where a library was given a part of the path as `url`. */
export type ProtocolRequest = IncomingMessage & { readonly originalUrl?: string }

export type NodeHandler = (req: IncomingMessage, res: ServerResponse) => Promise<void>

export async function sendPage(res: ServerResponse, page: Response): Promise<void> {
  const body = await page.text()
  res.writeHead(page.status, { ...Object.fromEntries(page.headers), 'Cache-Control': 'no-store' })
  res.end(body)
}

/** Sends the browser on, with a GET whatever this request was. */
export function redirect(res: ServerResponse, location: string): void {
  res.writeHead(303, { Location: location, 'Cache-Control': 'no-store', 'Content-Length': '0' })
  res.end()
}

/** What a page may want to know of a request: address and headers, not the body. */
export function toRequest(req: ProtocolRequest, publicUrl: string): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(req.headers)) {
    if (typeof value === 'string' && !name.startsWith(':')) headers.set(name, value)
  }
  return new Request(findAddress(req, publicUrl), { headers })
}

/** The address that was asked for, at our own origin. */
export function findAddress(req: ProtocolRequest, publicUrl: string): URL {
  // The path may be anything that a client wrote into its request line.
  return URL.parse(`${publicUrl}${req.originalUrl ?? req.url ?? '/'}`) ?? new URL(publicUrl)
}
