/**
 * An answer as plain data, before it is sent. Owns the two ways of sending one: straight to Node's response, and as a
 * `Response` for routes of Hono, which costs several times as much.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'

export interface Reply {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Values of `Set-Cookie`. */
  readonly cookies: readonly string[]
  readonly body: string | null
}

export function toResponse({ status, headers, cookies, body }: Reply): Response {
  const response = new Response(body, { status, headers })
  for (const cookie of cookies) response.headers.append('set-cookie', cookie)
  return response
}

/** Milliseconds in which a client that still sends its body may read the answer. */
const patience = 500

export function sendReply(reply: Reply, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { status, headers, cookies, body } = reply
  outgoing.writeHead(status, {
    ...headers,
    ...(cookies.length > 0 && { 'set-cookie': [...cookies] }),
    'content-length': body === null ? 0 : Buffer.byteLength(body),
  })
  outgoing.end(body ?? undefined)
  if (!incoming.complete) leaveSoon(incoming)
}

/** The answer to a body that was not read to its end. Closing at once would take the answer away from its reader. */
function leaveSoon(incoming: IncomingMessage): void {
  incoming.resume()
  const timer = setTimeout(() => incoming.destroy(), patience)
  incoming.once('close', () => clearTimeout(timer))
}
