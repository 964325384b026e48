import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createCertificate } from '../../../../test/support/certificate.ts'
import {
  auditReceiversSchema,
  type StreamConfig,
} from '../../../platform/config/audit-receivers.ts'
import { event, notShown, say, warn } from '../../audit/event.ts'
import type { ListedEvent } from '../../audit/list.ts'
import { readExport } from '../../audit/lost-section.ts'
import { listUnknownTypes } from './open.ts'
import { createSyslogReceiver, writeMessage } from './syslog-receiver.ts'
import { createWebhookReceiver } from './webhook-receiver.ts'

const at = Date.parse('2027-01-15T08:00:00Z')
const secret = 'a secret of the receiver'
const publicUrl = 'https://login.example'

const makeEvent = (type: string, data: ListedEvent['data'], seq = 7): ListedEvent => ({
  ...{ seq, at, type, data },
  hash: `hash of ${seq}`,
})

const [events] = [[makeEvent('login_failed', { username: 'erika' }), makeEvent('x', {}, 8)]]

function readConfig(config: object): StreamConfig {
  const [one] = auditReceiversSchema.parse([{ name: 'siem', ...config }])
  assert.ok(one)
  return one
}

async function startReceiver(t: TestContext, listener: RequestListener, tls?: object) {
  const server = tls === undefined ? createServer(listener) : createHttpsServer(tls, listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return `${tls === undefined ? 'http' : 'https'}://localhost:${port}/audit`
}

function openWebhook(url: string, given: object = { secret }) {
  const config = readConfig({ kind: 'webhook', url, ...given })
  assert.ok(config.kind === 'webhook')
  return createWebhookReceiver({ config, publicUrl, clock: { now: () => at }, fetch })
}

async function readBody(request: AsyncIterable<Buffer>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(request)).toString()
}

test('a webhook gets events in one signed post, in the form of an export', async (t) => {
  const received: { signature: string; body: string }[] = []
  const url = await startReceiver(t, async (request, response) => {
    const signature = `${request.headers['einlass-signature']}`
    received.push({ signature, body: await readBody(request) })
    response.end()
  })
  assert.equal(await openWebhook(url).deliver(events), undefined)
  const [got] = received
  const expected = createHmac('sha256', secret)
    .update(`${at / 1000}.${got?.body}`)
    .digest('hex')
  assert.equal(got?.signature, `t=${at / 1000},v1=${expected}`)
  const body = JSON.parse(`${got?.body}`)
  assert.deepEqual(body, {
    ...{ type: 'audit_events', installation: publicUrl, receiver: 'siem' },
    events,
  })
  const lines = body.events.map((one: object) => JSON.stringify(one)).join('\n')
  assert.deepEqual(readExport(lines), events)
})

test('the secret of a webhook is read from its file for each post', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-receiver-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const signatures: unknown[] = []
  const url = await startReceiver(t, async (request, response) => {
    signatures.push(request.headers['einlass-signature'])
    response.end()
  })
  const file = join(folder, 'secret')
  const webhook = openWebhook(url, { secret_file: file })
  assert.deepEqual(await webhook.deliver(events), { reason: 'secret_file: ENOENT' })
  await writeFile(file, 'short\n')
  assert.match(`${(await webhook.deliver(events))?.reason}`, /fewer than 16/)
  for (const text of [`${secret}\n`, 'another secret of it']) {
    await writeFile(file, text)
    assert.equal(await webhook.deliver(events), undefined)
  }
  assert.equal(new Set(signatures).size, 2)
})

const answer =
  (status: number, headers: Record<string, string> = {}): RequestListener =>
  (request, response) => {
    request.resume()
    response.writeHead(status, headers).end('no')
  }

const troubles: readonly {
  readonly what: string
  readonly listener: RequestListener
  readonly reason: RegExp
  readonly isTooLarge?: boolean
}[] = [
  { what: 'answers 500', listener: answer(500), reason: /^HTTP 500$/ },
  { what: 'answers 413', listener: answer(413), reason: /^HTTP 413$/, isTooLarge: true },
  {
    what: 'redirects',
    listener: answer(308, { location: 'http://127.0.0.1:1/' }),
    reason: /^HTTP 308$/,
  },
  {
    what: 'closes in the middle',
    listener: (_, response) => void response.socket?.destroy(),
    reason: /^(UND_ERR_SOCKET|ECONNRESET)$/,
  },
  {
    what: 'closes in the middle of its answer head',
    listener: (_, response) => void response.socket?.end('HTTP/1.1 200'),
    reason: /^(UND_ERR_SOCKET|HPE_\w+|ECONNRESET)$/,
  },
  { what: 'hangs', listener: () => {}, reason: /^TimeoutError$/ },
]

for (const { what, listener, reason, isTooLarge = false } of troubles) {
  test(`the delivery to a webhook that ${what} fails`, async (t) => {
    const refusal = await openWebhook(await startReceiver(t, listener)).deliver(events)
    assert.match(`${refusal?.reason}`, reason)
    assert.equal(refusal?.isTooLarge ?? false, isTooLarge)
  })
}

test('a webhook with the certificate of an unknown authority gets nothing', async (t) => {
  let asked = 0
  const url = await startReceiver(t, () => (asked += 1), createCertificate('localhost'))
  const refusal = await openWebhook(url).deliver(events)
  assert.match(`${refusal?.reason}`, /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED|UNABLE_TO)/)
  assert.equal(asked, 0)
})

test('a syslog receiver whose files cannot be read reports the file error and connects to no server', async (t) => {
  let connections = 0
  const server = createServer().on('connection', () => (connections += 1))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const at = { host: '127.0.0.1', port }
  const config = readConfig({ kind: 'syslog', ...at, ca_file: '/none/ca.pem' })
  assert.ok(config.kind === 'syslog')
  const syslog = createSyslogReceiver({ config, hostname: 'login.example', eventTypes: [] })
  assert.deepEqual(await syslog.deliver(events), { reason: 'file: ENOENT' })
  assert.equal(connections, 0)
})

const types = {
  warned: event('warned', warn('event.disabled')),
  said: event('said', say('event.enabled')),
  unseen: event('unseen', notShown),
}

test('an event that warns a user has severity warning, and an act of an operator has severity notice', () => {
  const priorities = [
    [types.warned, { userId: 'u', by: 'cli:alice' }],
    [types.said, { userId: 'u', by: 'cli:alice' }],
    [types.said, { userId: 'u', by: 'u' }],
    [types.unseen, {}],
  ] as const
  const written = priorities.map(
    ([eventType, data]) =>
      /^<(\d+)>/.exec(
        writeMessage(makeEvent(eventType.type, data), { hostname: 'login.example', eventType }),
      )?.[1],
  )
  assert.deepEqual(written, ['84', '85', '86', '86'])
})

test('a value cannot break out of the structured data, and the message is the event as exported', () => {
  const odd = makeEvent('login_failed', { username: 'a"] [b@1 c="d\\', address: '192.0.2.7' })
  const text = writeMessage(odd, { hostname: 'login.example', eventType: undefined })
  const [, data] = /login_failed (\[.*?\]) \{/.exec(text) ?? []
  assert.equal(
    data,
    '[einlass@32473 seq="7" hash="hash of 7" username="a\\"\\] [b@1 c=\\"d\\\\" address="192.0.2.7"]',
  )
  assert.deepEqual(readExport(text.slice(text.indexOf('{'))), [odd])
})

test('unknown event types in the configuration are reported', () => {
  const eventTypes = Object.values(types)
  const of = (...list: string[]) => ({
    audit: {
      heads: { receivers: [], every: 1 },
      receivers: [readConfig({ kind: 'syslog', host: 'a', types: list })],
    },
  })
  assert.deepEqual(listUnknownTypes(of('warned', 'un*'), eventTypes), [])
  assert.deepEqual(listUnknownTypes(of('warnd', 'x*'), eventTypes), [
    'audit.receivers: siem waits for events warnd, and there are none',
    'audit.receivers: siem waits for events x*, and there are none',
  ])
})
