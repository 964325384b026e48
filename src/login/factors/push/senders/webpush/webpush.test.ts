import assert from 'node:assert/strict'
import type { lookup } from 'node:dns'
import { test } from 'node:test'
import {
  androidPhone,
  createTestClock,
  noSignal,
  type Trouble,
  testMessage,
} from '../../../../../dev/stand-ins/push-service.ts'
import {
  createSubscriber,
  startPushService,
  subject,
} from '../../../../../dev/stand-ins/webpush.ts'
import type { Scope } from '../../../../../dev/test-support/on-each-engine.ts'
import { isPublic } from '../../../../../platform/http/public-address.ts'
import { hours, seconds } from '../../../../../platform/kernel/clock.ts'
import { createWebPushSender, type WebPushSenderOptions } from './webpush.ts'

const targetOf = (token: string) => ({
  token,
  deviceType: 'web',
  communicationType: 'webpush',
})

async function setUp(t: Scope, more: Partial<WebPushSenderOptions> = {}) {
  const clock = createTestClock()
  const service = await startPushService({ clock })
  const { ca, keys, origin } = service
  const options = { subject, keys, clock, ca, allowedOrigins: [origin], ...more }
  const sender = createWebPushSender(options)
  t.after(async () => {
    await sender.close?.()
    service.close()
  })
  const target = targetOf(service.subscription())
  return { clock, service, sender, send: () => sender.send(target, testMessage, noSignal) }
}

/** A subscription at an address that nothing listens on. */
const subscriptionAt = (endpoint: string) =>
  targetOf(JSON.stringify({ endpoint, keys: createSubscriber().keys }))

test('the sender accepts only phones with a valid subscription', async (t) => {
  const { service, sender } = await setUp(t)
  const { keys } = createSubscriber()
  const subscription = (change: object) =>
    JSON.stringify({ endpoint: 'https://push.example.net/1', keys, ...change })
  assert.equal(sender.accepts(targetOf(service.subscription())), true)
  assert.equal(sender.accepts(targetOf(subscription({}))), true)
  assert.equal(sender.accepts(androidPhone(service.subscription())), false)
  for (const token of [
    'a token',
    '{}',
    subscription({ endpoint: 'http://push.example.net/1' }),
    subscription({ endpoint: 'push.example.net' }),
    subscription({ keys: {} }),
    subscription({ keys: { ...keys, p256dh: keys.auth } }),
    subscription({ keys: { ...keys, auth: 'short' } }),
  ]) {
    assert.equal(sender.accepts(targetOf(token)), false, token)
  }
})

test('a message is encrypted for the browser and carries its time to live', async (t) => {
  const { service, send } = await setUp(t)
  assert.deepEqual(await send(), { type: 'sent' })
  assert.deepEqual(service.plan.mistakes, [])
  const [{ body, ttl } = { body: '', ttl: '' }] = service.messages
  const { messageId, message } = testMessage
  assert.deepEqual(JSON.parse(body), { messageId, message })
  assert.equal(ttl, '120')
})

test('messages to one phone have the same topic, so that a new one replaces a waiting one', async (t) => {
  const { service, send } = await setUp(t)
  await send()
  await send()
  assert.deepEqual(new Set(service.messages.map(({ topic }) => topic)).size, 1)
})

test('one VAPID token is reused for eleven hours, and one connection for many messages', async (t) => {
  const { clock, service, send } = await setUp(t)
  await send()
  clock.time += hours(11) - 1
  await send()
  assert.equal(service.tokens.size, 1)
  clock.time += 1
  await send()
  assert.equal(service.tokens.size, 2)
  assert.equal(service.sockets.size, 1)
  assert.deepEqual(service.plan.mistakes, [])
})

test('after the clock is set back, the sender signs a new VAPID token, as the old one would be valid for too long', async (t) => {
  const { clock, service, send } = await setUp(t)
  await send()
  clock.time -= hours(20)
  assert.deepEqual(await send(), { type: 'sent' })
  assert.equal(service.tokens.size, 2)
})

test('the sender reports a phone whose subscription ended as gone', async (t) => {
  const { service, send } = await setUp(t)
  service.state.isExpired = true
  assert.deepEqual(await send(), { type: 'gone', reason: 'status 410' })
  service.plan.troubles.push({ status: 404 })
  assert.deepEqual(await send(), { type: 'gone', reason: 'status 404' })
})

test('the sender reports a phone whose public key is not on the curve as gone', async (t) => {
  const { service, sender } = await setUp(t)
  const keys = { ...createSubscriber().keys, p256dh: `B${'A'.repeat(86)}` }
  const token = JSON.stringify({ endpoint: `${service.origin}/push/1`, keys })
  const result = await sender.send(targetOf(token), testMessage, noSignal)
  assert.deepEqual(result, { type: 'gone', reason: 'keys that are none' })
  assert.equal(service.plan.calls, 0)
})

test('each failure of the service is marked as retryable or not', async (t) => {
  const { service, send } = await setUp(t)
  const cases: readonly (readonly [Trouble, object])[] = [
    [
      { status: 429, headers: { 'retry-after': '11' } },
      { retryable: true, retryAfter: seconds(11), ofPhone: true },
    ],
    [{ status: 500 }, { retryable: true }],
    [{ status: 503 }, { retryable: true }],
    [{ status: 400 }, { retryable: false }],
    [{ status: 403 }, { retryable: false }],
    [{ status: 413 }, { retryable: false }],
    ['reset', { retryable: true, reason: 'ECONNRESET' }],
  ]
  for (const [trouble, expected] of cases) {
    service.plan.troubles.push(trouble)
    assert.partialDeepStrictEqual(await send(), { type: 'failed', ...expected })
  }
  assert.deepEqual(await send(), { type: 'sent' })
})

test('A34: a redirect is a failure and is never followed', async (t) => {
  const { service, send } = await setUp(t)
  for (const status of [301, 302, 303, 307, 308]) {
    service.plan.troubles.push({ status, headers: { location: `${service.origin}/push/1` } })
    const result = await send()
    assert.deepEqual(result, {
      type: 'failed',
      reason: `status ${status}`,
      retryable: false,
      isRefused: true,
    })
  }
  assert.equal(service.plan.calls, 5)
})

test('the abort signal ends a request to a service that hangs', async (t) => {
  const { service, sender } = await setUp(t)
  const controller = new AbortController()
  service.plan.onHang = () => controller.abort()
  service.plan.troubles.push('hang')
  const target = targetOf(service.subscription())
  const result = await sender.send(target, testMessage, controller.signal)
  assert.deepEqual(result, { type: 'failed', reason: 'AbortError', retryable: true })
})

test('a success with an answer that is too long is still a success', async (t) => {
  const { service, send } = await setUp(t)
  service.plan.troubles.push({ status: 201, body: 'x'.repeat(1_000_000) })
  assert.deepEqual(await send(), { type: 'sent' })
  assert.deepEqual(await send(), { type: 'sent' })
})

test('an untrusted certificate is a failure, and nothing is sent', async (t) => {
  const { service, clock } = await setUp(t)
  const { keys, origin } = service
  const sender = createWebPushSender({ subject, keys, clock, allowedOrigins: [origin] })
  t.after(() => sender.close?.())
  const result = await sender.send(targetOf(service.subscription()), testMessage, noSignal)
  assert.partialDeepStrictEqual(result, { type: 'failed', retryable: true })
  assert.equal(service.plan.calls, 0)
})

test('A34: the sender does not connect to an address that is not public', async (t) => {
  const { service, sender } = await setUp(t, { allowedOrigins: [] })
  const { port } = new URL(service.origin)
  for (const [endpoint, reason] of [
    [`https://127.0.0.1:${port}/push/1`, 'an unusual port'],
    ['https://127.0.0.1/', 'not a public address'],
    ['https://0x7f.1/', 'not a public address'],
    ['https://10.0.0.1/', 'not a public address'],
    ['https://169.254.169.254/latest/', 'not a public address'],
    ['https://[::1]/', 'not a public address'],
    ['https://[::ffff:127.0.0.1]/', 'not a public address'],
    ['https://[fd00::1]/', 'not a public address'],
    ['https://[64:ff9b::7f00:1]/', 'not a public address'],
    ['https://user@push.example.net/', 'with a user name'],
  ] as const) {
    const result = await sender.send(subscriptionAt(endpoint), testMessage, noSignal)
    assert.deepEqual(
      result,
      { type: 'failed', reason, retryable: false, isRefused: true },
      endpoint,
    )
  }
  assert.equal(service.plan.calls, 0)
})

test('A34: the addresses that a host name resolves to are checked again for each connection', async (t) => {
  const answers: string[][] = []
  const asked: string[] = []
  const resolve = ((
    hostname: string,
    _options: object,
    callback: (error: null, addresses: { address: string; family: number }[]) => void,
  ) => {
    asked.push(hostname)
    const addresses = answers.shift() ?? []
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }) as unknown as typeof lookup
  const { sender } = await setUp(t, { allowedOrigins: [], resolve })
  for (const addresses of [
    ['127.0.0.1'],
    ['10.1.2.3'],
    ['::1'],
    // One that is public does not excuse the other.
    ['93.184.215.14', '192.168.1.1'],
    ['::ffff:10.0.0.1'],
    [],
  ]) {
    answers.push(addresses)
    const target = subscriptionAt('https://rebind.example.net/1')
    const result = await sender.send(target, testMessage, noSignal)
    const reason = 'not a public address'
    assert.deepEqual(
      result,
      { type: 'failed', reason, retryable: false, isRefused: true },
      addresses.join(),
    )
  }
  assert.deepEqual(asked, Array(6).fill('rebind.example.net'))
})

test('only addresses of the public network are recognized as public', () => {
  for (const address of ['93.184.215.14', '8.8.8.8', '2a00:1450:4001::200e', '172.32.0.1']) {
    assert.equal(isPublic(address), true, address)
  }
  for (const address of [
    '0.0.0.0',
    '100.64.0.1',
    '172.31.255.255',
    '192.0.2.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    'ff02::1',
    '::ffff:8.8.8.8',
    '2001:db8::1',
    '2002:7f00:1::',
    'no address',
  ]) {
    assert.equal(isPublic(address), false, address)
  }
})

test('each push service is a provider of its own', async (t) => {
  const { sender } = await setUp(t)
  assert.equal(
    sender.getProvider?.(subscriptionAt('https://a.example.net/1')),
    'https://a.example.net',
  )
  assert.equal(
    sender.getProvider?.(subscriptionAt('https://b.example.net/1')),
    'https://b.example.net',
  )
  assert.equal(sender.getProvider?.(targetOf('no subscription')), undefined)
})
