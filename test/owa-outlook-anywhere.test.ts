/**
 * Outlook Anywhere is RPC over HTTP (MS-RPCH): two requests with methods of their own stay open, one for what Outlook says and one
 * for what Exchange says. Node's server knows neither method, so the stand-in for Exchange reads the connection itself.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connect, createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { findPort } from '../scripts/testing/ports.ts'
import { planProxy } from '../src/faces/owa/routes/proxy.ts'
import { createCertificate } from './support/certificate.ts'
import { listen } from './support/listen.ts'
import { startProxy } from './support/proxies.ts'

const host = 'mail.example.org'
const certificate = createCertificate(host)
const endpoint = '/rpc/rpcproxy.dll?mail.example.org:6001'
const largest = 2 ** 31

/** Text as it comes in, and a wait for a part of it. */
function follow(socket: TLSSocket) {
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
  })
  socket.on('error', () => undefined)
  return async (part: string): Promise<string> => {
    while (!text.includes(part) && !socket.destroyed) {
      await Promise.race([once(socket, 'data'), once(socket, 'close')])
    }
    return text
  }
}

interface Outlook {
  readonly socket: TLSSocket
  readonly read: ReturnType<typeof follow>
}

/** Connections to Exchange in the order in which they come. */
async function startExchange(t: TestContext) {
  const accepted: TLSSocket[] = []
  const server = createTlsServer(certificate, (socket) => {
    socket.on('error', () => undefined)
    accepted.push(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of accepted) socket.destroy()
    server.close()
  })
  return {
    port: (server.address() as AddressInfo).port,
    accepted,
    /** Fails when nginx answers Outlook by itself. */
    async accept({ read }: Outlook): Promise<TLSSocket> {
      if (accepted.length === 0) {
        await Promise.race([once(server, 'secureConnection'), read('\r\n\r\n')])
      }
      const socket = accepted[0]
      if (socket === undefined) throw new Error(await read('\r\n\r\n'))
      return socket
    },
  }
}

async function setUp(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-rpc-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const asked: string[] = []
  const einlass = await listen(t, ({ method, url, headers }, res) => {
    asked.push(`${method} ${url} ${headers['x-original-method']}`)
    res.writeHead(401).end()
  })
  const exchange = await startExchange(t)
  const port = await findPort()
  const input = {
    mailOrigin: `https://${host}`,
    publicUrl: 'https://login.example.org',
    port: 8080,
  }
  const config = (planProxy(input).files[0]?.content ?? '')
    .replaceAll('EXCHANGE-ADDRESS:443', `127.0.0.1:${exchange.port}`)
    .replaceAll('EINLASS-ADDRESS:8080', `127.0.0.1:${einlass}`)
  await startProxy(t, 'nginx', {
    folder,
    host,
    port,
    einlass,
    app: exchange.port,
    certificate,
    config,
  })
  const open = async (line: string, length: number): Promise<Outlook> => {
    const socket = connect({ port, host: '127.0.0.1', servername: host, ca: certificate.cert })
    t.after(() => socket.destroy())
    await once(socket, 'secureConnect')
    const read = follow(socket)
    socket.write(`${line} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${length}\r\n\r\n`)
    return { socket, read }
  }
  return { asked, exchange, open }
}

test('RPC_IN_DATA reaches Exchange, and each part of its body as soon as Outlook has sent it', async (t) => {
  const { exchange, open } = await setUp(t)
  const outlook = await open(`RPC_IN_DATA ${endpoint}`, largest)
  outlook.socket.write('first')
  const read = follow(await exchange.accept(outlook))
  const head = await read('first')
  assert.ok(head.startsWith(`RPC_IN_DATA ${endpoint} HTTP/1.1\r\n`), head)
  assert.match(head, new RegExp(`\r\nContent-Length: ${largest}\r\n`))
  outlook.socket.write('second')
  assert.match(await read('second'), /firstsecond$/)
})

test('RPC_OUT_DATA reaches Exchange, and each part of the answer reaches Outlook at once', async (t) => {
  const { exchange, open } = await setUp(t)
  const outlook = await open(`RPC_OUT_DATA ${endpoint}`, 4)
  outlook.socket.write('CONN')
  const upstream = await exchange.accept(outlook)
  const head = await follow(upstream)('CONN')
  assert.ok(head.startsWith(`RPC_OUT_DATA ${endpoint} HTTP/1.1\r\n`), head)
  upstream.write(
    `HTTP/1.1 200 OK\r\nContent-Type: application/rpc\r\nContent-Length: ${largest}\r\n\r\nfirst`,
  )
  assert.match(await outlook.read('first'), /^HTTP\/1\.1 200 /)
  upstream.write('second')
  assert.match(await outlook.read('second'), /firstsecond$/)
})

test('the methods of Outlook Anywhere open nothing behind the login, and no other address takes so much', async (t) => {
  const { asked, exchange, open } = await setUp(t)
  const refused = [
    ['RPC_IN_DATA /owa/', 401],
    ['RPC_OUT_DATA /ecp/', 401],
    ['RPC_IN_DATA /rpc/@x.example/owa/', 403],
    ['RPC_OUT_DATA /rpc/..\\owa/', 400],
    ['RPC_IN_DATA /x', 404],
  ] as const
  for (const [line, status] of refused) {
    const { read } = await open(line, 0)
    assert.match(await read('\r\n\r\n'), new RegExp(`^HTTP/1\\.1 ${status} `), line)
  }
  for (const line of ['RPC_IN_DATA /EWS/Exchange.asmx', 'POST /owa/', `POST ${endpoint}1`]) {
    const { read } = await open(line, largest + 1)
    assert.match(await read('\r\n\r\n'), /^HTTP\/1\.1 413 /, line)
  }
  assert.deepEqual(exchange.accepted, [])
  assert.deepEqual(asked, [
    'GET /forward-auth/nginx RPC_IN_DATA',
    'GET /forward-auth/nginx RPC_OUT_DATA',
  ])
})
