import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestClock } from '../../../../dev/stand-ins/push-service.ts'
import { hours, seconds } from '../../../../platform/kernel/clock.ts'
import { createBreaker } from './breaker.ts'

function setUp() {
  const clock = createTestClock()
  const opened: number[] = []
  const breaker = createBreaker({ clock, onOpen: () => void opened.push(clock.time) })
  const fail = (times = 1) => {
    for (let i = 0; i < times; i += 1) {
      assert.equal(breaker.enter(), true)
      breaker.failed()
    }
  }
  return { clock, breaker, opened, fail }
}

test('five failures within half a minute open the breaker', () => {
  const { breaker, opened, fail } = setUp()
  fail(4)
  assert.equal(breaker.enter(), true)
  breaker.failed()
  assert.equal(breaker.enter(), false)
  assert.equal(opened.length, 1)
})

test('failures that are far apart do not open the breaker', () => {
  const { clock, breaker, fail } = setUp()
  for (let i = 0; i < 20; i += 1) {
    fail()
    clock.time += seconds(8)
  }
  assert.equal(breaker.enter(), true)
})

test('an answer between failures clears the earlier failures', () => {
  const { breaker, opened, fail } = setUp()
  fail(4)
  breaker.succeeded()
  fail(4)
  assert.equal(opened.length, 0)
})

test('after its pause the breaker lets exactly one request through', () => {
  const { clock, breaker, fail } = setUp()
  fail(5)
  clock.time += seconds(15) - 1
  assert.equal(breaker.enter(), false)
  clock.time += 1
  assert.equal(breaker.enter(), true)
  assert.equal(breaker.enter(), false)
})

test('a failed trial request opens the breaker again, and an answered one closes it', () => {
  const { clock, breaker, opened, fail } = setUp()
  fail(5)
  clock.time += seconds(15)
  fail()
  assert.equal(breaker.enter(), false)
  assert.equal(opened.length, 2)
  clock.time += seconds(15)
  assert.equal(breaker.enter(), true)
  breaker.succeeded()
  assert.equal(breaker.enter(), true)
  fail(4)
  assert.equal(breaker.enter(), true)
})

test('after an aborted trial request the breaker lets one more trial request through', () => {
  const { clock, breaker, fail } = setUp()
  fail(5)
  clock.time += seconds(15)
  assert.equal(breaker.enter(), true)
  breaker.brokenOff()
  assert.equal(breaker.enter(), true)
  assert.equal(breaker.enter(), false)
})

test('failures of requests that were in flight when the breaker opened do not open it again', () => {
  const { breaker, opened, fail } = setUp()
  fail(5)
  for (let i = 0; i < 20; i += 1) breaker.failed()
  assert.equal(opened.length, 1)
})

test('A43: after the clock is set back, the breaker does not stay open, and earlier failures have no effect', () => {
  const { clock, breaker, fail } = setUp()
  fail(5)
  assert.equal(breaker.enter(), false)
  clock.time -= hours(3)
  assert.equal(breaker.enter(), true)
  breaker.succeeded()
  fail(4)
  clock.time -= hours(3)
  fail()
  assert.equal(breaker.enter(), true)
})
