import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newOrderedId } from './ids.ts'
import { systemRandom } from './random.ts'

test('an ordered id sorts behind every one of an earlier millisecond', () => {
  const times = [0, 1, 15, 16, 1_764_000_000_000, 1_764_000_000_001, 2 ** 48 - 1]
  const ids = times.map((time) => newOrderedId(systemRandom, 'session', time))
  assert.deepEqual([...ids].sort(), ids)
  for (const id of ids) assert.match(id, /^ses_[0-9a-f]{40}$/)
})

test('ordered ids of one moment are different', () => {
  const ids = Array.from({ length: 1000 }, () => newOrderedId(systemRandom, 'proof', 1))
  assert.equal(new Set(ids).size, 1000)
})
