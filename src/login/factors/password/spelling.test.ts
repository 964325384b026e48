import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { judgeSpelling } from './spelling.ts'

onEachEngine((engine) => {
  test(`A15: an attempt that is not judged costs a hash, even after many others (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    let imitated = 0
    const account = {
      async imitate() {
        imitated += 1
      },
    }
    const tried = { typed: 'erika@example.org', account, password: 'guess', origin: {} }
    for (const isFull of [false, true]) {
      const throttle: Parameters<typeof judgeSpelling>[0]['throttle'] = {
        judge: async (_db, key, work) =>
          isFull && key.startsWith('unjudged:') ? { type: 'wait', retryAfter: 60 } : await work(),
      }
      const judged = await judgeSpelling({ db, throttle }, tried, async () => undefined)
      assert.deepEqual(judged, { type: 'hidden', isRight: false })
    }
    assert.equal(imitated, 2)
  })
})
