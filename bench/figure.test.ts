import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  compare,
  findLeast,
  formatTable,
  type Goal,
  interleave,
  median,
  percentile,
} from './figure.ts'

test('a percentile is one of the measured values', () => {
  assert.equal(percentile([3, 1, 2], 50), 2)
  assert.equal(
    percentile(
      Array.from({ length: 100 }, (_, index) => index + 1),
      99,
    ),
    99,
  )
  assert.equal(percentile([5], 99), 5)
  assert.ok(Number.isNaN(median([])))
})

const figure = (goal?: Goal) =>
  compare({
    name: 'logins',
    unit: 'per CPU-s',
    reference: 'floor',
    rounds: [
      { value: 10, referenceValue: 100 },
      { value: 40, referenceValue: 100 },
      { value: 60, referenceValue: 120 },
    ],
    ...(goal && { goal }),
  })

test('a figure without a goal is only reported', () => {
  const { goal, holds } = figure()
  assert.deepEqual([goal, holds], ['none', true])
  assert.doesNotMatch(formatTable([figure()]), /reached|MISSED/)
})

test('a ratio is the median of the ratios of the single rounds', () => {
  const { value, referenceValue, ratio } = figure({ of: 'ratio', atLeast: 0.4 })
  assert.deepEqual({ value, referenceValue, ratio }, { value: 40, referenceValue: 100, ratio: 0.4 })
})

test('a ratio shows its spread over the rounds if there were several', () => {
  assert.deepEqual(figure().spread, [0.1, 0.5])
  assert.match(formatTable([figure()]), /0\.40 \(0\.10 to 0\.50\)/)
  const once = compare({
    ...{ name: 'logins', unit: 'ms', reference: 'floor' },
    rounds: [{ value: 1, referenceValue: 2 }],
  })
  assert.match(formatTable([once]), /0\.50 {2}/)
})

test('a goal is reached at its limit and missed beyond it, for ratios and for values', () => {
  assert.ok(figure({ of: 'ratio', atLeast: 0.4 }).holds)
  assert.ok(!figure({ of: 'ratio', atLeast: 0.41 }).holds)
  assert.ok(figure({ of: 'value', atMost: 40 }).holds)
  assert.ok(!figure({ of: 'value', atMost: 39 }).holds)
})

test('a figure that could not be measured misses its goal', () => {
  const empty = compare({
    name: 'a',
    unit: 'ms',
    reference: 'floor',
    rounds: [],
    goal: { of: 'value', atMost: 10 },
  })
  assert.ok(!empty.holds)
})

test('each round runs both sides, in alternating order', async () => {
  const order: string[] = []
  const side = (name: string, result: number) => async () => {
    order.push(name)
    return result
  }
  const rounds = await interleave(3, side('product', 1), side('floor', 2))
  assert.deepEqual(order, ['product', 'floor', 'floor', 'product', 'product', 'floor'])
  assert.deepEqual(rounds[1], { value: 1, referenceValue: 2 })
})

test('the table names each figure and marks those that miss their goal', () => {
  const table = formatTable([
    figure({ of: 'ratio', atLeast: 0.4 }),
    figure({ of: 'value', atMost: 1 }),
  ])
  assert.match(table, /logins .* reached\n/)
  assert.match(table, /MISSED$/)
})

test('the minimum of each side is found independently of the other side', () => {
  const rounds = [
    { value: 3, referenceValue: 1 },
    { value: 2, referenceValue: 4 },
  ]
  assert.deepEqual(findLeast(rounds), [{ value: 2, referenceValue: 1 }])
  assert.deepEqual(findLeast([]), [])
})
