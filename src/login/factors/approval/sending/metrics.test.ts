import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seconds } from '../../../../platform/kernel/clock.ts'
import { createSenderMetrics } from './metrics.ts'

test('messages are counted by provider and result', () => {
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

test('the metrics know the start of the oldest message in flight, and have none when all have ended', () => {
  const metrics = createSenderMetrics()
  const sns = metrics.forProvider('sns')
  const [first, second] = [sns.began(1_000), sns.began(2_000)]
  const readOldest = () => metrics.snapshot().sns?.oldest
  assert.equal(readOldest(), 1_000)
  first()
  assert.equal(readOldest(), 2_000)
  second()
  assert.equal(readOldest(), undefined)
})

test('a snapshot does not change afterwards', () => {
  const metrics = createSenderMetrics()
  metrics.forProvider('sns').failed()
  const before = metrics.snapshot()
  metrics.forProvider('sns').failed()
  assert.equal(before.sns?.failed, 1)
})
