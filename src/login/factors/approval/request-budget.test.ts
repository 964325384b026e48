import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hours, minutes, seconds } from '../../../platform/kernel/clock.ts'
import { computeSendWait, findLimit, type SentForLogin } from './request-budget.ts'

const now = hours(1_000_000)

/** Messages that nobody has approved, sent so long ago (ms), the latest first. */
const sent = (...ago: readonly number[]): SentForLogin[] =>
  ago.map((ms) => ({ at: now - ms, isOpen: false, isToChosen: false }))

const wait = (...ago: readonly number[]) => computeSendWait(sent(...ago), now, false)

test('at most three messages are sent in ten minutes, exact to the millisecond', () => {
  const three = [minutes(2), minutes(5), minutes(10) - 1]
  assert.deepEqual(wait(...three), { reason: 'limit', until: now + 1 })
  assert.equal(wait(minutes(2), minutes(5), minutes(10)), undefined)
})

test('at most ten messages are sent in 24 hours, exact to the millisecond', () => {
  const ten = Array.from({ length: 9 }, (_, n) => hours(1) + n * minutes(30))
  assert.deepEqual(wait(...ten, hours(24) - 1), { reason: 'limit', until: now + 1 })
  assert.equal(wait(...ten, hours(24)), undefined)
})

test('while the previous message is open, the second one waits a second and the third one twenty seconds', () => {
  const open = (ms: number) => ({ at: now - ms, isOpen: true, isToChosen: false })
  assert.deepEqual(computeSendWait([open(400)], now, false), { reason: 'pause', until: now + 600 })
  assert.equal(computeSendWait([open(seconds(1))], now, false), undefined)
  assert.equal(wait(400), undefined)
  const both = [open(seconds(5)), ...sent(minutes(1))]
  const until = now + seconds(15)
  assert.deepEqual(computeSendWait(both, now, false), { reason: 'pause', until })
})

test('at most five test pushes are sent in ten minutes and ten in 24 hours', () => {
  const created = (count: number, oldest: number) =>
    Array.from({ length: count }, (_, n) => ({
      created_at: now - (n === count - 1 ? oldest : minutes(1)),
    }))
  assert.equal(findLimit(created(4, minutes(9)), now), undefined)
  assert.deepEqual(findLimit(created(5, minutes(9)), now), {
    type: 'tests',
    until: now + minutes(1),
  })
  assert.equal(findLimit(created(5, minutes(10)), now), undefined)
  assert.deepEqual(findLimit(created(10, hours(23)), now), { type: 'day', until: now + hours(1) })
})
