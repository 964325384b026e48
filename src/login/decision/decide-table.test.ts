// The decision over its whole input space: as a table for the levels, as a list for what surrounds them, and by
// properties for everything together.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type Acr,
  acrCode,
  acrLevels,
  acrNumber,
  acrPassword,
  acrPhishingResistant,
  acrPossession,
  acrVerifiedCode,
  isAtLeast,
} from '../../identity/policy/assurance.ts'
import type { EffectivePolicy } from '../../identity/policy/effective.ts'
import {
  type Decision,
  decide,
  type Facts,
  isEnoughByItself,
  isEnrolmentAllowed,
  type Requirement,
} from './decide.ts'

const now = Date.parse('2026-03-01T12:00:00Z')
const days = 24 * 60 * 60 * 1000
const levels = ['possession', 'number', 'code', 'verified_code', 'phishing_resistant'] as const

const bare: Facts = {
  now,
  authenticatedAt: now - 1000,
  achievedLevel: acrPassword,
  highestLevel: undefined,
  usableLevel: undefined,
  isAllLost: false,
  isRecovered: false,
  mustChangePassword: false,
  declinedAt: null,
  deferralsUsed: 0,
  deferredUnder: [],
}

/**
 * One letter for each decision: `.` enough, `V` verify what can be used, `w` verify what is too weak, `E` enrol a first
 * one, `+` enrol a stronger one, `R` enrol again what is off.
 */
function letterFor({ type, reason }: Decision): string {
  if (type === 'enough') return '.'
  if (type === 'verify') return reason === 'can_be_used' ? 'V' : 'w'
  return reason === 'none_enrolled' ? 'E' : reason === 'factor_off' ? 'R' : '+'
}

/**
 * Columns: optional and required, each for `possession`, `number`, `code`, `verified_code` and `phishing_resistant`; in a cell
 * one letter for each achieved level, from the password to phishing-resistant. Rows: the highest level of what the person has, the highest of
 * what can be used now, and whether a recovery code was shown.
 */
const table = `
none       none            E..... EE.... EEE... EEEE.. EEEEE. E..... EE.... EEE... EEEE.. EEEEE.
none       none       rec. EEEEEE EEEEEE EEEEEE EEEEEE EEEEEE EEEEEE EEEEEE EEEEEE EEEEEE EEEEEE
possession none            w..... w..... w..... w..... w..... w..... w+.... w++... w+++.. w++++.
possession none       rec. R..... R..... R..... R..... R..... R..... R+.... R++... R+++.. R++++.
possession possession      V..... V..... V..... V..... V..... V..... w+.... w++... w+++.. w++++.
possession possession rec. V..... V..... V..... V..... V..... V..... w+.... w++... w+++.. w++++.
number     none            w..... ww.... ww.... ww.... ww.... w..... ww.... ww+... ww++.. ww+++.
number     none       rec. R..... RR.... RR.... RR.... RR.... R..... RR.... RR+... RR++.. RR+++.
number     possession      V..... ww.... ww.... ww.... ww.... V..... ww.... ww+... ww++.. ww+++.
number     possession rec. R..... RR.... RR.... RR.... RR.... R..... RR.... RR+... RR++.. RR+++.
number     number          V..... VV.... VV.... VV.... VV.... V..... VV.... ww+... ww++.. ww+++.
number     number     rec. V..... VV.... VV.... VV.... VV.... V..... VV.... ww+... ww++.. ww+++.
code       none            w..... ww.... www... www... www... w..... ww.... www... www+.. www++.
code       none       rec. R..... RR.... RRR... RRR... RRR... R..... RR.... RRR... RRR+.. RRR++.
code       possession      V..... ww.... www... www... www... V..... ww.... www... www+.. www++.
code       possession rec. R..... RR.... RRR... RRR... RRR... R..... RR.... RRR... RRR+.. RRR++.
code       number          V..... VV.... www... www... www... V..... VV.... www... www+.. www++.
code       number     rec. R..... RR.... RRR... RRR... RRR... R..... RR.... RRR... RRR+.. RRR++.
code       code            V..... VV.... VVV... VVV... VVV... V..... VV.... VVV... www+.. www++.
code       code       rec. V..... VV.... VVV... VVV... VVV... V..... VV.... VVV... www+.. www++.
verified   none            w..... ww.... www... wwww.. wwww.. w..... ww.... www... wwww.. wwww+.
verified   none       rec. R..... RR.... RRR... RRRR.. RRRR.. R..... RR.... RRR... RRRR.. RRRR+.
verified   possession      V..... ww.... www... wwww.. wwww.. V..... ww.... www... wwww.. wwww+.
verified   possession rec. R..... RR.... RRR... RRRR.. RRRR.. R..... RR.... RRR... RRRR.. RRRR+.
verified   number          V..... VV.... www... wwww.. wwww.. V..... VV.... www... wwww.. wwww+.
verified   number     rec. R..... RR.... RRR... RRRR.. RRRR.. R..... RR.... RRR... RRRR.. RRRR+.
verified   code            V..... VV.... VVV... wwww.. wwww.. V..... VV.... VVV... wwww.. wwww+.
verified   code       rec. R..... RR.... RRR... RRRR.. RRRR.. R..... RR.... RRR... RRRR.. RRRR+.
verified   verified        V..... VV.... VVV... VVVV.. VVVV.. V..... VV.... VVV... VVVV.. wwww+.
verified   verified   rec. V..... VV.... VVV... VVVV.. VVVV.. V..... VV.... VVV... VVVV.. wwww+.
phishing   none            w..... ww.... www... wwww.. wwwww. w..... ww.... www... wwww.. wwwww.
phishing   none       rec. R..... RR.... RRR... RRRR.. RRRRR. R..... RR.... RRR... RRRR.. RRRRR.
phishing   possession      V..... ww.... www... wwww.. wwwww. V..... ww.... www... wwww.. wwwww.
phishing   possession rec. R..... RR.... RRR... RRRR.. RRRRR. R..... RR.... RRR... RRRR.. RRRRR.
phishing   number          V..... VV.... www... wwww.. wwwww. V..... VV.... www... wwww.. wwwww.
phishing   number     rec. R..... RR.... RRR... RRRR.. RRRRR. R..... RR.... RRR... RRRR.. RRRRR.
phishing   code            V..... VV.... VVV... wwww.. wwwww. V..... VV.... VVV... wwww.. wwwww.
phishing   code       rec. R..... RR.... RRR... RRRR.. RRRRR. R..... RR.... RRR... RRRR.. RRRRR.
phishing   verified        V..... VV.... VVV... VVVV.. wwwww. V..... VV.... VVV... VVVV.. wwwww.
phishing   verified   rec. R..... RR.... RRR... RRRR.. RRRRR. R..... RR.... RRR... RRRR.. RRRRR.
phishing   phishing        V..... VV.... VVV... VVVV.. VVVVV. V..... VV.... VVV... VVVV.. VVVVV.
phishing   phishing   rec. V..... VV.... VVV... VVVV.. VVVVV. V..... VV.... VVV... VVVV.. VVVVV.
`

const short = new Map<Acr | undefined, string>([
  [undefined, 'none'],
  [acrPossession, 'possession'],
  [acrNumber, 'number'],
  [acrCode, 'code'],
  [acrVerifiedCode, 'verified'],
  [acrPhishingResistant, 'phishing'],
])

function* listEnrolled() {
  for (const highestLevel of [undefined, ...acrLevels.slice(1)]) {
    for (const usableLevel of [undefined, ...acrLevels.slice(1)]) {
      const isPossible = usableLevel === undefined || isAtLeast(highestLevel ?? '', usableLevel)
      if (!isPossible) continue
      for (const isRecovered of [false, true]) yield { highestLevel, usableLevel, isRecovered }
    }
  }
}

function drawTable(): string {
  const lines: string[] = []
  for (const enrolled of listEnrolled()) {
    const cells = (['optional', 'required'] as const).flatMap((secondFactor) =>
      levels.map((level) => {
        const policy = { secondFactor, level, skips: 0, decline: false }
        return acrLevels
          .map((achievedLevel) => decide({ policy }, { ...bare, ...enrolled, achievedLevel }))
          .map(letterFor)
          .join('')
      }),
    )
    const { highestLevel, usableLevel, isRecovered } = enrolled
    const names = [short.get(highestLevel) ?? '', short.get(usableLevel) ?? '']
    const head = [...names.map((name) => name.padEnd(11)), isRecovered ? 'rec.' : '    ']
    lines.push(`${head.join('')} ${cells.join(' ')}`)
  }
  return lines.join('\n')
}

test('the levels lead to the decisions in the table', () => {
  assert.equal(drawTable(), table.trim())
})

const optional: EffectivePolicy = { secondFactor: 'optional', skips: 3, decline: true }
const required: EffectivePolicy = { secondFactor: 'required', skips: 0, decline: false }
const has = (highestLevel: Acr, achievedLevel: Acr = acrPassword) => ({
  highestLevel,
  usableLevel: highestLevel,
  achievedLevel,
})
const once = { deferredUnder: [optional] }

/** What is required, what is known, and what follows. */
const cases: readonly (readonly [Partial<Requirement>, Partial<Facts>, string])[] = [
  [{ policy: { ...required, secondFactor: 'none' } }, has(acrNumber), 'enough not_required'],
  [{ policy: required }, has(acrNumber, acrNumber), 'enough level_achieved'],
  [{}, {}, 'enrol none_enrolled'],
  [{}, once, 'enough deferred'],
  [{}, { ...once, ...has(acrNumber) }, 'verify can_be_used'],
  [{ policy: { ...optional, skips: 2 } }, once, 'enrol none_enrolled'],
  [{ policy: { ...optional, level: 'number' } }, once, 'enrol none_enrolled'],
  [{ policy: { ...required, skips: 3 } }, once, 'enrol none_enrolled'],
  [{ policy: { ...optional, skipUntil: '2026-03-01' } }, once, 'enough deferred'],
  [{ policy: { ...optional, skipUntil: '2026-02-28' } }, once, 'enrol none_enrolled'],
  [{}, { declinedAt: 0 }, 'enough declined'],
  [{ policy: { ...optional, decline: false } }, { declinedAt: 0 }, 'enrol none_enrolled'],
  [{ policy: required }, { declinedAt: 0 }, 'enrol none_enrolled'],
  [
    { policy: { ...optional, declineDays: 30 } },
    { declinedAt: now - 29 * days },
    'enough declined',
  ],
  [
    { policy: { ...optional, declineDays: 30 } },
    { declinedAt: now - 30 * days },
    'enrol none_enrolled',
  ],
  [{ isForOwnPages: true }, {}, 'enrol none_enrolled'],
  [{ isForOwnPages: true }, { deferralsUsed: 3 }, 'enough own_pages'],
  [{ isForOwnPages: true, policy: required }, { deferralsUsed: 3 }, 'enrol none_enrolled'],
  [{ isForOwnPages: true }, { deferralsUsed: 3, ...has(acrNumber) }, 'verify can_be_used'],
  [{ isConfirmation: true }, {}, 'enough confirmed'],
  [{ isConfirmation: true }, has(acrNumber), 'verify can_be_used'],
  [
    { isConfirmation: true, policy: { ...required, level: 'number' } },
    has(acrNumber, acrPossession),
    'enough confirmed',
  ],
  [{ authenticatedSince: now }, has(acrNumber, acrNumber), 'authenticate too_old'],
  [{ authenticatedSince: now - 1000 }, has(acrNumber, acrNumber), 'enough level_achieved'],
  [{}, { mustChangePassword: true }, 'change_password must_change'],
  [{}, { mustChangePassword: true, ...has(acrNumber) }, 'verify before_new_password'],
  [
    {},
    { mustChangePassword: true, ...has(acrNumber, acrPossession) },
    'change_password must_change',
  ],
  [
    { policy: { ...required, secondFactor: 'none' } },
    { mustChangePassword: true, ...has(acrNumber) },
    'verify before_new_password',
  ],
]

test('the other facts lead to the decisions in the list', () => {
  for (const [requirement, facts, expected] of cases) {
    const { type, reason } = decide({ policy: optional, ...requirement }, { ...bare, ...facts })
    assert.equal(`${type} ${reason}`, expected, JSON.stringify([requirement, facts]))
  }
})

const anyLevel = fc.constantFrom(...levels)
const anyPolicy = fc.record<EffectivePolicy>(
  {
    secondFactor: fc.constantFrom('none', 'optional', 'required'),
    level: anyLevel,
    attainableLevel: anyLevel,
    skips: fc.constantFrom(0, 1, 3),
    skipUntil: fc.constantFrom('2026-02-28', '2026-03-01'),
    decline: fc.boolean(),
    declineDays: fc.constantFrom(1, 30),
  },
  { requiredKeys: ['secondFactor', 'skips', 'decline'] },
)
const anyRequirement = fc.record<Requirement>(
  {
    policy: anyPolicy,
    authenticatedSince: fc.constantFrom(now - 2000, now),
    isForOwnPages: fc.boolean(),
    isConfirmation: fc.boolean(),
  },
  { requiredKeys: ['policy'] },
)
const anyFacts = fc
  .record<Facts>({
    now: fc.constant(now),
    authenticatedAt: fc.constantFrom(now - 3000, now - 1000, now),
    achievedLevel: fc.constantFrom(...acrLevels),
    highestLevel: fc.constantFrom(undefined, acrPossession, acrNumber, acrPhishingResistant),
    usableLevel: fc.constantFrom(undefined, acrPossession, acrNumber, acrPhishingResistant),
    isAllLost: fc.boolean(),
    isRecovered: fc.boolean(),
    mustChangePassword: fc.boolean(),
    declinedAt: fc.constantFrom(null, now - 2 * days, now - 1),
    deferralsUsed: fc.nat(4),
    deferredUnder: fc.subarray([optional, required, { ...required, level: 'phishing_resistant' }]),
  })
  .map(
    (facts): Facts =>
      facts.isAllLost ? { ...facts, highestLevel: acrPossession, usableLevel: undefined } : facts,
  )

const isReplacement = (decision: Decision, facts: Facts): boolean =>
  decision.type === 'enrol' &&
  decision.reason === 'all_lost' &&
  isAtLeast(facts.achievedLevel, decision.requiredLevel)

/** A higher number is a stricter decision. */
const strictness = {
  ...{ enough: 0, enrol: 1, change_password: 1, verify: 2, authenticate: 3 },
  refused: 3,
} as const

function checkAll(check: (requirement: Requirement, facts: Facts) => void): void {
  fc.assert(fc.property(anyRequirement, anyFacts, check), { numRuns: 5000 })
}

test('more proof never leads to a stricter outcome', () => {
  checkAll((requirement, facts) => {
    const found = acrLevels.map(
      (achievedLevel) => strictness[decide(requirement, { ...facts, achievedLevel }).type],
    )
    assert.deepEqual(
      found,
      found.toSorted((a, b) => b - a),
    )
  })
})

test('a later login never leads to a stricter outcome', () => {
  checkAll((requirement, facts) => {
    const before = strictness[decide(requirement, facts).type]
    const after = strictness[decide(requirement, { ...facts, authenticatedAt: now }).type]
    assert.ok(after <= before)
  })
})

test('A10: a user with a second factor enrols another one only after verifying it or with a recovery code', () => {
  checkAll((requirement, facts) => {
    const decision = decide(requirement, facts)
    if (decision.type !== 'enrol' || facts.highestLevel === undefined) return
    const isVerified = isAtLeast(facts.achievedLevel, facts.highestLevel)
    assert.ok(isVerified || decision.reason === 'factor_off')
    assert.equal(decision.reason === 'factor_off' && !facts.isRecovered, false)
  })
})

test('when no skips are allowed, a user gets in exactly if the required level is achieved', () => {
  checkAll((requirement, facts) => {
    const policy = { ...requirement.policy, secondFactor: 'required', skips: 0 } as const
    const decision = decide({ policy }, { ...facts, mustChangePassword: false })
    // The offer to replace lost authenticators lets the user continue.
    const isIn = decision.type === 'enough' || isReplacement(decision, facts)
    // A pass of a person who has nothing is spent to enrol the first one.
    if (facts.highestLevel === undefined && facts.isRecovered) return assert.equal(isIn, false)
    assert.equal(isIn, isAtLeast(facts.achievedLevel, decision.requiredLevel))
  })
})

test('the required level does not depend on the achieved level', () => {
  checkAll((requirement, facts) => {
    const required = acrLevels.map(
      (achievedLevel) => decide(requirement, { ...facts, achievedLevel }).requiredLevel,
    )
    assert.equal(new Set(required).size, 1)
  })
})

test('a factor may be enrolled only if the decision is to enrol and it reaches the required level', () => {
  checkAll((requirement, facts) => {
    const decision = decide(requirement, facts)
    for (const level of acrLevels) {
      const isEnough = decision.type === 'enrol' && isAtLeast(level, decision.requiredLevel)
      assert.equal(isEnrolmentAllowed(decision, level), isEnough)
    }
  })
})

test('for a session that is enough by itself, the authenticators of the user do not change the decision', () => {
  const unread = {
    ...{ highestLevel: undefined, usableLevel: undefined, isAllLost: false },
    ...{ declinedAt: null, deferralsUsed: 0, deferredUnder: [] },
  }
  let byItself = 0
  checkAll((requirement, facts) => {
    const session: Facts = { ...facts, isRecovered: false, mustChangePassword: false }
    if (!isEnoughByItself(requirement.policy, session.achievedLevel)) return
    byItself += 1
    const [full, short] = [session, { ...session, ...unread }].map((one) => {
      const { type, reason } = decide(requirement, one)
      return { type, reason }
    })
    assert.deepEqual(short, full)
  })
  assert.ok(byItself > 500)
})
