import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seconds } from '../../../../platform/kernel/clock.ts'
import { createSenderMetrics, latencyBounds } from './metrics.ts'

test('messages are counted by provider and by what became of them', () => {
  const metrics = createSenderMetrics()
  const fcm = metrics.forProvider('fcm')
  fcm.handedOver(seconds(1))
  fcm.failed()
  fcm.failed()
  fcm.gone()
  fcm.retried()
  fcm.breakerOpened()
  metrics.forProvider('apns').gone()
  // The same numbers for every caller.
  metrics.forProvider('fcm').failed()
  const { fcm: counted, apns } = metrics.snapshot()
  assert.partialDeepStrictEqual(counted, {
    handedOver: 1,
    failed: 3,
    gone: 1,
    retries: 1,
    breakerOpens: 1,
  })
  assert.partialDeepStrictEqual(apns, { handedOver: 0, failed: 0, gone: 1 })
})

test('the time to hand over goes into the bucket whose bound it does not pass', () => {
  const metrics = createSenderMetrics()
  for (const bound of latencyBounds) metrics.forProvider('sns').handedOver(seconds(bound))
  metrics.forProvider('sns').handedOver(0)
  metrics.forProvider('sns').handedOver(seconds(11))
  const latency = metrics.snapshot().sns?.latency
  assert.deepEqual(latency?.buckets, [2, 1, 1, 1, 1, 1, 1, 1, 1])
  const sum = latencyBounds.reduce((all, bound) => all + bound, 0) + 11
  assert.ok(Math.abs((latency?.sumSeconds ?? 0) - sum) < 1e-9)
})

test('a snapshot does not change afterwards', () => {
  const metrics = createSenderMetrics()
  metrics.forProvider('sns').failed()
  const before = metrics.snapshot()
  metrics.forProvider('sns').failed()
  assert.equal(before.sns?.failed, 1)
})
