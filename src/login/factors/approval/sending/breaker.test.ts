import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestClock } from '../../../../dev/stand-ins/push-service.ts'
import { seconds } from '../../../../platform/kernel/clock.ts'
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

test('five failures within half a minute open it', () => {
  const { breaker, opened, fail } = setUp()
  fail(4)
  assert.equal(breaker.enter(), true)
  breaker.failed()
  assert.equal(breaker.enter(), false)
  assert.equal(opened.length, 1)
})

test('failures that are far apart do not open it', () => {
  const { clock, breaker, fail } = setUp()
  for (let i = 0; i < 20; i += 1) {
    fail()
    clock.time += seconds(8)
  }
  assert.equal(breaker.enter(), true)
})

test('an answer between failures takes the earlier ones back', () => {
  const { breaker, opened, fail } = setUp()
  fail(4)
  breaker.succeeded()
  fail(4)
  assert.equal(opened.length, 0)
})

test('after its rest one try goes through, and only one', () => {
  const { clock, breaker, fail } = setUp()
  fail(5)
  clock.time += seconds(15) - 1
  assert.equal(breaker.enter(), false)
  clock.time += 1
  assert.equal(breaker.enter(), true)
  assert.equal(breaker.enter(), false)
})

test('the try that fails opens it again, the one that gets an answer closes it', () => {
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

test('a try that was broken off says nothing: the next one is the one that shows it', () => {
  const { clock, breaker, fail } = setUp()
  fail(5)
  clock.time += seconds(15)
  assert.equal(breaker.enter(), true)
  breaker.brokenOff()
  assert.equal(breaker.enter(), true)
  assert.equal(breaker.enter(), false)
})

test('failures of tries that were under way when it opened open it once', () => {
  const { breaker, opened, fail } = setUp()
  fail(5)
  for (let i = 0; i < 20; i += 1) breaker.failed()
  assert.equal(opened.length, 1)
})
