import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import {
  asks,
  client,
  createSessionFor,
  form,
  passwordProof,
  request,
  step,
  table,
} from '../../dev/test-support/engine.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { composeJourney, type OwnTransitions } from './compose.ts'
import { journeyEntry } from './data.ts'
import type { Step } from './step.ts'
import { applyResult, createJourney, findStep, startWalk } from './walk.ts'

const number = journeyEntry('a.b', z.int())
const text = journeyEntry('a.c', z.string())
const other = journeyEntry('a.d', z.string())

const erika = 'usr_erika' as Id<'user'>
const journey = table([step('a/one', () => asks)], {
  'a/one:on': 'a/two',
  'a/two:end': 'finish',
  'a/two:off': 'leave',
})
const place = { idHash: 'hash', browserHash: 'browser', expiresAt: 9000 }
const fresh = () => startWalk(createJourney(journey, request, client, place))

test('a question does not move the walk', () => {
  const walk = applyResult(journey, fresh(), asks, 5)
  assert.equal(walk.moved, false)
  assert.deepEqual(walk.page, { form })
  assert.deepEqual({ ...walk, page: undefined }, fresh())
})

test('a question with a change moves the walk but not its step', () => {
  const walk = applyResult(journey, fresh(), { ...asks, change: { data: number.write(1) } }, 5)
  assert.equal(walk.moved, true)
  assert.equal(walk.step, 'a/one')
  assert.deepEqual(walk.state.data, { 'a.b': 1 })
})

test('an outcome leads to the next step and is written into the path', () => {
  const walk = applyResult(journey, fresh(), { type: 'done', outcome: 'on' }, 5)
  assert.equal(walk.step, 'a/two')
  assert.equal(walk.end, undefined)
  assert.deepEqual(walk.state.path, ['a/one:on'])
})

test('going back and forth does not make the path longer', () => {
  const round = table([step('a/one', () => asks)], { 'a/one:on': 'a/two', 'a/two:back': 'a/one' })
  let walk = fresh()
  for (let count = 0; count < 1000; count++) {
    const outcome = walk.step === 'a/one' ? 'on' : 'back'
    walk = applyResult(round, walk, { type: 'done', outcome }, 5)
  }
  assert.deepEqual(walk.state.path, ['a/one:on', 'a/two:back'])
})

for (const [outcome, end] of [
  ['end', 'finish'],
  ['off', 'leave'],
] as const) {
  test(`an outcome that leads to ${end} stays at its step`, () => {
    const second = applyResult(journey, fresh(), { type: 'done', outcome: 'on' }, 5)
    const walk = applyResult(journey, second, { type: 'done', outcome }, 5)
    assert.equal(walk.step, 'a/two')
    assert.equal(walk.end, end)
  })
}

test('an outcome without a transition throws', () => {
  assert.throws(
    () => applyResult(journey, fresh(), { type: 'done', outcome: 'end' }, 5),
    /no transition from a\/one by end/,
  )
})

test('journey data is merged, and undefined removes a value', () => {
  const first = { ...asks, change: { data: { ...number.write(1), ...text.write('x') } } }
  const second = { ...asks, change: { data: { ...number.clear(), ...other.write('y') } } }
  const walk = applyResult(journey, applyResult(journey, fresh(), first, 5), second, 5)
  assert.deepEqual(walk.state.data, { 'a.c': 'x', 'a.d': 'y' })
  assert.equal(walk.changes.length, 2)
})

test('a proof gets the user of its change and the time of the step', () => {
  const change = { userId: erika, proof: passwordProof }
  const walk = applyResult(journey, fresh(), { type: 'done', outcome: 'on', change }, 77)
  assert.deepEqual(walk.proofs, [{ ...passwordProof, userId: erika, provenAt: 77 }])
  assert.equal(walk.state.userId, erika)
})

test('a proof without a user throws', () => {
  const change = { proof: passwordProof }
  assert.throws(
    () => applyResult(journey, fresh(), { type: 'done', outcome: 'on', change }, 5),
    /a proof without a user/,
  )
})

test('applying a result does not change the earlier walk', () => {
  const walk = fresh()
  const before = structuredClone({ ...walk })
  applyResult(journey, walk, { type: 'done', outcome: 'on', change: { data: number.write(1) } }, 5)
  assert.deepEqual({ ...walk }, before)
})

test('a step-up belongs to the session and the person of the browser', () => {
  const stepUp = { ...journey, kind: 'step_up' } as const
  const session = createSessionFor(erika)
  const { state } = createJourney(stepUp, request, { ...client, session }, place)
  assert.equal(state.userId, erika)
  assert.equal(state.sessionId, session.id)
  assert.throws(() => createJourney(stepUp, request, client, place), /needs a session/)
})

test('a new login has no user, even if a user is logged in', () => {
  const session = createSessionFor(erika)
  const { state } = createJourney(journey, request, { ...client, session }, place)
  assert.deepEqual(state, { request, data: {}, path: [] })
})

test('a step that the table does not have throws', () => {
  assert.throws(() => findStep(journey, 'a/three'), /no step a\/three/)
})

type Steps = Step<'a/one', 'on' | 'off'> | Step<'a/two', 'end'>
type Accepts<Table> = Table extends OwnTransitions<Steps> ? true : false
type Expect<Actual extends boolean, Wanted extends Actual> = Wanted

/** The compiler checks this: a wrong line does not compile. */
type Held = [
  Expect<Accepts<{ 'a/one': { on: 'a/two'; off: 'leave' }; 'a/two': { end: 'finish' } }>, true>,
  // An outcome without a transition.
  Expect<Accepts<{ 'a/one': { on: 'a/two' }; 'a/two': { end: 'finish' } }>, false>,
  // A step without transitions.
  Expect<Accepts<{ 'a/one': { on: 'a/two'; off: 'leave' } }>, false>,
  // A transition to a step that is not in the journey.
  Expect<Accepts<{ 'a/one': { on: 'a/six'; off: 'leave' }; 'a/two': { end: 'finish' } }>, false>,
]

test('a journey that compiles has a transition for every outcome', () => {
  const held: Held = [true, false, false, false]
  const one: Step<'a/one', 'on' | 'off'> = {
    name: 'a/one',
    outcomes: ['on', 'off'],
    run: async () => ({ type: 'done', outcome: 'on' }),
  }
  const defined = composeJourney({
    kind: 'login',
    first: 'a/one',
    steps: [one],
    transitions: { 'a/one': { on: 'finish', off: 'leave' } },
    parts: [],
  })
  assert.deepEqual(
    one.outcomes.map((outcome) => defined.findTransition('a/one', outcome)),
    ['finish', 'leave'],
  )
  assert.equal(held.length, 4)
})
