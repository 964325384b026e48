import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from './random.ts'

test('random bytes have the requested length, even if it is larger than one read from the system', () => {
  for (const length of [0, 1, 32, 4095, 4096, 4097, 10_000]) {
    assert.equal(systemRandom.bytes(length).length, length)
  }
})

test('no random bytes are returned twice or shared between callers', () => {
  const seen = new Set<string>()
  for (let round = 0; round < 1000; round += 1) {
    const bytes = systemRandom.bytes(20)
    seen.add(Buffer.from(bytes).toString('hex'))
    bytes.fill(0)
  }
  assert.equal(seen.size, 1000)
  assert.ok(!seen.has('00'.repeat(20)))
})
