import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AskedNumberOptions, createAskedNumber } from './asked-number.ts'
import { silentLog } from './log.ts'

const named = { name: 'mails', log: silentLog } as const

function openAsked(ask: AskedNumberOptions<number>['ask'], patience = 1_000) {
  const clock = { time: 0 }
  const read = createAskedNumber({ ...named, ask, patience, goodFor: 5_000, now: () => clock.time })
  return { clock, read }
}

test('an answer is good for a while, and then asked for again', async () => {
  let asked = 0
  const { clock, read } = openAsked(async () => (asked += 1))
  assert.deepEqual([await read(), await read()], [1, 1])
  clock.time = 4_999
  assert.equal(await read(), 1)
  clock.time = 5_000
  assert.equal(await read(), 2)
})

test('who asks at the same moment shares one question', async () => {
  let asked = 0
  const { read } = openAsked(async () => (asked += 1))
  assert.deepEqual(await Promise.all([read(), read(), read()]), [1, 1, 1])
})

test('a question that fails gives nothing, and the next one is asked', async () => {
  const answers = [() => Promise.reject(new Error('away')), async () => 7]
  const { read } = openAsked(() => answers.shift()?.() ?? 0)
  assert.equal(await read(), undefined)
  assert.equal(await read(), 7)
})

test('a question that hangs is not waited for, not asked twice, and its late answer is used', async () => {
  const { promise, resolve } = Promise.withResolvers<number>()
  let asked = 0
  const { read } = openAsked(() => {
    asked += 1
    return promise
  }, 1)
  assert.equal(await read(), undefined)
  assert.equal(await read(), undefined)
  assert.equal(asked, 1)
  resolve(3)
  assert.equal(await read(), 3)
})
