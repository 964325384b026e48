import assert from 'node:assert/strict'
import { getPriority } from 'node:os'
import { test } from 'node:test'
import { putPoolBehindLoop } from './hash-threads.ts'

test('on Linux the hashing threads have a lower priority than the event loop, and not much lower than a neighbour', async () => {
  const pool = await putPoolBehindLoop()
  assert.equal(pool.length > 0, process.platform === 'linux')
  for (const thread of pool) assert.equal(getPriority(thread) > getPriority(), true)
  // Each step is a quarter less of a core beside a neighbour that is busy all the time.
  for (const thread of pool) assert.ok(getPriority(thread) <= getPriority() + 5)
  const again = await putPoolBehindLoop()
  assert.deepEqual(again, pool)
})
