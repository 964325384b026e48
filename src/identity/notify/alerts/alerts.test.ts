import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingHttpHeaders } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { createCertificate } from '../../../../test/support/certificate.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { hours, seconds } from '../../../platform/kernel/clock.ts'
import { silentLog } from '../../../platform/kernel/log.ts'
import { systemRandom } from '../../../platform/kernel/random.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { type Alert, openAlerts } from './alerts.ts'
import { createAlertWorker, type Receiver } from './queue.ts'
import { createSyslog } from './syslog.ts'
import { createWebhook } from './webhook.ts'

const start = Date.parse('2027-01-15T08:00:00Z')
const secret = 'a secret of the desk'
const event = {
  type: 'not_me_reported',
  body: JSON.stringify({ id: '1', user: 'Jürgen 🙂' }),
  createdAt: start,
}
const facts = {
  userId: 'usr_1',
  username: 'erika',
  displayName: 'Erika Müller',
  source: 'mail',
  login: { at: '2027-01-15T08:00:00.000Z', app: 'Webmail', place: null, address: '192.0.2.7' },
  sessionsEnded: 2,
  passwordChangeRequired: true,
  pushBlockedUntil: '2027-01-15T08:15:00.000Z',
} as const

const reported: Alert<typeof facts> = { type: 'not_me_reported', describe: (given) => given }

function createTestClock() {
  const clock = { time: start, now: () => clock.time }
  return clock
}

/** A server on a port of loopback, gone with the test. */
async function listen(t: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A service desk that takes webhooks, and can answer something else. */
async function startDesk(t: TestContext) {
  const received: Received[] = []
  const answer = { status: 204, location: '' }
  const server = createHttpServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (text: string) => {
      body += text
    })
    request.on('end', () => {
      received.push({ headers: request.headers, body })
      response.writeHead(answer.status, { location: answer.location }).end('thanks')
    })
  })
  const port = await listen(t, server)
  return { url: `http://127.0.0.1:${port}/hook`, received, answer }
}

/** Reads everything that one connection sends until it ends. */
async function read(socket: Socket): Promise<string> {
  let text = ''
  socket.setEncoding('utf8')
  for await (const chunk of socket) text += chunk
  return text
}

const expected = `<84>1 2027-01-15T08:00:00.000Z login.example einlass - not_me_reported - {"id":"1","user":"J\\u00fcrgen \\ud83d\\ude42"}`

test('syslog over UDP sends an event as one datagram', async (t) => {
  const server = createSocket('udp4').bind(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address()
  const syslog = createSyslog({
    transport: 'udp',
    host: '127.0.0.1',
    port,
    hostname: 'login.example',
  })
  const [[datagram], reason] = await Promise.all([once(server, 'message'), syslog.deliver(event)])
  assert.deepEqual([`${datagram}`, reason], [expected, undefined])
})

test('syslog over TCP sends the length first, and reports a refused connection', async (t) => {
  const received: Promise<string>[] = []
  const server = createServer((socket) => void received.push(read(socket)))
  const port = await listen(t, server)
  const syslog = createSyslog({
    transport: 'tcp',
    host: '127.0.0.1',
    port,
    hostname: 'login.example',
  })
  assert.equal(await syslog.deliver(event), undefined)
  assert.deepEqual(await Promise.all(received), [`${expected.length} ${expected}`])
  server.close()
  await once(server, 'close')
  assert.equal(await syslog.deliver(event), 'ECONNREFUSED')
})

test('syslog over TLS delivers only to a server with a trusted certificate for its name', async (t) => {
  const { key, cert } = createCertificate('localhost')
  const received: Promise<string>[] = []
  const server = createTlsServer({ key, cert }, (socket) => void received.push(read(socket)))
  server.on('tlsClientError', () => {})
  const port = await listen(t, server)
  const options = { transport: 'tls', host: 'localhost', port, hostname: 'login.example' } as const
  assert.equal(await createSyslog({ ...options, ca: cert }).deliver(event), undefined)
  assert.deepEqual(await Promise.all(received), [`${expected.length} ${expected}`])
  assert.notEqual(await createSyslog(options).deliver(event), undefined)
  const other = createSyslog({ ...options, host: '127.0.0.1', ca: cert })
  assert.equal(await other.deliver(event), 'ERR_TLS_CERT_ALTNAME_INVALID')
  assert.equal(received.length, 1)
})

test('the signature of a webhook covers the time and the exact bytes of the body', async (t) => {
  const desk = await startDesk(t)
  const clock = createTestClock()
  const webhook = createWebhook({ url: desk.url, secret, clock, fetch })
  assert.equal(await webhook.deliver(event), undefined)
  const [got] = desk.received
  const { t: at, v1 } = Object.fromEntries(
    `${got?.headers['einlass-signature']}`.split(',').map((part) => part.split('=')),
  )
  assert.equal(Number(at), start / 1000)
  assert.equal(v1, createHmac('sha256', secret).update(`${at}.${got?.body}`).digest('hex'))
  assert.equal(got?.headers['content-type'], 'application/json')
  assert.equal(got?.body, event.body)
})

test('a webhook follows no redirect and reports why a delivery failed', async (t) => {
  const [desk, elsewhere] = [await startDesk(t), await startDesk(t)]
  desk.answer.status = 307
  desk.answer.location = elsewhere.url
  const clock = createTestClock()
  const webhook = createWebhook({ url: desk.url, secret, clock, fetch })
  assert.equal(await webhook.deliver(event), 'HTTP 307')
  assert.deepEqual(elsewhere.received, [])
  desk.answer.status = 500
  assert.equal(await webhook.deliver(event), 'HTTP 500')
  const nobody = createWebhook({ url: 'http://127.0.0.1:1/', secret, clock, fetch })
  assert.match(`${await nobody.deliver(event)}`, /^(ECONNREFUSED|Error|TypeError)$/)
})

function createFakeReceiver(name: Receiver['name']) {
  const delivered: { readonly type: string; readonly body: string }[] = []
  const fake = {
    name,
    delivered,
    reason: undefined as string | undefined,
    async deliver(one: { readonly type: string; readonly body: string }) {
      delivered.push(one)
      return fake.reason
    },
  }
  return fake
}

const bothReceivers = {
  events: {
    webhook: { url: 'https://desk.example/', secret },
    syslog: { host: 'log.example', transport: 'tls', port: 6514 },
  },
} as const

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  function createNode(db: Database, clock: ReturnType<typeof createTestClock>) {
    const webhook = createFakeReceiver('webhook')
    const syslog = createFakeReceiver('syslog')
    const worker = createAlertWorker({
      db,
      clock,
      log: silentLog,
      receivers: [webhook, syslog],
    })
    const alerts = openAlerts({
      config: bothReceivers,
      publicUrl: 'https://login.example',
      clock,
      random: systemRandom,
    })
    return { webhook, syslog, worker, alerts }
  }

  test(
    say('an alert is delivered to each receiver if its transaction was committed'),
    async (t) => {
      const { db } = await engine.open(t)
      const { alerts, worker, webhook, syslog } = createNode(db, createTestClock())
      const rolledBack = db.transaction().execute(async (tx) => {
        await alerts.raise(tx, reported, facts)
        throw new Error('rolled back')
      })
      await assert.rejects(rolledBack, /rolled back/)
      await worker.deliverDue()
      assert.deepEqual([webhook.delivered, syslog.delivered], [[], []])
      await db.transaction().execute((tx) => alerts.raise(tx, reported, facts))
      await worker.deliverDue()
      await worker.deliverDue()
      assert.deepEqual([webhook.delivered.length, syslog.delivered.length], [1, 1])
      assert.equal(webhook.delivered[0]?.body, syslog.delivered[0]?.body)
      const { id, ...body } = JSON.parse(`${webhook.delivered[0]?.body}`) as Record<string, unknown>
      assert.match(`${id}`, /^[\da-f-]{36}$/)
      assert.deepEqual(body, {
        type: 'not_me_reported',
        at: '2027-01-15T08:00:00.000Z',
        installation: 'https://login.example',
        ...facts,
        login: { ...facts.login, at: '2027-01-15T08:00:00.000Z' },
        pushBlockedUntil: '2027-01-15T08:15:00.000Z',
      })
      const rows = await db.selectFrom('event_queue').select(['status', 'body']).execute()
      assert.deepEqual(rows, Array(2).fill({ status: 'sent', body: null }))
    },
  )

  test(say('an unreachable receiver does not delay the other one'), async (t) => {
    const { db } = await engine.open(t)
    const clock = createTestClock()
    const { alerts, worker, webhook, syslog } = createNode(db, clock)
    webhook.reason = 'ECONNREFUSED'
    for (let n = 0; n < 3; n += 1) await alerts.raise(db, reported, facts)
    await worker.deliverDue()
    assert.deepEqual([webhook.delivered.length, syslog.delivered.length], [1, 3])
    webhook.reason = undefined
    clock.time += hours(1)
    await worker.deliverDue()
    const sent = await db.selectFrom('event_queue').select('status').execute()
    assert.deepEqual(sent, Array(6).fill({ status: 'sent' }))
  })

  test(say('the waits double from ten seconds to an hour'), async (t) => {
    const { db } = await engine.open(t)
    const clock = createTestClock()
    const { alerts, worker, webhook } = createNode(db, clock)
    webhook.reason = 'ECONNREFUSED'
    await alerts.raise(db, reported, facts)
    const waits: number[] = []
    while (waits.length < 11) {
      await worker.deliverDue()
      const { due_at } = await db
        .selectFrom('event_queue')
        .select('due_at')
        .where('receiver', '=', 'webhook')
        .executeTakeFirstOrThrow()
      waits.push((due_at - clock.time) / seconds(10))
      clock.time = due_at
    }
    assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360])
  })

  test(
    say('the delivery of an event fails after three days, and its row is deleted a month later'),
    async (t) => {
      const { db } = await engine.open(t)
      const clock = createTestClock()
      const { alerts, worker, webhook } = createNode(db, clock)
      webhook.reason = 'HTTP 500'
      await alerts.raise(db, reported, facts)
      await worker.deliverDue()
      clock.time += hours(72)
      await worker.deliverDue()
      const state = () =>
        db
          .selectFrom('event_queue')
          .select(['receiver', 'status', 'reason', 'body'])
          .orderBy('receiver')
          .execute()
      assert.deepEqual(await state(), [
        { receiver: 'syslog', status: 'sent', reason: null, body: null },
        { receiver: 'webhook', status: 'failed', reason: 'HTTP 500', body: null },
      ])
      clock.time += hours(24 * 31)
      await worker.purge()
      assert.deepEqual(await state(), [])
    },
  )

  test(say('two nodes deliver an alert once'), async (t) => {
    const [one, two] = await engine.openTwice(t)
    const clock = createTestClock()
    const nodes = [createNode(one.db, clock), createNode(two.db, clock)]
    for (let n = 0; n < 5; n += 1) await nodes[0]?.alerts.raise(one.db, reported, facts)
    await Promise.all(nodes.map(({ worker }) => worker.deliverDue()))
    const delivered = nodes.flatMap(({ webhook }) => webhook.delivered.map(({ body }) => body))
    assert.equal(new Set(delivered).size, 5)
    assert.equal(delivered.length, 5)
  })

  test(say('without receivers no alert is queued'), async (t) => {
    const { db } = await engine.open(t)
    const clock = createTestClock()
    const alerts = openAlerts({
      config: { events: {} },
      publicUrl: undefined,
      clock,
      random: systemRandom,
    })
    await alerts.raise(db, reported, facts)
    assert.deepEqual(await db.selectFrom('event_queue').selectAll().execute(), [])
  })
})
