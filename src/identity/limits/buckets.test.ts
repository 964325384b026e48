import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hours, minutes } from '../../platform/kernel/clock.ts'
import { createBuckets } from './buckets.ts'

function setUp() {
  const clock = { time: 1_800_000_000_000, now: () => clock.time }
  return { clock, buckets: createBuckets({ clock, limit: 2 }) }
}

test('A43: an exhausted rate limit recovers in the usual time after the clock is set back', () => {
  const { clock, buckets } = setUp()
  for (let times = 0; times < 2; times += 1) assert.equal(buckets.admit('a'), undefined)
  clock.time -= hours(1)
  assert.deepEqual(buckets.admit('a'), { retryAfter: 30 })
  clock.time += minutes(0.5)
  assert.equal(buckets.admit('a'), undefined)
})

test('A43: old rate limits are forgotten also after the clock is set back', () => {
  const { clock, buckets } = setUp()
  buckets.admit('a')
  clock.time -= hours(1)
  for (const key of ['b', 'c', 'd', 'e']) {
    buckets.admit(key)
    clock.time += minutes(1)
  }
  assert.ok(buckets.size() <= 2, `${buckets.size()}`)
})
