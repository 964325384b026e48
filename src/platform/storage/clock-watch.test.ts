import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seconds } from '../kernel/clock.ts'
import { silentLog } from '../kernel/log.ts'
import { createClockWatch } from './clock-watch.ts'

function setUp() {
  const state: { offset: number | undefined } = { offset: undefined }
  const lines: [string, object][] = []
  const write = (level: string) => (entry: object) => void lines.push([level, entry])
  const log = { ...silentLog, info: write('info'), warn: write('warn'), error: write('error') }
  const watch = createClockWatch({
    database: { findClockOffset: () => state.offset },
    clock: { now: () => 0 },
    log,
  })
  return {
    watch,
    /** What the log got and whether the clock is right, at this offset in seconds. */
    lookAt(offset: number) {
      state.offset = seconds(offset)
      const isRight = watch.isRight()
      return [isRight, ...lines.splice(0)]
    },
  }
}

test('A43: a clock causes a warning above 10 seconds and is wrong from a minute on, in both directions', () => {
  const { lookAt } = setUp()
  assert.deepEqual(lookAt(10), [true])
  assert.deepEqual(lookAt(10.001), [true, ['warn', { offset: 10.001 }]])
  assert.deepEqual(lookAt(59.999), [true])
  assert.deepEqual(lookAt(60), [false, ['error', { offset: 60 }]])
  assert.deepEqual(lookAt(3_600), [false])
  assert.deepEqual(lookAt(0), [true, ['info', { offset: 0 }]])
  assert.deepEqual(lookAt(-10), [true])
  assert.deepEqual(lookAt(-10.001), [true, ['warn', { offset: -10.001 }]])
  assert.deepEqual(lookAt(-60), [false, ['error', { offset: -60 }]])
})

test('A43: an offset that varies around a limit writes one log line', () => {
  const { lookAt } = setUp()
  assert.equal(lookAt(10.1).length, 2)
  for (const offset of [9.9, 10.1, 9.1]) assert.deepEqual(lookAt(offset), [true])
  assert.deepEqual(lookAt(9), [true, ['info', { offset: 9 }]])
  assert.equal(lookAt(60).length, 2)
  for (const offset of [59.5, 60.5]) assert.deepEqual(lookAt(offset), [false])
  assert.deepEqual(lookAt(58.9), [true, ['warn', { offset: 58.9 }]])
})

test('before the first answer of the database, the clock is treated as right, without a sample', () => {
  const { watch, lookAt } = setUp()
  assert.equal(watch.isRight(), true)
  assert.deepEqual(watch.metric.read(), [])
  lookAt(-1.2346)
  assert.deepEqual(watch.metric.read(), [{ labels: {}, value: -1.235 }])
})
