import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newOrderedId, newOrderedSecret, newSecret, readOrder } from './ids.ts'
import { systemRandom } from './random.ts'

test('an ordered id sorts after all ids of earlier milliseconds', () => {
  const times = [0, 1, 15, 16, 1_764_000_000_000, 1_764_000_000_001, 2 ** 48 - 1]
  const ids = times.map((time) => newOrderedId(systemRandom, 'session', time))
  assert.deepEqual([...ids].sort(), ids)
  for (const id of ids) assert.match(id, /^ses_[0-9a-f]{40}$/)
})

test('ordered ids of one moment are different', () => {
  const ids = Array.from({ length: 1000 }, () => newOrderedId(systemRandom, 'proof', 1))
  assert.equal(new Set(ids).size, 1000)
})

test('an ordered secret has 43 characters and contains the order of its record', () => {
  const times = [0, 1, 16, 1_764_000_000_000, 1_764_000_000_001, 2 ** 44 - 1]
  const secrets = times.map((time) => newOrderedSecret(systemRandom, time))
  assert.deepEqual([...secrets].sort(), secrets)
  for (const secret of secrets) assert.match(secret, /^[0-9a-f]{11}[\w-]{32}$/)
  assert.deepEqual(
    secrets.map((secret) => Number.parseInt(readOrder(secret), 16)),
    times,
  )
})

test('other secrets give an empty order, so that no part of them is revealed', () => {
  for (const secret of [`G${newSecret(systemRandom).slice(1)}`, 'a', '', 'a'.repeat(44)]) {
    assert.equal(readOrder(secret), '')
  }
})

test('ordered secrets of one moment are different', () => {
  const secrets = Array.from({ length: 1000 }, () => newOrderedSecret(systemRandom, 1))
  assert.equal(new Set(secrets).size, 1000)
})
