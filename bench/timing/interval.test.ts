import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findInterval } from './interval.ts'

test('the interval is the confidence interval of the sign test', () => {
  // Of 100 values the 40th and the 61st, as tables of the sign test have it.
  const values = Array.from({ length: 100 }, (_, index) => index + 1)
  assert.deepEqual(findInterval(values.toReversed()), { median: 50.5, low: 40, high: 61 })
})

test('a few outliers move neither the median nor the interval', () => {
  const quiet = Array.from({ length: 400 }, (_, index) => (index % 20) / 100)
  const noisy = quiet.map((value, index) => (index < 10 ? 1_000 : value))
  const { median, low, high } = findInterval(noisy)
  assert.ok(median > 0.08 && median < 0.12 && low > 0.05 && high < 0.15)
})

test('with few values the interval is from the smallest to the largest value', () => {
  assert.deepEqual(findInterval([3, 1, 2]), { median: 2, low: 1, high: 3 })
  assert.ok(Number.isNaN(findInterval([]).median))
})
