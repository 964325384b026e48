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

test('an answer is reused for a while, and then the query is repeated', async () => {
  let asked = 0
  const { clock, read } = openAsked(async () => (asked += 1))
  assert.deepEqual([await read(), await read()], [1, 1])
  clock.time = 4_999
  assert.equal(await read(), 1)
  clock.time = 5_000
  assert.equal(await read(), 2)
})

test('simultaneous reads share one query', async () => {
  let asked = 0
  const { read } = openAsked(async () => (asked += 1))
  assert.deepEqual(await Promise.all([read(), read(), read()]), [1, 1, 1])
})

test('a failed query gives no value, and the next read asks again', async () => {
  const answers = [() => Promise.reject(new Error('away')), async () => 7]
  const { read } = openAsked(() => answers.shift()?.() ?? 0)
  assert.equal(await read(), undefined)
  assert.equal(await read(), 7)
})

test('a query that hangs is not awaited and not repeated, and its late answer is used', async () => {
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
