import assert from 'node:assert/strict'
import { test } from 'node:test'
import { composeJourney, defineFragment, embed, enter } from './compose.ts'
import type { Step, StepResult } from './step.ts'

function step<Name extends `${string}/${string}`, Outcome extends string>(
  name: Name,
  outcomes: readonly Outcome[],
): Step<Name, Outcome> {
  const [outcome] = outcomes
  if (outcome === undefined) throw new Error('a step without outcomes')
  return { name, outcomes, run: async () => ({ type: 'done', outcome }) }
}

const check = step('password/check', ['passed', 'offer'])
const ask = step('code/verify', ['right', 'cancelled', 'lost'])
const make = step('code/enrol', ['made'])

const code = () =>
  defineFragment<'verified' | 'left'>()({
    first: 'code/verify',
    steps: [ask, make],
    transitions: {
      'code/verify': { right: 'verified', cancelled: 'left', lost: 'code/enrol' },
      'code/enrol': { made: 'verified' },
    },
  })

const part = () => embed(code(), { verified: 'finish', left: 'password/check' })

test('a journey leads through its own steps and those of its parts', () => {
  const journey = composeJourney({
    kind: 'login',
    first: 'password/check',
    steps: [check],
    transitions: {
      'password/check': { passed: enter(code()), offer: enter(code(), 'code/enrol') },
    },
    parts: [part()],
  })
  const next = (name: `${string}/${string}`, outcome: string) =>
    journey.findTransition(name, outcome)
  assert.equal(next('password/check', 'passed'), 'code/verify')
  assert.equal(next('password/check', 'offer'), 'code/enrol')
  assert.equal(next('code/verify', 'right'), 'finish')
  assert.equal(next('code/verify', 'cancelled'), 'password/check')
  assert.equal(next('code/verify', 'lost'), 'code/enrol')
  assert.throws(() => next('code/verify', 'other'), /no transition/)
  assert.deepEqual([...journey.steps.keys()], ['password/check', 'code/verify', 'code/enrol'])
})

const compose = (transitions: Record<string, Record<string, 'finish'>>, parts = [part()]) =>
  composeJourney({
    kind: 'login',
    first: 'password/check',
    // The outcomes of this step are known only at run time.
    steps: [check as Step<'password/check', string>],
    transitions: transitions as { 'password/check': Record<string, 'finish'> },
    parts,
  })

test('composing a journey finds the mistakes that TypeScript cannot see', () => {
  const row = { passed: 'finish', offer: 'finish' } as const
  compose({ 'password/check': row })
  assert.throws(
    () => compose({ 'password/check': { passed: 'finish' } }),
    /no transition for password\/check:offer/,
  )
  assert.throws(() => compose({}), /no transition for password\/check:passed/)
  assert.throws(() => compose({ 'password/check': row }, [part(), part()]), /two parts of login/)
  const lost = embed(code(), { verified: 'code/gone', left: 'finish' })
  assert.throws(() => compose({ 'password/check': row }, [lost]), /leads to code\/gone/)
})

/** Checked by the compiler alone: each of these must not compile. */
export function mistakes() {
  const define = defineFragment<'verified'>()
  const wrong: StepResult<'right'> = {
    type: 'done',
    // @ts-expect-error a step returns no outcome that it does not declare
    outcome: 'verified',
  }
  // @ts-expect-error an outcome without a transition
  define({ first: 'code/enrol', steps: [make], transitions: { 'code/enrol': {} } })
  // @ts-expect-error a step without transitions
  define({ first: 'code/enrol', steps: [make], transitions: {} })
  define({
    first: 'code/enrol',
    steps: [make],
    // @ts-expect-error an exit that the fragment does not have
    transitions: { 'code/enrol': { made: 'left' } },
  })
  define({
    first: 'code/enrol',
    steps: [make],
    // @ts-expect-error a step of another fragment
    transitions: { 'code/enrol': { made: 'code/verify' } },
  })
  // @ts-expect-error an exit that leads nowhere
  embed(code(), { verified: 'finish' })
  composeJourney({
    kind: 'login',
    first: 'password/check',
    steps: [check],
    // @ts-expect-error an own step that is entered by its name alone is not part of the journey's own
    transitions: { 'password/check': { passed: 'code/verify', offer: 'finish' } },
    parts: [],
  })
  return wrong
}
