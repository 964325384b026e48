import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  androidPhone,
  createTestClock,
  createTestTimers,
  noSignal,
  testMessage,
} from '../../../../dev/stand-ins/push-service.ts'
import { hours, seconds } from '../../../../platform/kernel/clock.ts'
import { systemRandom } from '../../../../platform/kernel/random.ts'
import { createSenderMetrics } from './metrics.ts'
import { createResilientSender } from './resilient.ts'
import type { Message, Sender, SendResult, Target } from './sender.ts'

type TestSender = Sender<Target, Message>

type Behaviour = SendResult | 'hang' | 'throw'

const sent: SendResult = { type: 'sent' }
const busy: SendResult = { type: 'failed', reason: 'status 503', retryable: true }
const refused: SendResult = { type: 'failed', reason: 'status 403', retryable: false }
const gone: SendResult = { type: 'gone', reason: 'status 410' }

/** A sender with a given result for each call; after the last one it succeeds. */
function setUp(
  plan: Behaviour[],
  { providerOf }: { providerOf?: NonNullable<TestSender['getProvider']> } = {},
) {
  const clock = createTestClock()
  const timers = createTestTimers(clock)
  const metrics = createSenderMetrics()
  const calls: { readonly message: Message; readonly signal: AbortSignal }[] = []
  const sender: TestSender = {
    name: 'test',
    accepts: () => true,
    async send(_target, message, signal) {
      calls.push({ message, signal })
      const behaviour = plan.shift() ?? sent
      if (behaviour === 'throw') throw new Error('broken')
      if (behaviour !== 'hang') return behaviour
      return await new Promise(() => {})
    },
    ...(providerOf !== undefined && { getProvider: providerOf }),
  }
  const random = { ...systemRandom }
  const resilient = createResilientSender({
    sender,
    clock,
    random,
    timers,
    metrics: metrics.forProvider('test'),
  })
  return {
    clock,
    timers,
    random,
    calls,
    counts: () => metrics.snapshot().test,
    send: ({
      target = androidPhone(),
      signal = noSignal,
      ttlSeconds = 120,
    }: {
      target?: Target
      signal?: AbortSignal
      ttlSeconds?: number
    } = {}) => resilient.send(target, { ...testMessage, ttlSeconds }, signal),
  }
}

/** Lets everything run that does not wait for time. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 0))

test('a message that was sent or refused or whose address is gone is not tried again', async () => {
  const { calls, send, counts } = setUp([sent, refused, gone])
  assert.deepEqual(await send(), sent)
  assert.deepEqual(await send(), refused)
  assert.deepEqual(await send(), gone)
  assert.equal(calls.length, 3)
  assert.partialDeepStrictEqual(counts(), { handedOver: 1, failed: 1, gone: 1, retries: 0 })
})

test('a temporary failure is tried three times, with growing pauses of random length', async () => {
  const { timers, random, calls, send, counts } = setUp([busy, busy, busy])
  const ranges: [number, number][] = []
  random.int = (min, max) => {
    ranges.push([min, max])
    return min
  }
  assert.deepEqual(await send(), busy)
  assert.equal(calls.length, 3)
  assert.deepEqual(ranges, [
    [250, 501],
    [1000, 2001],
  ])
  assert.deepEqual(timers.pauses, [250, 1000])
  assert.partialDeepStrictEqual(counts(), { handedOver: 0, failed: 1, retries: 2 })
})

test('the time to live shrinks with each attempt', async () => {
  const { calls, send } = setUp([{ ...busy, retryAfter: seconds(30) }, busy])
  await send()
  const [first, second] = calls.map(({ message }) => message.ttlSeconds)
  assert.equal(first, 120)
  assert.equal(second, 90)
})

test('the sender waits as long as the provider asks if the message lives that long', async () => {
  const { timers, calls, send } = setUp([{ ...busy, retryAfter: seconds(7) }])
  assert.deepEqual(await send(), sent)
  assert.deepEqual(timers.pauses, [7000])
  const tooLong = setUp([{ ...busy, retryAfter: seconds(200) }])
  assert.partialDeepStrictEqual(await tooLong.send(), { type: 'failed' })
  assert.deepEqual(tooLong.timers.pauses, [])
  assert.equal(calls.length, 2)
})

test('an attempt that hangs ends after its time limit, even if the sender ignores the abort', async () => {
  const { timers, calls, send } = setUp(['hang'])
  const sending = send()
  await settled()
  timers.passLimits()
  assert.deepEqual(await sending, sent)
  assert.equal(calls[0]?.signal.aborted, true)
  assert.equal(calls.length, 2)
})

test('an attempt takes no longer than the remaining lifetime of the message', async () => {
  const { clock, timers, calls, send } = setUp(['hang'])
  const sending = send({ ttlSeconds: 2 })
  assert.deepEqual(await sending, { type: 'failed', reason: 'timeout', retryable: true })
  assert.deepEqual(timers.pauses, [2000])
  assert.equal(calls.length, 1)
  assert.equal(clock.time - createTestClock().time, 2000)
})

test('stopping the process does not wait for a message', async () => {
  const { calls, send } = setUp(['hang'])
  const controller = new AbortController()
  const sending = send({ signal: controller.signal })
  await settled()
  controller.abort()
  assert.deepEqual(await sending, { type: 'failed', reason: 'stopped', retryable: true })
  assert.equal(calls.length, 1)
})

test('a provider that keeps failing gets no messages except a single trial message from time to time', async () => {
  const { clock, calls, send, counts } = setUp(Array(6).fill(busy))
  await send()
  const second = await send()
  assert.equal(calls.length, 5)
  const closed = { type: 'failed', reason: 'breaker_open', retryable: false }
  assert.deepEqual(second, closed, 'its first attempts may have arrived')
  assert.deepEqual(await send(), { ...closed, isRefused: true })
  assert.equal(calls.length, 5)
  assert.equal(counts()?.breakerOpens, 1)
  clock.time += seconds(15)
  // The sixth failure: it is still not back.
  await send()
  assert.equal(calls.length, 6)
  clock.time += seconds(15)
  assert.deepEqual(await send(), sent)
  assert.deepEqual(await send(), sent)
})

test('a message that expired in the queue does not affect the breaker', async () => {
  const { clock, calls, send } = setUp(Array(5).fill(busy))
  await send()
  await send()
  clock.time += seconds(15)
  assert.deepEqual(await send({ ttlSeconds: 0 }), {
    type: 'failed',
    reason: 'expired',
    retryable: false,
    isRefused: true,
  })
  assert.equal(calls.length, 5)
  assert.deepEqual(await send(), sent)
})

test('a sender that throws frees its slot', async () => {
  const { send } = setUp(Array(100).fill('throw'))
  for (let i = 0; i < 100; i += 1) await assert.rejects(send())
  assert.deepEqual(await send(), sent)
})

test('a provider that hangs does not delay messages to the other providers of the sender', async () => {
  const providerOf = ({ token }: Target) => token
  const { calls, send } = setUp(Array(64).fill('hang'), { providerOf })
  const stopping = new AbortController()
  const hanging = Array.from({ length: 200 }, () =>
    send({ target: androidPhone('a'), signal: stopping.signal }),
  )
  await settled()
  assert.equal(calls.length, 64)
  assert.deepEqual(await send({ target: androidPhone('b') }), sent)
  assert.equal(calls.length, 65)
  stopping.abort()
  const results = await Promise.all(hanging)
  assert.ok(results.every(({ type }) => type === 'failed'))
  assert.equal(calls.length, 65)
})

test('a rate-limited phone gets no messages for a time, and other phones still get theirs', async () => {
  const limited = (more: object = {}): SendResult => ({
    type: 'failed',
    reason: 'status 429',
    retryable: false,
    ofPhone: true,
    ...more,
  })
  const mine = androidPhone('mine')
  const { clock, calls, send, counts } = setUp([limited()])
  assert.deepEqual(await send({ target: mine }), limited())
  for (let i = 0; i < 10; i += 1) {
    assert.partialDeepStrictEqual(await send({ target: mine }), { reason: 'phone_limited' })
  }
  assert.equal(calls.length, 1)
  assert.deepEqual(await send(), sent)
  clock.time += seconds(60)
  assert.deepEqual(await send({ target: mine }), sent)
  assert.equal(counts()?.breakerOpens, 0)

  const patient = setUp([limited({ retryable: true, retryAfter: seconds(20) })])
  assert.deepEqual(await patient.send({ target: mine }), sent)
  assert.deepEqual(patient.timers.pauses, [seconds(20)])
})

test('limits of phones neither open the breaker nor prevent it from opening', async () => {
  const limited: SendResult = { ...refused, ofPhone: true }
  const { send, counts } = setUp([
    ...Array(20).fill(limited),
    busy,
    busy,
    busy,
    limited,
    busy,
    busy,
  ])
  for (let i = 0; i < 20; i += 1) await send({ target: androidPhone(`phone-${i}`) })
  assert.equal(counts()?.breakerOpens, 0)
  await send()
  await send({ target: androidPhone('limited') })
  await send()
  assert.equal(counts()?.breakerOpens, 1)
})

test('phones without a provider have no breaker', async () => {
  const { calls, send } = setUp(Array(30).fill(busy), { providerOf: () => undefined })
  for (let i = 0; i < 10; i += 1) assert.deepEqual(await send(), busy)
  assert.equal(calls.length, 30)
})

test('A43: after the clock is set back, a rate-limited phone gets messages again', async () => {
  const limited = { type: 'failed', reason: 'status 429', retryable: false, ofPhone: true } as const
  const { clock, send } = setUp([limited])
  await send()
  assert.partialDeepStrictEqual(await send(), { reason: 'phone_limited' })
  clock.time -= hours(3)
  assert.deepEqual(await send(), sent)
})
