import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listTiers } from '../../identity/limits/networks.ts'
import { hours } from '../../platform/kernel/clock.ts'
import { systemRandom as random } from '../../platform/kernel/random.ts'
import { createSprayCounts, type FailedAttempt } from './spray-counts.ts'

function setUp() {
  const clock = { time: 1_800_000_000_000, now: () => clock.time }
  const counts = createSprayCounts({ clock, random })
  const find = (count: number, write: (n: number) => FailedAttempt) =>
    Array.from({ length: count }, (_, n) => counts.note(write(n))).flat()
  const noteMany = (count: number, write: (n: number) => FailedAttempt) =>
    find(count, write).map(({ pattern }) => pattern)
  return { clock, find, noteMany }
}

const alone = (network: string) => [{ network, times: 1 }]
const different = (n: number) => ({
  ...{ name: `n${n}`, isKnown: false, password: `p${n}` },
  networks: alone(`w${n}`),
})
const from = (address: string) => (n: number) => ({
  ...different(n),
  networks: listTiers(address),
})

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
    noteMany(600, (n) => ({ ...different(n), networks: alone('one') })),
    ['one_network'],
  )
  assert.deepEqual(
    noteMany(600, (n) => ({ ...different(n), name: 'erika', password: undefined })),
    ['one_name'],
  )
})

test('A63: stuffing over the networks of one company is reported for the networks around them', () => {
  const { find } = setUp()
  const listSubjects = (count: number, write: (n: number) => string) =>
    find(count, (n) => from(write(n))(n)).map(({ subject }) => subject)
  assert.deepEqual(
    listSubjects(330, (n) => `2001:db8:1:${(n * 256).toString(16)}::1`),
    ['2001:db8:1:0::/48'],
  )
  assert.deepEqual(
    listSubjects(200, (n) => `2001:db8:2:${n.toString(16)}::1`),
    ['2001:db8:2:0::/56'],
  )
  assert.deepEqual(
    listSubjects(200, (n) => `192.0.2.${n}`),
    ['192.0.2.0/24'],
  )
  assert.deepEqual(
    listSubjects(999, (n) => `198.51.${n % 250}.${n % 200}`),
    ['198.51.0.0/16'],
  )
})

test('A63: one pattern that was reported hides no other of the same kind', () => {
  const { find } = setUp()
  const attack = (name: string, isKnown: boolean) =>
    find(40, (n) => ({ ...different(n), name, isKnown, password: undefined }))
  assert.deepEqual(attack('odd name', false), [
    { pattern: 'one_name', subject: 'odd name', found: 1, isReported: true },
  ])
  const [erika] = attack('erika', true)
  assert.deepEqual(erika, { pattern: 'one_name', subject: 'erika', found: 1, isReported: true })
  assert.deepEqual(attack('erika', true), [], 'once an hour')
})

test('A63: a thousand invented names do not hide one that a user has, nor fill the queue of alerts', () => {
  const { find } = setUp()
  const found = Array.from({ length: 200 }, (_, of) =>
    find(30, (n) => ({ ...different(of * 30 + n), name: `odd ${of}`, password: undefined })),
  ).flat()
  assert.equal(found.length, 200)
  const reported = found.filter(({ isReported }) => isReported).map((one) => one.found)
  assert.deepEqual(reported, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 40, 80, 160])
  const attempt = { name: 'erika', isKnown: true, password: undefined }
  const [erika] = find(30, (n) => ({ ...different(9000 + n), ...attempt }))
  assert.deepEqual([erika?.subject, erika?.isReported], ['erika', true])
})

test('typing mistakes of many users, or many attempts of one user, are not reported as spraying', () => {
  const { noteMany } = setUp()
  assert.deepEqual(noteMany(3000, different), [])
  assert.deepEqual(
    noteMany(300, (n) => ({ ...different(n), name: 'erika', networks: alone(`home ${n % 3}`) })),
    [],
  )
  assert.deepEqual(
    noteMany(300, (n) => ({ ...different(n), networks: [], name: `n${n % 20}` })),
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

test('A63: a flood of other passwords does not hide a password that is tried again', () => {
  const { noteMany } = setUp()
  const found = noteMany(29, (n) => ({ ...different(n), password: 'one' }))
  noteMany(30_000, (n) => different(n + 100))
  found.push(...noteMany(1, () => ({ ...different(50), password: 'one' })))
  assert.deepEqual(found, ['one_password'])
})

test('A43: after the clock is set back, a new hour of counts begins', () => {
  const { clock, noteMany } = setUp()
  const note = () => noteMany(600, (n) => ({ ...different(n), networks: alone('one') }))
  assert.deepEqual(note(), ['one_network'])
  assert.deepEqual(note(), [])
  clock.time -= hours(3)
  assert.deepEqual(note(), ['one_network'])
})
