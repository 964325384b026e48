import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'
import { createCertificate } from '../../../../test/support/certificate.ts'
import { type SyslogServer, sendSyslog, writeSyslogMessage } from './syslog.ts'

const message = {
  severity: 'warning',
  at: Date.parse('2027-01-15T08:00:00Z'),
  hostname: 'login.example',
  type: 'not_me_reported',
  body: JSON.stringify({ id: '1', user: 'Jürgen 🙂' }),
} as const

test('a syslog message is one line of ASCII in the form of RFC 5424', () => {
  assert.equal(
    writeSyslogMessage(message),
    `<84>1 2027-01-15T08:00:00.000Z login.example einlass - not_me_reported - {"id":"1","user":"J\\u00fcrgen \\ud83d\\ude42"}`,
  )
  const long = writeSyslogMessage({
    ...message,
    severity: 'informational',
    type: 'x'.repeat(40),
    structuredData: '[a@1 b="c"]',
  })
  assert.match(long, /^<86>1 \S+ login\.example einlass - x{32} \[a@1 b="c"\] \{"id"/)
})

/** A server on a port of loopback that does with each connection what `handle` says. */
async function listen(
  t: TestContext,
  server: Server,
  handle: (socket: Socket) => void,
): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket))
  server.on('tlsClientError', () => {})
  server.on('setSecureContext' in server ? 'secureConnection' : 'connection', (socket: Socket) => {
    socket.on('error', () => {})
    handle(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** Faulty behaviour of a receiver. With `mustClose`, the delivery fails in each case. */
const troubles: readonly {
  readonly what: string
  readonly handle: (socket: Socket) => void
  readonly reason: RegExp
}[] = [
  {
    what: 'closes at once',
    handle: (socket) => socket.end(),
    reason: /^(ClosedEarly|EPIPE|ECONNRESET)$/,
  },
  {
    what: 'resets',
    handle: (socket) =>
      void (socket instanceof TLSSocket ? socket.destroy() : socket.resetAndDestroy()),
    reason: /^(ECONNRESET|ClosedEarly|EPIPE)$/,
  },
  {
    what: 'closes after a part',
    handle: (socket) => void socket.once('data', () => socket.destroy()),
    reason: /^(ClosedEarly|ECONNRESET|EPIPE)$/,
  },
  {
    what: 'sends without end',
    handle: (socket) => {
      const flood = () => {
        while (socket.writable && socket.write(noise));
      }
      socket.resume().on('drain', flood)
      flood()
    },
    reason: /^TooManyBytes$/,
  },
]

const noise = Buffer.alloc(10_000, 'x')

const big = Array.from({ length: 3000 }, (_, at) =>
  writeSyslogMessage({ ...message, body: JSON.stringify({ at, text: 'x'.repeat(1000) }) }),
)

for (const { what, handle, reason } of troubles) {
  test(`the delivery to a syslog server that ${what} fails`, async (t) => {
    const { key, cert } = createCertificate('localhost')
    const [plain, secure] = [
      await listen(t, createServer({ allowHalfOpen: true }), handle),
      await listen(t, createTlsServer({ key, cert }), handle),
    ]
    const servers: SyslogServer[] = [
      { transport: 'tcp', host: '127.0.0.1', port: plain, mustClose: true },
      { transport: 'tls', host: 'localhost', port: secure, ca: cert, mustClose: true },
    ]
    const refusals = await Promise.all(servers.map((server) => sendSyslog(server, big)))
    for (const refusal of refusals) assert.match(`${refusal?.reason}`, reason)
  })
}

test('sending times out when a syslog server reads nothing, never closes or never begins TLS', async (t) => {
  const readsNothing = await listen(t, createServer({ pauseOnConnect: true }), () => {})
  const staysOpen = await listen(t, createServer({ allowHalfOpen: true }), (socket) => {
    socket.resume()
  })
  const to = { host: '127.0.0.1', mustClose: true } as const
  const refusals = await Promise.all([
    sendSyslog({ ...to, transport: 'tcp', port: readsNothing }, big),
    sendSyslog({ ...to, transport: 'tcp', port: staysOpen }, ['x']),
    sendSyslog({ ...to, transport: 'tls', port: staysOpen }, ['x']),
  ])
  assert.deepEqual(refusals, Array(3).fill({ reason: 'Timeout' }))
  const alert = { transport: 'tcp', host: '127.0.0.1', port: staysOpen } as const
  assert.equal(await sendSyslog(alert, ['x']), undefined)
})

test('the delivery to a syslog server that answers each message succeeds', async (t) => {
  const port = await listen(t, createServer(), (socket) => {
    socket.write('welcome\r\n')
    socket.on('data', () => socket.write('OK\n'.repeat(200)))
  })
  const server = { transport: 'tcp', host: '127.0.0.1', port, mustClose: true } as const
  assert.equal(await sendSyslog(server, ['x', 'y']), undefined)
})

test('the messages of one delivery are sent over one connection, each with its length', async (t) => {
  const texts: string[] = []
  const port = await listen(t, createServer(), (socket) => {
    texts.push('')
    const at = texts.length - 1
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => {
      texts[at] += text
    })
  })
  const server = { transport: 'tcp', host: '127.0.0.1', port, mustClose: true } as const
  assert.equal(await sendSyslog(server, ['one', 'ümlaut']), undefined)
  assert.deepEqual(texts, ['3 one7 ümlaut'])
})
