import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from './fault.ts'
import { createFoldedLog, foldOutages } from './folded-log.ts'
import { silentLog } from './log.ts'

test('of many entries with one key, the first is written, and later the last with the number of repeats', (t) => {
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

test('if there are too many keys, each further entry is written', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let written = 0
  const logFolded = createFoldedLog(() => (written += 1))
  for (let round = 0; round < 2; round += 1) {
    for (let n = 0; n < 150; n += 1) logFolded(`key ${n}`, {}, 'trouble')
  }
  assert.equal(written, 150 + 50)
})

test('repeated outage errors are one line for each message, and everything else is a line each time', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const lines: object[] = []
  const write = (entry: object, message: string) => void lines.push({ ...entry, message })
  const log = foldOutages({ ...silentLog, error: write, warn: write })
  const away = new Fault('unavailable', 'the database is away')
  const deep = new Error('wrapped', { cause: away })
  const broken = new Error('broken')
  for (const error of [away, deep, broken, broken]) log.error({ error }, 'mails wait')
  log.error({ error: away }, 'events wait')
  log.warn({ error: away }, 'a warning')
  log.warn({ error: deep }, 'a warning')
  log.warn({ error: broken }, 'a warning')
  assert.deepEqual(lines, [
    { error: away, message: 'mails wait' },
    { error: broken, message: 'mails wait' },
    { error: broken, message: 'mails wait' },
    { error: away, message: 'events wait' },
    { error: away, message: 'a warning' },
    { error: broken, message: 'a warning' },
  ])
  t.mock.timers.tick(60_000)
  assert.deepEqual(lines.slice(6), [
    { error: deep, times: 1, message: 'mails wait' },
    { error: deep, times: 1, message: 'a warning' },
  ])
})

test('an entry that stands for many is counted as many', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const lines: object[] = []
  const logFolded = createFoldedLog((entry) => lines.push(entry))
  for (const times of [undefined, 500, undefined])
    logFolded('full', { ...(times && { times }) }, '')
  t.mock.timers.tick(60_000)
  assert.deepEqual(lines, [{}, { times: 501 }])
})
