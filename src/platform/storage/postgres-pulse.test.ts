import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPulse, expectAnswer, watchAnswers } from './postgres-pulse.ts'

const silent = {
  name: 'Fault',
  code: 'unavailable',
  details: { engine: 'postgres', code: 'silent' },
}

test('when the server is silent, all waiting work fails and later work does not begin', async () => {
  const pulse = createPulse()
  const never = () => new Promise<void>(() => {})
  const waiting = [pulse.guard(never), pulse.guard(never)]
  assert.equal(await pulse.guard(async () => 1), 1)
  await assert.rejects(
    pulse.guard(async () => Promise.reject(new Error('no'))),
    /no/,
  )
  pulse.noteSilence()
  for (const one of waiting) await assert.rejects(one, silent)
  let begun = false
  const work = async () => {
    begun = true
  }
  await assert.rejects(pulse.guard(work), silent)
  assert.equal(begun, false)
  pulse.noteAnswer()
  await pulse.guard(work)
  assert.equal(begun, true)
})

test('a refused connection is an answer, and a connection that is never established is not', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const pulse = createPulse()
  expectAnswer(pulse)(false)
  t.mock.timers.tick(60_000)
  assert.equal(pulse.isSilent(), false)
  const answered = expectAnswer(pulse)
  t.mock.timers.tick(1_000)
  assert.equal(pulse.isSilent(), true)
  // By the time limit of the connection.
  answered(false)
  assert.equal(pulse.isSilent(), true)
  expectAnswer(pulse)(true)
  assert.equal(pulse.isSilent(), false)
})

test('an error is an answer, and the server is asked again later', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let asked = 0
  const end = watchAnswers(
    async () => {
      asked += 1
      throw new Error('cancelled')
    },
    () => assert.fail('silent'),
  )
  t.after(end)
  for (const times of [1, 2, 3]) {
    t.mock.timers.tick(500)
    assert.equal(asked, times)
    // The answer is read in a later turn.
    await new Promise((go) => setImmediate(go))
  }
})
