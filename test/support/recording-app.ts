/** An app behind a proxy that notes what it gets, and shows it. It believes its proxy and knows no login. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'

export interface Received {
  readonly method: string
  /** As it came. */
  readonly url: string
  /** Names in lower case; a header that came twice is there twice. */
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
}

export interface RecordingApp {
  readonly port: number
  readonly received: readonly Received[]
  /** The values of a header of a request. */
  forget(): void
}

export function readValues({ headers }: Received, name: string): string[] {
  return headers.filter(([one]) => one === name).map(([, value]) => value)
}

export async function startRecordingApp(t: Scope): Promise<RecordingApp> {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const one = await note(request)
    received.push(one)
    const names = one.headers.map(([name, value]) => `${name}: ${value}`)
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(`<!doctype html><title>app</title><h1>${readValues(one, 'remote-user')}</h1>
      <pre>${[one.method, one.url, ...names].join('\n').replaceAll('<', '&lt;')}</pre>`)
  })
  server.on('upgrade', (request: IncomingMessage, socket) => {
    received.push({ ...describe(request), body: '' })
    const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
    const accept = createHash('sha1').update(key).digest('base64')
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
    )
    const hello = Buffer.from(`hello ${request.headers['remote-user']}`)
    socket.write(Buffer.concat([Buffer.from([0x81, hello.length]), hello]))
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(async () => {
    server.closeAllConnections()
    server.close()
  })
  return {
    port: (server.address() as AddressInfo).port,
    received,
    forget: () => void received.splice(0),
  }
}

async function note(request: IncomingMessage): Promise<Received> {
  return { ...describe(request), body: await text(request) }
}

function describe({ method = '', url = '', rawHeaders }: IncomingMessage) {
  const headers: [string, string][] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    headers.push([`${rawHeaders[index]}`.toLowerCase(), `${rawHeaders[index + 1]}`])
  }
  return { method, url, headers }
}
