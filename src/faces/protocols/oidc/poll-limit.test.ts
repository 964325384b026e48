import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestClock } from '../../../dev/test-support/scene.ts'
import { hours, seconds } from '../../../platform/kernel/clock.ts'
import { createPollLimit } from './poll-limit.ts'

test('A43: after the clock is set back, an app that asks in its interval need not slow down', () => {
  const clock = createTestClock()
  const note = createPollLimit(clock)
  note('one')
  assert.throws(() => note('one'), { error: 'slow_down' })
  clock.pass(seconds(5))
  note('one')
  clock.pass(seconds(5) - hours(3))
  note('one')
})
