import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isOver } from './clock.ts'

test('A43: a time is over after its length, also when its beginning is in the future', () => {
  assert.equal(isOver(1000, 500, 1000), false)
  assert.equal(isOver(1000, 500, 1499), false)
  assert.equal(isOver(1000, 500, 1500), true)
  assert.equal(isOver(1000, 500, 999), true)
  assert.equal(isOver(Number.NEGATIVE_INFINITY, 500, 0), true)
})

test('A43: however the clock is set, a time that is not over ends within its length', () => {
  const time = fc.integer({ min: 0, max: 4e12 })
  fc.assert(
    fc.property(time, fc.integer({ min: 1, max: 1e9 }), time, (since, length, now) => {
      if (!isOver(since, length, now)) assert.equal(isOver(since, length, now + length), true)
    }),
  )
})
