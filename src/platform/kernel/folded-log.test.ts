import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFoldedLog } from './folded-log.ts'

test('of many entries with one key, the first is written, and the last with the number of all since', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const lines: object[] = []
  const logFolded = createFoldedLog((entry, message) => lines.push({ ...entry, message }))
  for (let n = 0; n < 5; n += 1) logFolded('full', { n }, 'too many')
  logFolded('away', {}, 'no answer')
  assert.deepEqual(lines, [{ n: 0, message: 'too many' }, { message: 'no answer' }])
  t.mock.timers.tick(60_000)
  assert.deepEqual(lines.slice(2), [{ n: 4, times: 4, message: 'too many' }])
  logFolded('full', { n: 5 }, 'too many')
  assert.deepEqual(lines.slice(3), [{ n: 5, message: 'too many' }])
})

test('where there are too many keys, each entry is written', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let written = 0
  const logFolded = createFoldedLog(() => (written += 1))
  for (let round = 0; round < 2; round += 1) {
    for (let n = 0; n < 150; n += 1) logFolded(`key ${n}`, {}, 'trouble')
  }
  assert.equal(written, 150 + 50)
})
