/** Providers that are in trouble, over real sockets: how each sender and its retries handle that together. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApns } from '../../../../dev/stand-ins/apns.ts'
import { createTestCertificate } from '../../../../dev/stand-ins/certificate.ts'
import { startFcm } from '../../../../dev/stand-ins/fcm.ts'
import {
  androidPhone,
  createTestClock,
  createTestTimers,
  iPhone,
  noSignal,
  type Plan,
  type Trouble,
  testMessage,
} from '../../../../dev/stand-ins/push-service.ts'
import { googleApplication, startSns } from '../../../../dev/stand-ins/sns.ts'
import { startPushService, subject } from '../../../../dev/stand-ins/webpush.ts'
import type { Scope } from '../../../../dev/test-support/on-each-engine.ts'
import { seconds } from '../../../../platform/kernel/clock.ts'
import { systemRandom } from '../../../../platform/kernel/random.ts'
import { createSenderMetrics } from '../../approval/sending/metrics.ts'
import { createResilientSender } from '../../approval/sending/resilient.ts'
import { createApnsSender } from './apns/apns.ts'
import { createFcmSender } from './fcm/fcm.ts'
import type { PushSender, PushTarget } from './sender.ts'
import { createSnsSender } from './sns/sns.ts'
import { createWebPushSender } from './webpush/webpush.ts'

interface Provider {
  readonly sender: PushSender
  readonly target: PushTarget
  readonly plan: Plan
  /** How many messages have arrived. */
  arrived(): number
  close(): void
}

type TestClock = ReturnType<typeof createTestClock>

const providers: Readonly<Record<string, (clock: TestClock) => Promise<Provider>>> = {
  async sns() {
    const sns = await startSns()
    const { origin, region, credentials, plan, published, close } = sns
    const clock = createTestClock()
    const where = { origin, region, credentials, googleApplication, clock }
    const sender = createSnsSender({ ...where, format: 'legacy' })
    return { sender, target: androidPhone(), plan, arrived: () => published.length, close }
  },
  async fcm(clock) {
    const fcm = await startFcm({ clock })
    const { account, origin, messaging: plan, messages, close } = fcm
    const sender = createFcmSender({ account, origin, clock, fetch })
    return { sender, target: androidPhone(), plan, arrived: () => messages.length, close }
  },
  async apns(clock) {
    const apns = await startApns({ clock })
    const { plan, messages, close } = apns
    const sender = createApnsSender({ ...apns, sandbox: false, clock })
    return { sender, target: iPhone(), plan, arrived: () => messages.length, close }
  },
  async webpush(clock) {
    const service = await startPushService({ clock })
    const { ca, keys, origin, plan, messages, close } = service
    const sender = createWebPushSender({ subject, keys, clock, ca, allowedOrigins: [origin] })
    const token = service.subscription()
    const target = { token, deviceType: 'web', communicationType: 'webpush' }
    return { sender, target, plan, arrived: () => messages.length, close }
  },
}

async function setUp(t: Scope, start: (clock: TestClock) => Promise<Provider>) {
  const clock = createTestClock()
  const timers = createTestTimers(clock)
  const metrics = createSenderMetrics()
  const provider = await start(clock)
  t.after(async () => {
    await provider.sender.close?.()
    provider.close()
  })
  const { sender, target, plan } = provider
  const name = sender.name
  const resilient = createResilientSender({
    sender,
    clock,
    random: systemRandom,
    timers,
    metrics: metrics.forProvider(name),
  })
  plan.onHang = () => timers.passLimits()
  return {
    ...provider,
    clock,
    timers,
    counts: () => metrics.snapshot()[name],
    async send() {
      const result = await resilient.send(target, testMessage, noSignal)
      return result.type === 'sent' ? 'sent' : result
    },
    /** Troubles for the next calls, after the first message: SNS makes an endpoint before. */
    trouble: (...troubles: Trouble[]) => void plan.troubles.push(...troubles),
  }
}

for (const [name, start] of Object.entries(providers)) {
  for (const trouble of ['hang', 'reset', { status: 500 }, { status: 503 }] as const) {
    const what = typeof trouble === 'string' ? trouble : `${trouble.status}`
    test(`${name}: a message is sent again after a ${what} and arrives once`, async (t) => {
      const { send, trouble: make, arrived, counts, timers } = await setUp(t, start)
      await send()
      make(trouble)
      assert.equal(await send(), 'sent')
      assert.equal(arrived(), 2)
      assert.partialDeepStrictEqual(counts(), { handedOver: 2, failed: 0, retries: 1 })
      assert.equal(timers.pauses.length, 1)
    })
  }

  test(`${name}: a retry waits as long as the provider asks for`, async (t) => {
    const { send, trouble, timers, arrived } = await setUp(t, start)
    await send()
    trouble({ status: 429, headers: { 'retry-after': '9' } })
    assert.equal(await send(), 'sent')
    assert.deepEqual(timers.pauses, [seconds(9)])
    assert.equal(arrived(), 2)
  })

  test(`${name}: the circuit breaker stops calls to a provider that is down, and later tries again`, async (t) => {
    const { clock, plan, send, trouble, arrived, counts } = await setUp(t, start)
    await send()
    const calls = plan.calls
    trouble(...(Array(5).fill({ status: 500 }) as Trouble[]))
    assert.partialDeepStrictEqual(await send(), { type: 'failed', retryable: true })
    const left = { type: 'failed', reason: 'breaker_open', retryable: false }
    assert.deepEqual(await send(), left)
    assert.deepEqual(await send(), { ...left, isRefused: true })
    assert.equal(plan.calls, calls + 5)
    assert.equal(counts()?.breakerOpens, 1)
    clock.time += seconds(15)
    assert.equal(await send(), 'sent')
    assert.equal(await send(), 'sent')
    assert.equal(arrived(), 3)
  })
}

for (const name of ['sns', 'fcm'] as const) {
  test(`${name}: an unreadable answer is not taken as an acknowledgement`, async (t) => {
    const start = providers[name]
    if (start === undefined) throw new Error('no provider')
    const { send, trouble, arrived, counts } = await setUp(t, start)
    await send()
    trouble('garbage')
    assert.equal(await send(), 'sent')
    assert.equal(arrived(), 2)
    assert.equal(counts()?.retries, 1)
  })
}

for (const name of ['apns', 'webpush'] as const) {
  test(`${name}: a 410 reports the phone as gone at once and opens no circuit breaker`, async (t) => {
    const start = providers[name]
    if (start === undefined) throw new Error('no provider')
    const { plan, send, trouble, counts } = await setUp(t, start)
    for (let i = 0; i < 10; i += 1) {
      trouble({ status: 410 })
      assert.partialDeepStrictEqual(await send(), { type: 'gone' })
    }
    assert.equal(plan.calls, 10)
    assert.partialDeepStrictEqual(counts(), { gone: 10, retries: 0, breakerOpens: 0 })
    assert.equal(await send(), 'sent')
  })
}

test('a push service that hangs does not delay messages to another one', async (t) => {
  const clock = createTestClock()
  const timers = createTestTimers(clock)
  const certificate = createTestCertificate()
  const hanging = await startPushService({ clock, certificate })
  const other = await startPushService({ clock, certificate })
  const sender = createWebPushSender({
    subject,
    keys: other.keys,
    clock,
    ca: certificate.cert,
    allowedOrigins: [hanging.origin, other.origin],
  })
  t.after(async () => {
    await sender.close?.()
    hanging.close()
    other.close()
  })
  const metrics = createSenderMetrics().forProvider('webpush')
  const resilient = createResilientSender({ sender, clock, random: systemRandom, timers, metrics })
  const targetOf = (token: string) => ({
    token,
    deviceType: 'web',
    communicationType: 'webpush',
  })
  const { promise: full, resolve } = Promise.withResolvers<void>()
  const stopping = new AbortController()
  hanging.plan.troubles.push(...(Array(64).fill('hang') as Trouble[]))
  hanging.plan.onHang = () => hanging.plan.calls === 64 && resolve()
  const stuck = Array.from({ length: 70 }, () =>
    resilient.send(targetOf(hanging.subscription()), testMessage, stopping.signal),
  )
  await full
  const results = await Promise.all(
    Array.from({ length: 10 }, () =>
      resilient.send(targetOf(other.subscription()), testMessage, noSignal),
    ),
  )
  assert.deepEqual(new Set(results.map(({ type }) => type)), new Set(['sent']))
  stopping.abort()
  const ends = await Promise.all(stuck)
  assert.deepEqual(new Set(ends.map(({ type }) => type)), new Set(['failed']))
})
