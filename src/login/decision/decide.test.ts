import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type Acr,
  acrLevels,
  acrNumber,
  acrPassword,
  acrPhishingResistant,
  acrPossession,
  isAtLeast,
} from '../../identity/policy/assurance.ts'
import { createEffectivePolicy, type EffectivePolicy } from '../../identity/policy/effective.ts'
import { type Policy, policySchema } from '../../identity/policy/policy.ts'
import {
  countDeferralsLeft,
  decide,
  type Facts,
  findRequiredLevel,
  isDeclineAllowed,
} from './decide.ts'
import { parseDeferralRules, writeDeferralRule } from './deferral.ts'

const nobody: Facts = {
  now: Date.parse('2026-03-01T12:00:00Z'),
  authenticatedAt: Date.parse('2026-03-01T12:00:00Z'),
  achievedLevel: acrPassword,
  highestLevel: undefined,
  usableLevel: undefined,
  isAllLost: false,
  isRecovered: false,
  mustChangePassword: false,
  declinedAt: null,
  deferredUnder: [],
  deferralsUsed: 0,
}

function decideType(policy: EffectivePolicy, facts: Facts) {
  return decide({ policy }, facts).type
}

function createWished(policy: Policy, acrValues: readonly string[] | undefined, highestHere: Acr) {
  return createEffectivePolicy(policy, { wish: { acrValues, highestHere } })
}

/** Deferred under the strictest possible rule. */
const anywhere = { secondFactor: 'required', level: 'phishing_resistant', skips: 0 } as const
const optional = policySchema.parse({})
const required: Policy = { secondFactor: 'required', skips: 0, decline: true }

test('an app without a second factor asks no user for one', () => {
  assert.equal(decideType({ ...optional, secondFactor: 'none' }, nobody), 'enough')
})

test('a user with an authenticator is asked for it, even after a decline or a skip', () => {
  const facts: Facts = {
    ...nobody,
    highestLevel: acrNumber,
    declinedAt: 0,
    deferredUnder: [anywhere],
  }
  assert.equal(decideType({ ...optional, decline: true }, facts), 'verify')
})

test('a decline is valid only where the policy allows it', () => {
  const facts: Facts = { ...nobody, declinedAt: 0 }
  assert.equal(decideType({ ...optional, decline: true }, facts), 'enough')
  assert.equal(decideType(optional, facts), 'enrol')
  assert.equal(decideType(required, facts), 'enrol')
  assert.equal(isDeclineAllowed(required), false)
})

test('an optional second factor keeps no user out of the account pages, but a required one does', () => {
  const decideOwn = (policy: Policy, facts: Facts) =>
    decide({ policy, isForOwnPages: true }, facts).type
  assert.equal(decideOwn(optional, nobody), 'enrol')
  assert.equal(decideOwn(optional, { ...nobody, declinedAt: 0 }), 'enough')
  assert.equal(decideOwn(optional, { ...nobody, deferralsUsed: 3 }), 'enough')
  assert.equal(decideType(optional, { ...nobody, deferralsUsed: 3 }), 'enrol')
  const held: Facts = { ...nobody, highestLevel: acrNumber, declinedAt: 0, deferralsUsed: 3 }
  assert.equal(decideOwn(optional, held), 'verify')
  assert.equal(decideOwn(required, { ...nobody, declinedAt: 0, deferralsUsed: 3 }), 'enrol')
})

test('a skip is valid in its session while the policy allows skipping', () => {
  const facts: Facts = { ...nobody, deferredUnder: [anywhere], deferralsUsed: 3 }
  assert.equal(decideType(optional, facts), 'enough')
  assert.equal(decideType({ ...optional, skips: 0 }, facts), 'enrol')
  assert.equal(decideType({ ...optional, skipUntil: '2026-02-28' }, facts), 'enrol')
})

test('a deferral is valid at another app only if its rule is no stricter', () => {
  const relaxed = { ...optional, skips: 5 }
  const facts = (policy: Policy) => ({
    ...nobody,
    deferredUnder: parseDeferralRules(writeDeferralRule(policy)),
    deferralsUsed: 1,
  })
  const patient: Policy = { secondFactor: 'required', skips: 5, decline: false }
  for (const [other, expected] of [
    [relaxed, 'enough'],
    [{ ...relaxed, skips: 6 }, 'enough'],
    [{ ...relaxed, skips: 4 }, 'enrol'],
    [{ ...relaxed, level: 'number' }, 'enrol'],
    [patient, 'enrol'],
  ] as const) {
    assert.equal(decideType(other, facts(relaxed)), expected, JSON.stringify(other))
  }
  assert.equal(decideType(relaxed, facts(patient)), 'enough')
  assert.equal(decideType(relaxed, facts({ ...relaxed, level: 'number' })), 'enough')
})

test('the last day of skipping is a whole day in UTC', () => {
  const policy = { ...optional, skipUntil: '2026-03-01' }
  const at = (time: string) =>
    countDeferralsLeft(policy, { deferralsUsed: 1, now: Date.parse(time) })
  assert.equal(at('2026-03-01T23:59:59.999Z'), 2)
  assert.equal(at('2026-03-02T00:00:00Z'), 0)
})

test('a required factor without skips lets no user in before it is verified', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(undefined, acrPossession, acrNumber),
      fc.option(fc.nat()),
      fc.boolean(),
      fc.nat(),
      (highestLevel, declinedAt, isDeferred, deferralsUsed) => {
        const facts: Facts = {
          ...nobody,
          highestLevel,
          declinedAt,
          deferredUnder: isDeferred ? [anywhere] : [],
          deferralsUsed,
        }
        assert.notEqual(decideType(required, facts), 'enough')
      },
    ),
  )
})

test('A10: a user with a second factor verifies it before another one is offered', () => {
  const strict: Policy = { ...required, level: 'number' }
  const facts: Facts = { ...nobody, highestLevel: acrPossession }
  assert.equal(decideType(strict, facts), 'verify')
  assert.equal(decideType(strict, { ...facts, achievedLevel: acrPossession }), 'enrol')
  assert.equal(decideType({ ...strict, secondFactor: 'optional' }, facts), 'verify')
})

test('acr_values above the highest available level ask for the highest available level', () => {
  const asked = createWished(optional, [acrPhishingResistant], acrNumber)
  assert.equal(asked.level, 'number')
  assert.equal(decideType(asked, { ...nobody, highestLevel: acrNumber }), 'verify')
  assert.equal(
    decideType(asked, { ...nobody, highestLevel: acrNumber, achievedLevel: acrNumber }),
    'enough',
  )
})

test('acr_values for a passkey ask for a passkey where passkeys can be registered', () => {
  const asked = createWished(optional, [acrPhishingResistant], acrPhishingResistant)
  assert.equal(asked.level, 'phishing_resistant')
  assert.equal(decideType(asked, { ...nobody, highestLevel: acrNumber }), 'verify')
  assert.equal(
    decideType(asked, { ...nobody, highestLevel: acrNumber, achievedLevel: acrNumber }),
    'enrol',
  )
  const proven: Facts = {
    ...nobody,
    highestLevel: acrPhishingResistant,
    achievedLevel: acrPhishingResistant,
  }
  assert.equal(decideType(asked, proven), 'enough')
})

const anyLevel = fc.constantFrom(...acrLevels)
const anyHighest = fc.option(fc.constantFrom(acrPossession, acrNumber, acrPhishingResistant), {
  nil: undefined,
})
const anyRule = fc.record<Policy>(
  {
    secondFactor: fc.constantFrom('none', 'optional', 'required'),
    level: fc.constantFrom('possession', 'number', 'code', 'verified_code', 'phishing_resistant'),
    skips: fc.constantFrom(0, 3),
    decline: fc.boolean(),
    plainApproval: fc.boolean(),
  },
  { requiredKeys: ['secondFactor', 'skips', 'decline'] },
)

test('acr_values never lower the requirement of the rule', () => {
  fc.assert(
    fc.property(
      anyRule,
      fc.array(fc.oneof(anyLevel, fc.constant('urn:other')), { maxLength: 4 }),
      fc.constantFrom(acrNumber, acrPhishingResistant),
      fc.record({
        authenticatedAt: fc.constant(nobody.now),
        mustChangePassword: fc.constant(false),
        achievedLevel: anyLevel,
        highestLevel: anyHighest,
        usableLevel: anyHighest,
        isAllLost: fc.constant(false),
        isRecovered: fc.boolean(),
        declinedAt: fc.option(fc.constant(0)),
        deferredUnder: fc.subarray([anywhere]),
        deferralsUsed: fc.nat(5),
        now: fc.constant(nobody.now),
      }),
      (rule, wishes, strongest, facts) => {
        const asked = createWished(rule, wishes, strongest)
        const alone = decideType(rule, facts)
        if (alone === 'enough') return
        assert.equal(decideType(asked, facts), alone)
        assert.ok(
          isAtLeast(
            findRequiredLevel(asked, facts.highestLevel),
            findRequiredLevel(rule, facts.highestLevel),
          ),
        )
      },
    ),
    { numRuns: 2000 },
  )
})

test('acr_values below the level of an optional rule leave the rule unchanged', () => {
  const has = (highestLevel: Acr, achievedLevel: Acr = acrPassword): Facts => ({
    ...nobody,
    highestLevel,
    achievedLevel,
  })
  for (const [level, wanted, less] of [
    ['phishing_resistant', acrPhishingResistant, acrPossession],
    ['phishing_resistant', acrPhishingResistant, acrNumber],
    ['number', acrNumber, acrPossession],
  ] as const) {
    const asked = createWished({ ...optional, level }, [less], acrPhishingResistant)
    assert.equal(decideType(asked, has(wanted, less)), 'verify', level)
    assert.equal(decideType(asked, has(wanted, wanted)), 'enough', level)
    // No user has to enrol a stronger factor.
    assert.equal(decideType(asked, has(less, less)), 'enough', level)
  }
})

test('A20: turning off the strongest factor does not lower the requirement', () => {
  const rule: Policy = { ...optional, level: 'phishing_resistant', decline: true }
  const off: Facts = {
    ...nobody,
    highestLevel: acrPhishingResistant,
    usableLevel: acrPossession,
    declinedAt: 0,
  }
  assert.equal(decideType(rule, { ...off, achievedLevel: acrPossession }), 'verify')
  // A recovery code stands for it, and then it is set up again.
  assert.equal(
    decideType(rule, { ...off, achievedLevel: acrPossession, isRecovered: true }),
    'enrol',
  )
  const on: Facts = { ...off, usableLevel: acrPhishingResistant, isRecovered: true }
  assert.equal(decideType(rule, { ...on, achievedLevel: acrPossession }), 'verify')
})

test('a decline expires after the number of days in the policy', () => {
  const policy = { ...optional, decline: true, declineDays: 30 }
  const after = (days: number) => ({ ...nobody, declinedAt: nobody.now - days * 86_400_000 })
  assert.equal(decideType(policy, after(29)), 'enough')
  assert.equal(decideType(policy, after(30)), 'enrol')
})

test('a user who may not enter is not asked for a factor, only for a required new password or login', () => {
  const policy: EffectivePolicy = { ...required, isEntryRefused: true }
  const refused = { type: 'refused', reason: 'not_allowed' }
  for (const facts of [nobody, { ...nobody, highestLevel: acrNumber, usableLevel: acrNumber }]) {
    assert.partialDeepStrictEqual(decide({ policy }, facts), refused)
    assert.partialDeepStrictEqual(
      decide({ policy }, { ...facts, achievedLevel: acrPhishingResistant }),
      refused,
    )
  }
  assert.equal(decideType({ ...policy, secondFactor: 'none' }, nobody), 'refused')
  assert.equal(decideType(policy, { ...nobody, mustChangePassword: true }), 'change_password')
  const authenticatedSince = nobody.authenticatedAt + 1
  assert.equal(decide({ policy, authenticatedSince }, nobody).type, 'authenticate')
})
