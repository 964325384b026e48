import assert from 'node:assert/strict'
import { getPriority } from 'node:os'
import { test } from 'node:test'
import { putPoolBehindLoop } from './hash-threads.ts'

test('on Linux the hashing threads have a lower priority than the event loop', async () => {
  const pool = await putPoolBehindLoop()
  assert.equal(pool.length > 0, process.platform === 'linux')
  for (const thread of pool) assert.equal(getPriority(thread) > getPriority(), true)
  const again = await putPoolBehindLoop()
  assert.deepEqual(again, pool)
})
