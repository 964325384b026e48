/** Requests exactly as they are written, also such as no browser sends; and what they leave in the database. */
import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import type { Database } from '../../src/platform/storage/database.ts'
import type { Tables } from '../../src/platform/storage/tables.ts'

export interface WireRequest {
  readonly method?: string
  /** Sent as it is: nothing is resolved or encoded. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Uint8Array
}

export interface WireReply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly cookies: readonly string[]
  readonly text: string
}

/** One request on a connection of its own. */
export async function sendRequest(origin: string, sent: WireRequest): Promise<WireReply> {
  const { hostname, port } = new URL(origin)
  const { method = 'GET', path, headers = {}, body } = sent
  const outgoing = request({ hostname, port, method, path, agent: false })
  for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value)
  // Node frames no body of methods that rarely have one.
  if (body !== undefined) outgoing.setHeader('content-length', Buffer.byteLength(body))
  outgoing.end(body)
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
  incoming.setEncoding('utf8')
  let text = ''
  for await (const chunk of incoming) text += chunk
  const cookies = incoming.headers['set-cookie'] ?? []
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, cookies, text }
}

/** Writes `head`, then `more` again and again until the server ends the connection; gives what the server said. */
export async function sendWithoutEnd(
  origin: string,
  head: string,
  more: string,
): Promise<{ readonly answer: string; readonly written: number }> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname).setEncoding('latin1')
  let answer = ''
  socket.on('data', (text: string) => {
    answer += text
  })
  // The server may close while there is something under way.
  socket.on('error', () => undefined)
  socket.write(head)
  const write = () => {
    while (more !== '' && socket.writable && socket.write(more)) {
      // Until the buffer is full.
    }
  }
  socket.on('drain', write)
  write()
  await new Promise((resolve) => socket.once('close', resolve))
  return { answer, written: socket.bytesWritten }
}

/** Events that say of a request only that it was refused. */
const refusals = ['login_failed', 'app_request_refused']

/**
 * Every row of every table that a request without success must not change, as text. Without the counters and events of refused
 * requests, their place in the audit log, and the times at which sessions were seen.
 */
export async function dumpTables(db: Database): Promise<string> {
  const dump: Record<string, unknown> = {}
  for (const { name } of await db.introspection.getTables()) {
    if (name === 'throttles' || name === 'audit_head') continue
    const rows: Record<string, unknown>[] = await db
      .selectFrom(name as keyof Tables)
      .selectAll()
      .execute()
    dump[name] = rows
      .filter((row) => name !== 'audit_events' || !refusals.includes(`${row.type}`))
      .map(({ last_seen_at: _, seq: __, previous_hash: ___, hash: ____, ...row }) =>
        JSON.stringify(row),
      )
      .sort()
  }
  return JSON.stringify(dump, null, 1)
}
