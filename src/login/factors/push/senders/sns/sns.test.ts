import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apnsPayload } from '#forgerock-push'
import {
  androidPhone,
  createTestClock,
  iPhone,
  noSignal,
  type Trouble,
  testMessage,
} from '../../../../../dev/stand-ins/push-service.ts'
import {
  appleApplication,
  errorXml,
  googleApplication,
  startSns,
} from '../../../../../dev/stand-ins/sns.ts'
import type { Scope } from '../../../../../dev/test-support/on-each-engine.ts'
import { seconds } from '../../../../../platform/kernel/clock.ts'
import { createSnsSender, type SnsSenderOptions } from './sns.ts'

async function setUp(t: Scope, more: Partial<SnsSenderOptions> = {}) {
  const sns = await startSns()
  const { origin, region, credentials } = sns
  const sender = createSnsSender({
    origin,
    region,
    credentials,
    googleApplication,
    appleApplication,
    format: 'legacy',
    clock: createTestClock(),
    ...more,
  })
  t.after(async () => {
    await sender.close?.()
    sns.close()
  })
  return { sns, sender, send: () => sender.send(androidPhone(), testMessage, noSignal) }
}

const failing = (code: string, message: string, status = 400): Trouble => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body: errorXml({ code, message }),
})

test('the sender accepts a phone only if an application for its kind is configured', async (t) => {
  const { sender } = await setUp(t)
  assert.equal(sender.accepts(androidPhone()), true)
  assert.equal(sender.accepts(iPhone()), true)
  assert.equal(sender.accepts(androidPhone('http://127.0.0.1:8765/')), false)
  assert.equal(sender.accepts({ ...androidPhone(), communicationType: 'webpush' }), false)
  const { sender: appleOnly } = await setUp(t, { googleApplication: undefined })
  assert.equal(appleOnly.accepts(androidPhone()), false)
  assert.equal(appleOnly.accepts(iPhone()), true)
})

test('an endpoint is created once and then reused', async (t) => {
  const { sns, send } = await setUp(t)
  assert.deepEqual(await send(), { type: 'sent' })
  assert.deepEqual(await send(), { type: 'sent' })
  assert.deepEqual(sns.actions, ['CreatePlatformEndpoint', 'Publish', 'Publish'])
  assert.partialDeepStrictEqual(sns.endpoints, [{ token: androidPhone().token, enabled: true }])
  assert.deepEqual(sns.plan.mistakes, [])
})

test('an Android phone gets the message as AM sends it', async (t) => {
  const { sns, send } = await setUp(t)
  await send()
  const { messageId, message, text } = testMessage
  const [publication] = sns.published
  assert.deepEqual(publication?.message, {
    default: text,
    GCM: { priority: 'high', data: { message, messageId } },
    APNS: apnsPayload(testMessage),
    APNS_SANDBOX: apnsPayload(testMessage),
  })
  assert.deepEqual(publication?.attributes, { 'AWS.SNS.MOBILE.FCM.TTL': '120' })
})

test('the format v1 also carries the time to live in the message', async (t) => {
  const { sns, send } = await setUp(t, { format: 'v1' })
  await send()
  const { messageId, message } = testMessage
  const android = { priority: 'high', ttl: '120s' }
  assert.partialDeepStrictEqual(sns.published[0]?.message, {
    GCM: { fcmV1Message: { message: { android, data: { message, messageId } } } },
  })
})

test('a message to an iPhone uses the application for iPhones', async (t) => {
  const { sns, sender } = await setUp(t)
  assert.deepEqual(await sender.send(iPhone(), testMessage, noSignal), { type: 'sent' })
  assert.equal(sns.endpoints[0]?.application, appleApplication)
  assert.deepEqual(sns.published[0]?.attributes, { 'AWS.SNS.MOBILE.APNS.TTL': '120' })
})

test('an existing endpoint with other attributes is reused and enabled', async (t) => {
  const { sns, send } = await setUp(t)
  const { token } = androidPhone()
  const endpoint = sns.addEndpoint({ application: googleApplication, token })
  Object.assign(endpoint, { enabled: false, userData: 'of another system' })
  assert.deepEqual(await send(), { type: 'sent' })
  assert.deepEqual(sns.actions, ['CreatePlatformEndpoint', 'SetEndpointAttributes', 'Publish'])
  assert.equal(sns.endpoints.length, 1)
})

test('a disabled endpoint is enabled once; when it is disabled again, the phone is gone', async (t) => {
  const { sns, send } = await setUp(t)
  await send()
  const [endpoint] = sns.endpoints
  if (endpoint === undefined) throw new Error('no endpoint')
  endpoint.enabled = false
  assert.deepEqual(await send(), { type: 'sent' })
  assert.equal(endpoint.enabled, true)
  endpoint.enabled = false
  assert.deepEqual(await send(), { type: 'gone', reason: 'EndpointDisabled' })
  assert.equal(endpoint.enabled, false)
})

test('the sender reports a phone as gone when its endpoint does not stay enabled', async (t) => {
  const { sns, send } = await setUp(t)
  await send()
  sns.staysOff = true
  assert.deepEqual(await send(), { type: 'gone', reason: 'EndpointDisabled' })
  assert.deepEqual(sns.actions.slice(2), ['Publish', 'SetEndpointAttributes', 'Publish'])
})

test('a removed endpoint is created again', async (t) => {
  const { sns, send } = await setUp(t)
  await send()
  sns.endpoints.length = 0
  assert.deepEqual(await send(), { type: 'sent' })
  assert.equal(sns.endpoints.length, 1)
  assert.equal(sns.published.length, 2)
})

test('the sender reports a phone whose token the platform refuses as gone', async (t) => {
  const { sender } = await setUp(t)
  const result = await sender.send(iPhone('no token'), testMessage, noSignal)
  assert.deepEqual(result, { type: 'gone', reason: 'invalid token' })
})

test('the refusal of another parameter than the token disables no phone', async (t) => {
  const { sns, send } = await setUp(t)
  sns.plan.troubles.push(failing('InvalidParameter', 'Invalid parameter: PlatformApplicationArn'))
  const reason = 'status 400 InvalidParameter'
  assert.deepEqual(await send(), { type: 'failed', reason, retryable: false, isRefused: true })
})

test('a wrong access key is a refusal and does not disable the phone', async (t) => {
  const { sns, send } = await setUp(t, {
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'another secret' },
  })
  const reason = 'status 403 SignatureDoesNotMatch'
  assert.deepEqual(await send(), { type: 'failed', reason, retryable: false, isRefused: true })
  assert.deepEqual(sns.plan.mistakes, ['SignatureDoesNotMatch'])
})

test('each failure of the service is marked as retryable or not', async (t) => {
  const { sns, send } = await setUp(t)
  const cases: readonly (readonly [Trouble, object])[] = [
    [failing('Throttling', 'Rate exceeded'), { retryable: true }],
    [
      {
        status: 429,
        headers: { 'retry-after': '4' },
        body: errorXml({ code: 'Throttled', message: '' }),
      },
      { retryable: true, retryAfter: seconds(4) },
    ],
    [failing('InternalError', 'no', 500), { retryable: true }],
    [{ status: 503, body: 'no XML' }, { retryable: true }],
    [failing('AuthorizationError', 'no', 403), { retryable: false }],
    ['reset', { retryable: true }],
    ['garbage', { retryable: true }],
  ]
  await send()
  for (const [trouble, expected] of cases) {
    sns.plan.troubles.push(trouble)
    const calls = sns.plan.calls
    assert.partialDeepStrictEqual(await send(), { type: 'failed', ...expected })
    assert.equal(sns.plan.calls, calls + 1)
  }
  assert.equal(sns.published.length, 1)
})

test('the abort signal ends a request to a service that hangs', async (t) => {
  const { sns, sender } = await setUp(t)
  const controller = new AbortController()
  sns.plan.onHang = () => controller.abort()
  sns.plan.troubles.push('hang')
  const result = await sender.send(androidPhone(), testMessage, controller.signal)
  assert.deepEqual(result, { type: 'failed', reason: 'AbortError', retryable: true })
})
