import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { startApns } from '../../../../../dev/stand-ins/apns.ts'
import {
  androidPhone,
  createTestClock,
  iPhone,
  noSignal,
  type Trouble,
  testMessage,
} from '../../../../../dev/stand-ins/push-service.ts'
import type { Scope } from '../../../../../dev/test-support/on-each-engine.ts'
import { hours, minutes, seconds } from '../../../../../platform/kernel/clock.ts'
import { createApnsSender } from './apns.ts'

async function setUp(t: Scope) {
  const clock = createTestClock()
  const apns = await startApns({ clock })
  const sender = createApnsSender({ ...apns, sandbox: false, clock })
  t.after(async () => {
    await sender.close?.()
    apns.close()
  })
  return { clock, apns, sender, send: () => sender.send(iPhone(), testMessage, noSignal) }
}

test('the sender accepts only iPhones with an APNs token', async (t) => {
  const { sender } = await setUp(t)
  assert.equal(sender.accepts(iPhone()), true)
  assert.equal(sender.accepts(iPhone('ab'.repeat(80))), true)
  assert.equal(sender.accepts(androidPhone()), false)
  for (const token of ['http://127.0.0.1:8765/', `${'a'.repeat(63)}/`, '../x', 'a'.repeat(62)]) {
    assert.equal(sender.accepts(iPhone(token)), false, token)
  }
})

test('a message goes to the lowercase token, with its data inside aps', async (t) => {
  const { apns, send } = await setUp(t)
  assert.deepEqual(await send(), { type: 'sent' })
  const [message] = apns.messages
  assert.equal(message?.token, 'a1'.repeat(32))
  assert.partialDeepStrictEqual(message?.aps, {
    messageId: testMessage.messageId,
    data: testMessage.message,
    alert: testMessage.text,
    category: 'authentication_challenge',
  })
  assert.deepEqual(apns.plan.mistakes, [])
})

test('one connection and one provider token serve many messages', async (t) => {
  const { apns, send } = await setUp(t)
  await Promise.all(Array.from({ length: 20 }, send))
  await send()
  assert.equal(apns.messages.length, 21)
  assert.equal(apns.sessions.length, 1)
  assert.equal(apns.providerTokens.size, 1)
})

test('a provider token is renewed after 50 minutes', async (t) => {
  const { clock, apns, send } = await setUp(t)
  await send()
  clock.time += minutes(50) - 1
  await send()
  assert.equal(apns.providerTokens.size, 1)
  clock.time += 1
  await send()
  assert.equal(apns.providerTokens.size, 2)
})

test('a provider token that APNs calls expired is replaced once', async (t) => {
  const { clock, apns, send } = await setUp(t)
  const expired = { status: 403, body: '{"reason":"ExpiredProviderToken"}' }
  await send()
  clock.time += minutes(1)
  apns.plan.troubles.push(expired)
  assert.deepEqual(await send(), { type: 'sent' })
  assert.equal(apns.providerTokens.size, 2)
  apns.plan.troubles.push(expired, expired)
  const reason = 'status 403 ExpiredProviderToken'
  assert.deepEqual(await send(), { type: 'failed', reason, retryable: false, isRefused: true })
})

test('after GOAWAY the next message takes a new connection', async (t) => {
  const { apns, send } = await setUp(t)
  await send()
  const [session] = apns.sessions
  const closed = session && once(session, 'close')
  // Says GOAWAY, and ends when nothing is under way.
  session?.close()
  await closed
  assert.deepEqual(await send(), { type: 'sent' })
  assert.equal(apns.sessions.length, 2)
})

test('after a lost connection, the sender opens a new one', async (t) => {
  const { apns, send } = await setUp(t)
  await send()
  const [session] = apns.sessions
  const closed = session && once(session, 'close')
  session?.destroy()
  await closed
  const results = [await send(), await send()]
  assert.deepEqual(results.at(-1), { type: 'sent' })
  assert.equal(apns.sessions.length, 2)
})

test('the sender reports a phone without the app as gone', async (t) => {
  const { apns, send } = await setUp(t)
  apns.unregistered.add('a1'.repeat(32))
  assert.deepEqual(await send(), { type: 'gone', reason: 'Unregistered' })
  apns.plan.troubles.push({ status: 400, body: '{"reason":"BadDeviceToken"}' })
  assert.deepEqual(await send(), { type: 'gone', reason: 'BadDeviceToken' })
  apns.plan.troubles.push({ status: 410 })
  assert.deepEqual(await send(), { type: 'gone', reason: 'status 410' })
})

test('each failure of the service is marked as retryable or not', async (t) => {
  const { apns, send } = await setUp(t)
  const cases: readonly (readonly [Trouble, object])[] = [
    [
      { status: 429, headers: { 'retry-after': '3' } },
      { retryable: true, retryAfter: seconds(3) },
    ],
    [
      { status: 429, body: '{"reason":"TooManyRequests"}' },
      { retryable: false, reason: 'status 429 TooManyRequests', ofPhone: true },
    ],
    [{ status: 429, body: '{"reason":"TooManyProviderTokenUpdates"}' }, { retryable: true }],
    [{ status: 500 }, { retryable: true }],
    [{ status: 503, body: '{"reason":"Shutdown"}' }, { reason: 'status 503 Shutdown' }],
    [{ status: 403, body: '{"reason":"InvalidProviderToken"}' }, { retryable: false }],
    [{ status: 400, body: '{"reason":"DeviceTokenNotForTopic"}' }, { retryable: false }],
    [{ status: 413, body: '{"reason":"PayloadTooLarge"}' }, { retryable: false }],
    [
      { status: 400, body: 'no JSON' },
      { retryable: false, reason: 'status 400' },
    ],
    ['reset', { retryable: true }],
  ]
  for (const [trouble, expected] of cases) {
    apns.plan.troubles.push(trouble)
    assert.partialDeepStrictEqual(await send(), { type: 'failed', ...expected })
  }
  assert.equal(apns.messages.length, 0)
  assert.deepEqual(await send(), { type: 'sent' })
})

test('the abort signal ends a request to a service that hangs, and its connection is not reused', async (t) => {
  const { apns, sender, send } = await setUp(t)
  const controller = new AbortController()
  apns.plan.onHang = () => controller.abort()
  apns.plan.troubles.push('hang')
  const result = await sender.send(iPhone(), testMessage, controller.signal)
  assert.partialDeepStrictEqual(result, { type: 'failed', retryable: true })
  assert.deepEqual(await send(), { type: 'sent' })
  assert.equal(apns.sessions.length, 2)
})

test('an untrusted certificate is a failure, and nothing is sent', async (t) => {
  const { apns, clock } = await setUp(t)
  const { ca: _, ...untrusted } = apns
  const sender = createApnsSender({ ...untrusted, sandbox: false, clock })
  t.after(() => sender.close?.())
  const result = await sender.send(iPhone(), testMessage, noSignal)
  assert.partialDeepStrictEqual(result, { type: 'failed', retryable: true })
  assert.equal(apns.plan.calls, 0)
})

test('A43: after the clock is set back, the sender signs a new provider token', async (t) => {
  const { clock, apns, send } = await setUp(t)
  await send()
  clock.time -= hours(3)
  await send()
  assert.equal(apns.providerTokens.size, 2)
})
