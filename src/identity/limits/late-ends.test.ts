import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLateEnds } from './late-ends.ts'

test('above the limit of remembered keys the oldest key begins again, so that no wait becomes shorter', () => {
  const lateEnds = createLateEnds({ longestWait: 100, max: 2 })
  const findRests = (now: number) => ['a', 'b'].map((key) => lateEnds.findRest(key, 10_000, now))
  assert.deepEqual(findRests(0), [100, 100])
  assert.deepEqual(findRests(60), [40, 40])
  lateEnds.findRest('c', 10_000, 70)
  assert.equal(lateEnds.findRest('b', 10_000, 80), 20)
  assert.equal(lateEnds.findRest('a', 10_000, 80), 100)
})

test('a different end begins a new wait', () => {
  const lateEnds = createLateEnds({ longestWait: 100 })
  lateEnds.findRest('a', 10_000, 0)
  assert.equal(lateEnds.findRest('a', 20_000, 90), 100)
  assert.equal(lateEnds.findOver('a', 100), undefined)
  assert.equal(lateEnds.findOver('a', 190), 20_000)
})
