import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hours } from '../../platform/kernel/clock.ts'
import { systemRandom as random } from '../../platform/kernel/random.ts'
import { createSprayCounts, type FailedAttempt } from './spray-counts.ts'

function setUp() {
  const clock = { time: 1_800_000_000_000, now: () => clock.time }
  const counts = createSprayCounts({ clock, random })
  const noteMany = (count: number, write: (n: number) => FailedAttempt) =>
    Array.from({ length: count }, (_, n) => counts.note(write(n))).flat()
  return { clock, noteMany }
}

const different = (n: number) => ({ name: `n${n}`, password: `p${n}`, network: `w${n}` })

test('A49: one password for many names is reported once', () => {
  const { noteMany } = setUp()
  assert.deepEqual(
    noteMany(600, (n) => ({ ...different(n), password: 'Sommer2026!' })),
    ['one_password'],
  )
})

test('A49: many names from one network, or one name from many networks, are reported once', () => {
  const { noteMany } = setUp()
  assert.deepEqual(
    noteMany(600, (n) => ({ ...different(n), network: 'one' })),
    ['one_network'],
  )
  assert.deepEqual(
    noteMany(600, (n) => ({ ...different(n), name: 'erika', password: undefined })),
    ['one_name'],
  )
})

test('typing mistakes of many users, or many attempts of one user, are not reported as spraying', () => {
  const { noteMany } = setUp()
  assert.deepEqual(noteMany(3000, different), [])
  assert.deepEqual(
    noteMany(300, (n) => ({ name: 'erika', password: `p${n}`, network: `home ${n % 3}` })),
    [],
  )
  assert.deepEqual(
    noteMany(300, (n) => ({ ...different(n), network: undefined, name: `n${n % 20}` })),
    [],
  )
})

test('after an hour, the counts start again and spraying is reported again', () => {
  const { clock, noteMany } = setUp()
  const spray = (count: number) => noteMany(count, (n) => ({ ...different(n), password: 'one' }))
  assert.deepEqual(spray(20), [])
  clock.time += hours(1)
  assert.deepEqual(spray(20), [])
  assert.deepEqual(spray(40), ['one_password'])
  clock.time += hours(1)
  assert.deepEqual(spray(40), ['one_password'])
})

test('a flood of other passwords does not hide a password that is tried again', () => {
  const { noteMany } = setUp()
  const found = noteMany(29, (n) => ({ ...different(n), password: 'one' }))
  noteMany(9000, (n) => different(n + 100))
  found.push(...noteMany(1, () => ({ ...different(50), password: 'one' })))
  assert.deepEqual(found, ['one_password'])
})

test('A43: after the clock is set back, a new hour of counts begins', () => {
  const { clock, noteMany } = setUp()
  const note = () => noteMany(600, (n) => ({ ...different(n), network: 'one' }))
  assert.deepEqual(note(), ['one_network'])
  assert.deepEqual(note(), [])
  clock.time -= hours(3)
  assert.deepEqual(note(), ['one_network'])
})
