/**
 * Where messages reach the phone in the terminal: a small HTTP server on the loopback address that accepts the data of push
 * messages. Checks form and size; phone.ts interprets a message. It also answers which phone listens.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { z } from 'zod'
import type { PhoneMessage } from './phone.ts'

const host = '127.0.0.1'
const maxBytes = 8192

/** Milliseconds within which the listener on a port must say which phone it is. */
const identifyTimeout = 2000

const phoneSchema = z.object({ phone: z.string() })

const messageSchema = z.object({ messageId: z.string().min(1), message: z.string().min(1) })

export type ReceiverStart =
  | { readonly type: 'listening'; readonly receiver: Receiver }
  | { readonly type: 'port_in_use' }

export interface Receiver {
  /** What the phone registers as its device id. */
  readonly address: string
  close(): Promise<void>
}

export const receiverAddress = (port: number): string => `http://${host}:${port}/`

/**
 * Starts receiving.
 * @param port 0 takes any free one
 * @param phoneId the id by which another command recognises the listening phone
 * @param onMessage called after the sender has had its answer; must not throw
 */
export function startReceiver(options: {
  readonly port: number
  readonly phoneId?: string
  readonly onMessage: (message: PhoneMessage) => void
}): Promise<ReceiverStart> {
  const server = createServer((request, response) => {
    void take(request, response, options)
  })
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      if ('code' in error && error.code === 'EADDRINUSE') resolve({ type: 'port_in_use' })
      else reject(error)
    })
    server.listen(options.port, host, () => {
      const bound = server.address()
      const port = typeof bound === 'object' && bound !== null ? bound.port : options.port
      resolve({ type: 'listening', receiver: { address: receiverAddress(port), close } })
    })
  })

  async function close(): Promise<void> {
    await new Promise((resolve) => {
      server.close(resolve)
      server.closeAllConnections()
    })
  }
}

/** The id of the phone that listens on this port; `undefined`: no phone listens, or it does not answer. */
export async function identifyListener(port: number): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(identifyTimeout)
    const answer = await fetch(receiverAddress(port), { signal })
    return phoneSchema.parse(await answer.json()).phone
  } catch {
    return undefined
  }
}

async function take(
  request: IncomingMessage,
  response: ServerResponse,
  { phoneId, onMessage }: Pick<Parameters<typeof startReceiver>[0], 'phoneId' | 'onMessage'>,
): Promise<void> {
  if (request.method === 'GET' && phoneId !== undefined)
    return reply(response, 200, { phone: phoneId })
  if (request.method !== 'POST') return reply(response, 405)
  // Keeps web pages out: a page cannot send this type to another origin without asking first.
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
    return reply(response, 415)
  const text = await readBody(request)
  if (text === undefined) return reply(response, 413)
  const message = parseMessage(text)
  if (message === undefined) return reply(response, 400)
  reply(response, 200)
  onMessage(message)
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    // A destroyed request could not be answered any more.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      size += chunk.length
      if (size > maxBytes) return undefined
      chunks.push(chunk)
    }
  } catch {
    // The sender went away; nobody reads the answer.
    return ''
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseMessage(text: string): PhoneMessage | undefined {
  try {
    return messageSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

function reply(response: ServerResponse, status: number, body: object = {}): void {
  const headers = { 'Content-Type': 'application/json', Connection: 'close' }
  response.writeHead(status, headers).end(JSON.stringify(body))
}
