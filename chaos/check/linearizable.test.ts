import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Act, Operation, Outcome, Thing, ThingKind } from './history.ts'
import { findViolation, isLinearizable } from './linearizable.ts'

type Written = readonly [act: Act, outcome: Outcome, begin: number, end?: number]

function write(
  list: readonly Written[],
  { kind = 'once' as ThingKind, lapsesAt = Number.POSITIVE_INFINITY } = {},
): Thing {
  const operations = list.map(([act, outcome, begin, end]) => ({
    act,
    outcome,
    begin,
    end: outcome === 'unknown' ? Number.POSITIVE_INFINITY : (end ?? begin + 1),
  }))
  return { name: 'thing', kind, lapsesAt, operations }
}

const issued: Written = ['issue', 'done', 0]

const right: [string, Thing][] = [
  [
    'a code that is spent, and refused from then on',
    write([issued, ['spend', 'done', 2], ['spend', 'refused', 4]]),
  ],
  [
    'two spends at once of which one is refused',
    write([issued, ['spend', 'refused', 2, 6], ['spend', 'done', 3, 5]]),
  ],
  [
    'a spend whose answer was lost, and which had happened',
    write([issued, ['spend', 'unknown', 2], ['spend', 'refused', 9]]),
  ],
  [
    'a spend whose answer was lost, and which had not happened',
    write([issued, ['spend', 'unknown', 2], ['spend', 'done', 9]]),
  ],
  [
    'a spend that took effect long after its answer was lost',
    write([issued, ['spend', 'unknown', 2], ['look', 'done', 9], ['look', 'refused', 12]]),
  ],
  [
    'an issue whose answer was lost',
    write([
      ['issue', 'unknown', 0],
      ['spend', 'refused', 3],
      ['spend', 'done', 5],
    ]),
  ],
  [
    'a session that ends with the logout',
    write([issued, ['look', 'done', 2], ['withdraw', 'done', 4], ['look', 'refused', 6]]),
  ],
  [
    'a look that is under way while the session ends',
    write([issued, ['withdraw', 'done', 3, 6], ['look', 'done', 4, 5], ['look', 'refused', 3, 9]]),
  ],
  [
    'a logout whose answer was lost, either way',
    write([issued, ['withdraw', 'unknown', 2], ['look', 'done', 4], ['look', 'refused', 8]]),
  ],
  [
    'a code that is refused after its lifetime',
    write([issued, ['spend', 'refused', 70]], { lapsesAt: 60 }),
  ],
  [
    'a refresh token that is good again after its answer was lost',
    write([issued, ['spend', 'unknown', 2], ['spend', 'done', 6], ['spend', 'refused', 9]], {
      kind: 'regainable',
    }),
  ],
  [
    'a refresh token that the lost second use of its code may have ended',
    write([issued, ['reopen', 'unknown', 2], ['withdraw', 'unknown', 3], ['spend', 'refused', 6]], {
      kind: 'regainable',
    }),
  ],
  [
    'a refresh token that is not good again',
    write([issued, ['spend', 'unknown', 2], ['spend', 'refused', 6]], { kind: 'regainable' }),
  ],
  [
    'a refresh token that is good again after its server has ended',
    write([issued, ['spend', 'done', 2], ['reopen', 'unknown', 4], ['spend', 'done', 6]], {
      kind: 'regainable',
    }),
  ],
]

for (const [name, thing] of right) {
  test(`the check accepts a possible history: ${name}`, () => {
    assert.equal(findViolation(thing), undefined)
  })
}

const planted: [string, Thing, string][] = [
  [
    'a code that was spent twice',
    write([issued, ['spend', 'done', 2], ['spend', 'done', 4]]),
    'it was spent more than once',
  ],
  [
    'a code that was spent twice at the same moment',
    write([issued, ['spend', 'done', 2, 9], ['spend', 'done', 3, 8]]),
    'it was spent more than once',
  ],
  [
    'an acknowledged write that was lost',
    write([issued, ['spend', 'refused', 5]]),
    'it was acknowledged and is not there',
  ],
  [
    'a session that is not there after a restart',
    write([issued, ['look', 'done', 2], ['look', 'refused', 5]]),
    'it was acknowledged and is not there',
  ],
  [
    'a session that is there again after its logout',
    write([issued, ['withdraw', 'done', 2], ['look', 'done', 5]]),
    'it was good after it had been withdrawn',
  ],
  [
    'a stale read: gone, and then there again',
    write([issued, ['withdraw', 'unknown', 2], ['look', 'refused', 4], ['look', 'done', 8]]),
    'its outcomes fit no order',
  ],
  [
    'a spend that was refused and succeeds later',
    write([issued, ['spend', 'unknown', 1], ['spend', 'refused', 4], ['spend', 'done', 8]]),
    'its outcomes fit no order',
  ],
  [
    'a spend before the thing was issued',
    write([
      ['spend', 'done', 0],
      ['issue', 'done', 4],
    ]),
    'its outcomes fit no order',
  ],
  [
    'outcomes in another order than their requests',
    write([issued, ['spend', 'refused', 2, 3], ['spend', 'done', 4, 5]]),
    'its outcomes fit no order',
  ],
  [
    'a refresh token that is good again though it was answered',
    write([issued, ['spend', 'done', 2], ['spend', 'done', 6]], { kind: 'regainable' }),
    'it was spent more than once',
  ],
  [
    'a refresh token whose family had ended',
    write([issued, ['spend', 'unknown', 2], ['spend', 'refused', 4], ['spend', 'done', 6]], {
      kind: 'regainable',
    }),
    'its outcomes fit no order',
  ],
  [
    'a refusal within the lifetime',
    write([issued, ['spend', 'refused', 50]], { lapsesAt: 60 }),
    'it was acknowledged and is not there',
  ],
  [
    'a refresh token that is good twice after its server has ended',
    write(
      [
        ...[issued, ['spend', 'done', 2] as const, ['reopen', 'unknown', 4] as const],
        ...[['spend', 'done', 6] as const, ['spend', 'done', 8] as const],
      ],
      { kind: 'regainable' },
    ),
    'it was spent more than once',
  ],
  [
    'a code that is good again after its server has ended',
    write([issued, ['spend', 'done', 2], ['reopen', 'unknown', 4], ['spend', 'done', 6]]),
    'it was spent more than once',
  ],
]

for (const [name, thing, reason] of planted) {
  test(`the check finds a planted fault: ${name}`, () => {
    assert.equal(findViolation(thing)?.reason, reason)
  })
}

/** A history of a correct register: each operation takes effect at one moment between its begin and its end. */
interface Step {
  readonly act: Exclude<Act, 'issue' | 'reopen'>
  readonly before: number
  readonly after: number
  readonly isLost: boolean
  /** Only if the answer is lost: whether the operation took effect. */
  readonly happens: boolean
}

const steps = fc.array(
  fc.record({
    act: fc.constantFrom<Step['act']>('spend', 'look', 'withdraw'),
    before: fc.integer({ min: 0, max: 40 }),
    after: fc.integer({ min: 0, max: 40 }),
    isLost: fc.boolean(),
    happens: fc.boolean(),
  }),
  { maxLength: 8 },
)

/** Moments are ten apart, so that operations overlap as far as `before` and `after` say. */
function simulate(list: readonly Step[]): Operation[] {
  let isFresh = true
  const issue: Operation = { act: 'issue', outcome: 'done', begin: -100, end: -99 }
  const rest = list.flatMap((step, index): Operation[] => {
    const moment = index * 10
    const { act, isLost } = step
    const begin = moment - step.before
    if (isLost) {
      if (step.happens && act !== 'look') isFresh = false
      return [{ act, outcome: 'unknown', begin, end: Number.POSITIVE_INFINITY }]
    }
    const outcome = act === 'withdraw' || isFresh ? 'done' : 'refused'
    if (act !== 'look') isFresh = false
    return [{ act, outcome, begin, end: moment + 1 + step.after }]
  })
  return [issue, ...rest]
}

const asThing = (operations: Operation[]): Thing => ({
  ...{ name: 'thing', kind: 'once', lapsesAt: Number.POSITIVE_INFINITY, operations },
})

test('the search accepts every history of a correct register, in any recorded order', () => {
  fc.assert(
    fc.property(steps, fc.infiniteStream(fc.integer()), (list, shuffle) => {
      const operations = simulate(list)
      const keys = new Map(operations.map((one) => [one, shuffle.next().value]))
      operations.sort((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0))
      assert.ok(isLinearizable(asThing(operations)))
    }),
    { numRuns: 2_000 },
  )
})

test('the search finds a second spend, a success after the end and a loss in any history', () => {
  fc.assert(
    fc.property(steps, fc.constantFrom<Act>('spend', 'look'), (list, act) => {
      const operations = simulate(list)
      const isEnded = operations.some(
        (one) => one.outcome === 'done' && (one.act === 'spend' || one.act === 'withdraw'),
      )
      const isTouched = operations.some(({ act }) => act === 'spend' || act === 'withdraw')
      fc.pre(isEnded || !isTouched)
      const latest = list.length * 10 + 100
      const outcome = isEnded ? 'done' : 'refused'
      const planted = { act, outcome, begin: latest, end: latest + 1 } as const
      assert.ok(!isLinearizable(asThing([...operations, planted])))
    }),
    { numRuns: 2_000 },
  )
})

/** Tries every order, one after the other: slow, but simple enough to be trusted. */
function isPossible(operations: readonly Operation[]): boolean {
  function go(state: 'absent' | 'fresh' | 'over', left: readonly Operation[]): boolean {
    if (left.every(({ outcome }) => outcome === 'unknown')) return true
    return left.some((one) => {
      if (left.some((other) => other !== one && other.end < one.begin)) return false
      const next = step(state, one)
      return (
        next !== undefined &&
        go(
          next,
          left.filter((other) => other !== one),
        )
      )
    })
  }
  function step(state: 'absent' | 'fresh' | 'over', { act, outcome }: Operation) {
    if (act === 'issue') return state === 'absent' ? 'fresh' : undefined
    if (act === 'withdraw') return 'over'
    if (outcome === 'refused') return state === 'fresh' ? undefined : state
    if (act === 'look') return outcome === 'unknown' || state === 'fresh' ? state : undefined
    if (state === 'fresh') return 'over'
    return outcome === 'unknown' ? state : undefined
  }
  return go('absent', operations)
}

test('on any history the search agrees with a brute-force search of all orders', () => {
  const operation = fc
    .record({
      act: fc.constantFrom<Act>('spend', 'look', 'withdraw'),
      outcome: fc.constantFrom<Outcome>('done', 'refused', 'unknown'),
      begin: fc.integer({ min: 0, max: 12 }),
      length: fc.integer({ min: 1, max: 6 }),
    })
    .map(({ act, outcome, begin, length }): Operation => {
      const end = outcome === 'unknown' ? Number.POSITIVE_INFINITY : begin + length
      return {
        act,
        outcome: act === 'withdraw' && outcome === 'refused' ? 'done' : outcome,
        begin,
        end,
      }
    })
  let possible = 0
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 5 }), (list) => {
      const all: Operation[] = [{ act: 'issue', outcome: 'done', begin: -2, end: -1 }, ...list]
      const expected = isPossible(all)
      if (expected) possible += 1
      assert.equal(isLinearizable(asThing(all)), expected)
    }),
    { numRuns: 3_000 },
  )
  assert.ok(possible > 300 && possible < 2_700, `${possible} were possible`)
})
