import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { joinRuns } from './joined-runs.ts'

function openWork() {
  const begun: PromiseWithResolvers<void>[] = []
  const failures: unknown[] = []
  const run = joinRuns(
    () => {
      const one = Promise.withResolvers<void>()
      begun.push(one)
      return one.promise
    },
    (error) => failures.push(error),
  )
  return { begun, failures, run }
}

test('any number of calls during a run cause one more run after it', async () => {
  const { begun, run } = openWork()
  for (let n = 0; n < 3000; n += 1) run()
  assert.equal(begun.length, 1)
  begun[0]?.resolve()
  await nextTurn()
  assert.equal(begun.length, 2)
  begun[1]?.resolve()
  await nextTurn()
  assert.equal(begun.length, 2)
  run()
  assert.equal(begun.length, 3)
})

test('failed work is reported, and the next call runs again', async () => {
  const { begun, failures, run } = openWork()
  run()
  run()
  begun[0]?.reject('first')
  await nextTurn()
  begun[1]?.reject('second')
  await nextTurn()
  assert.deepEqual(failures, ['first', 'second'])
  run()
  assert.equal(begun.length, 3)
})
