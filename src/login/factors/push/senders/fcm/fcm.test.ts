import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startFcm } from '../../../../../dev/stand-ins/fcm.ts'
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
import { createFcmSender } from './fcm.ts'

async function setUp(t: Scope) {
  const clock = createTestClock()
  const fcm = await startFcm({ clock })
  t.after(fcm.close)
  const { account, origin } = fcm
  const sender = createFcmSender({ account, origin, clock, fetch })
  return { clock, fcm, sender, send: () => sender.send(androidPhone(), testMessage, noSignal) }
}

const quotaOf = (type: string, detail: object) =>
  JSON.stringify({
    error: {
      code: 429,
      status: 'RESOURCE_EXHAUSTED',
      details: [{ '@type': `type.googleapis.com/${type}`, ...detail }],
    },
  })
const phoneLimit = { retryable: false, reason: 'status 429 QUOTA_EXCEEDED', ofPhone: true }

test('the sender accepts only Android phones with an FCM token', async (t) => {
  const { sender } = await setUp(t)
  assert.equal(sender.accepts(androidPhone()), true)
  assert.equal(sender.accepts(iPhone()), false)
  assert.equal(sender.accepts(androidPhone('http://127.0.0.1:8765/')), false)
})

test('a message is data with high priority and the remaining lifetime', async (t) => {
  const { fcm, send } = await setUp(t)
  assert.deepEqual(await send(), { type: 'sent' })
  const { messageId, message } = testMessage
  assert.deepEqual(fcm.messages, [
    {
      token: androidPhone().token,
      android: { priority: 'high', ttl: '120s' },
      data: { message, messageId },
    },
  ])
  assert.deepEqual([...fcm.messaging.mistakes, ...fcm.tokens.mistakes], [])
})

test('an access token is reused until shortly before it expires', async (t) => {
  const { clock, fcm, send } = await setUp(t)
  await send()
  clock.time += minutes(59) - 1
  await send()
  assert.equal(fcm.tokens.calls, 1)
  clock.time += 1
  await send()
  assert.equal(fcm.tokens.calls, 2)
  assert.equal(fcm.messages.length, 3)
})

test('simultaneous messages share one request for an access token', async (t) => {
  const { fcm, send } = await setUp(t)
  await Promise.all(Array.from({ length: 10 }, send))
  assert.equal(fcm.messages.length, 10)
  assert.equal(fcm.tokens.calls, 1)
})

test('a refused access token is replaced once', async (t) => {
  const { fcm, send } = await setUp(t)
  await send()
  fcm.valid.clear()
  assert.deepEqual(await send(), { type: 'sent' })
  assert.equal(fcm.tokens.calls, 2)
  fcm.valid.clear()
  fcm.messaging.troubles.push({ status: 401 }, { status: 401 })
  const result = await send()
  assert.deepEqual(result, {
    type: 'failed',
    reason: 'status 401',
    retryable: false,
    isRefused: true,
  })
  assert.equal(fcm.tokens.calls, 3)
})

test('the sender reports a phone that is no longer registered as gone', async (t) => {
  const { fcm, send } = await setUp(t)
  fcm.unregistered.add(androidPhone().token)
  assert.deepEqual(await send(), { type: 'gone', reason: 'UNREGISTERED' })
})

test('an invalid phone token means that the phone is gone; an invalid message is a failure', async (t) => {
  const { fcm, send } = await setUp(t)
  const formError = (field: string) =>
    JSON.stringify({
      error: { status: 'INVALID_ARGUMENT', details: [{ fieldViolations: [{ field }] }] },
    })
  fcm.messaging.troubles.push({ status: 400, body: formError('message.token') })
  assert.deepEqual(await send(), { type: 'gone', reason: 'invalid token' })
  fcm.messaging.troubles.push({ status: 400, body: formError('message.android.ttl') })
  const reason = 'status 400 INVALID_ARGUMENT'
  assert.deepEqual(await send(), { type: 'failed', reason, retryable: false, isRefused: true })
})

test('a project that does not exist disables no phone', async (t) => {
  const { fcm, send } = await setUp(t)
  fcm.messaging.troubles.push({ status: 404, body: '<html>Not Found</html>' })
  assert.deepEqual(await send(), {
    type: 'failed',
    reason: 'status 404',
    retryable: false,
    isRefused: true,
  })
})

test('each failure of the service is marked as retryable or not', async (t) => {
  const { fcm, send } = await setUp(t)
  const cases: readonly (readonly [Trouble, object])[] = [
    [
      { status: 429, headers: { 'retry-after': '7' } },
      { retryable: true, retryAfter: seconds(7) },
    ],
    // Firebase's own code is about one phone, the gateway's about the whole project.
    [{ status: 429, body: quotaOf('FcmError', { errorCode: 'QUOTA_EXCEEDED' }) }, phoneLimit],
    [
      {
        status: 429,
        body: quotaOf('FcmError', { errorCode: 'QUOTA_EXCEEDED' }),
        headers: { 'retry-after': '60' },
      },
      { ...phoneLimit, retryable: true, retryAfter: seconds(60) },
    ],
    [
      { status: 429, body: quotaOf('ErrorInfo', { reason: 'RATE_LIMIT_EXCEEDED' }) },
      { retryable: true, reason: 'status 429 RESOURCE_EXHAUSTED' },
    ],
    [{ status: 500 }, { retryable: true }],
    [{ status: 503 }, { retryable: true }],
    [{ status: 403 }, { retryable: false }],
    [{ status: 301, headers: { location: `${fcm.origin}/x` } }, { retryable: false }],
    ['reset', { retryable: true }],
    ['garbage', { retryable: true, reason: 'unreadable answer' }],
  ]
  await send()
  for (const [trouble, expected] of cases) {
    fcm.messaging.troubles.push(trouble)
    const result = await send()
    assert.partialDeepStrictEqual(result, { type: 'failed', ...expected })
    assert.equal(fcm.messaging.troubles.length, 0)
  }
  assert.equal(fcm.messages.length, 1)
})

test('without an access token a message fails, and the next message requests a token again', async (t) => {
  const { fcm, send } = await setUp(t)
  for (const trouble of ['reset', 'garbage', { status: 500 }] as const) {
    fcm.tokens.troubles.push(trouble)
    const nothingSent = { type: 'failed', retryable: true, isRefused: true } as const
    assert.partialDeepStrictEqual(await send(), nothingSent)
  }
  fcm.tokens.troubles.push({ status: 400, body: '{"error":"invalid_grant"}' })
  assert.deepEqual(await send(), {
    type: 'failed',
    reason: 'status 400 at the token endpoint invalid_grant',
    retryable: false,
    isRefused: true,
  })
  assert.equal(fcm.messaging.calls, 0)
  assert.deepEqual(await send(), { type: 'sent' })
})

for (const part of ['tokens', 'messaging'] as const) {
  test(`the abort signal ends a request to a service that hangs (${part})`, async (t) => {
    const { fcm, sender } = await setUp(t)
    const controller = new AbortController()
    fcm[part].onHang = () => controller.abort()
    fcm[part].troubles.push('hang')
    const result = await sender.send(androidPhone(), testMessage, controller.signal)
    assert.deepEqual(result, { type: 'failed', reason: 'AbortError', retryable: true })
  })
}

test('A43: after the clock is set back, the sender requests a new access token', async (t) => {
  const { clock, fcm, send } = await setUp(t)
  await send()
  clock.time -= hours(3)
  await send()
  assert.equal(fcm.tokens.calls, 2)
})
