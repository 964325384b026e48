/** An answer as plain data, before it is sent; and how it is sent, even to a client that is still sending its body. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { encodeText, type Prepared, pickPrepared } from './encodings.ts'

export interface Reply {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Values of `Set-Cookie`. */
  readonly cookies: readonly string[]
  readonly body: string | Uint8Array | null
  /** The body may be sent in a compressed form: made now, or before if it never changes. Absent: it may not. */
  readonly compressed?: 'now' | Prepared
}

/** Milliseconds in which a client that still sends its body may read the answer. */
const patience = 500

/** How many bytes of an unwanted body are read in that time. */
const patienceBytes = 1024 * 1024

/** Statuses whose answers have no length (RFC 9110, 8.6). */
const withoutLength = [204, 304]

export function sendReply(reply: Reply, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { status, headers, cookies } = reply
  const encoded = findEncoded(reply, incoming)
  const body = encoded?.bytes ?? reply.body
  const isRead = incoming.complete
  // Node writes a list as it is; it would copy an object first.
  const list: string[] = []
  for (const name of Object.keys(headers)) list.push(name, headers[name] ?? '')
  for (const cookie of cookies) list.push('set-cookie', cookie)
  if (reply.compressed !== undefined) list.push('vary', 'Accept-Encoding')
  if (encoded !== undefined) list.push('content-encoding', encoded.encoding)
  if (!isRead) list.push('connection', 'close')
  const length = body === null ? 0 : Buffer.byteLength(body)
  if (!withoutLength.includes(status)) list.push('content-length', `${length}`)
  outgoing.writeHead(status, list)
  if (!isRead) leaveSoon(body, incoming, outgoing)
  else if (body === null) outgoing.end()
  // ASCII, which is the same in Latin-1: Node sends that without a copy.
  else outgoing.end(body, typeof body === 'string' && body.length === length ? 'latin1' : 'utf8')
}

function findEncoded({ body, compressed }: Reply, { headers }: IncomingMessage) {
  if (compressed === undefined) return undefined
  const accepted = headers['accept-encoding']
  const asked = typeof accepted === 'string' ? accepted : undefined
  if (compressed !== 'now') return pickPrepared(compressed, asked)
  return typeof body === 'string' ? encodeText(body, asked) : undefined
}

/**
 * Answers a request whose body was not read to its end. The whole answer is sent at once, but the connection stays open for
 * a while: closing it under a client that still sends would take the answer away from its reader.
 */
function leaveSoon(body: Reply['body'], incoming: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.flushHeaders()
  if (body !== null) outgoing.write(body)
  const leave = () => {
    clearTimeout(timer)
    outgoing.end()
  }
  const timer = setTimeout(leave, patience)
  let taken = 0
  incoming.once('end', leave).once('close', leave)
  incoming.on('data', (chunk: Buffer) => {
    taken += chunk.length
    if (taken > patienceBytes) incoming.pause()
  })
  incoming.resume()
}
