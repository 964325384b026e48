import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findSlope } from './soak.ts'

test('the slope is that of the fitted line, also for points that do not lie on it', () => {
  const line = [0, 1, 2, 3].map((at) => ({ at, value: 5 + 2 * at }))
  assert.equal(
    findSlope(line, ({ value }) => value),
    2,
  )
  const beside = [1, -1, -1, 1].map((off, at) => ({ at, value: 7 + off }))
  assert.equal(
    findSlope(beside, ({ value }) => value),
    0,
  )
})
