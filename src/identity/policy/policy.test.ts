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
  assuranceOf,
  isAtLeast,
} from './assurance.ts'
import {
  levelOf,
  mayDecline,
  type Policy,
  policyFor,
  policyForGroups,
  policySchema,
  putOffRuleOf,
  type SecondFactorFacts,
  secondFactorNeed,
  skipsLeft,
} from './policy.ts'

const nobody: SecondFactorFacts = {
  acr: acrPassword,
  reach: undefined,
  usable: undefined,
  declinedAt: null,
  putOff: [],
  skipsUsed: 0,
  now: Date.parse('2026-03-01T12:00:00Z'),
}
/** Put off under a rule that no other one is stricter than. */
const anywhere = { secondFactor: 'required', level: 'phishing_resistant', skips: 0 } as const
const optional = policySchema.parse({})
const required: Policy = { secondFactor: 'required', skips: 0, decline: true }

test('an app without a second factor asks nobody', () => {
  assert.equal(secondFactorNeed({ ...optional, secondFactor: 'none' }, nobody), 'enough')
})

test('whoever has an authenticator is asked for it, even after a decline or a skip', () => {
  const facts = { ...nobody, reach: acrNumber, declinedAt: 0, putOff: [anywhere] }
  assert.equal(secondFactorNeed({ ...optional, decline: true }, facts), 'confirm')
})

test('a decline counts only where the policy allows it', () => {
  const facts = { ...nobody, declinedAt: 0 }
  assert.equal(secondFactorNeed({ ...optional, decline: true }, facts), 'enough')
  assert.equal(secondFactorNeed(optional, facts), 'offer')
  assert.equal(secondFactorNeed(required, facts), 'offer')
  assert.equal(mayDecline(required), false)
})

test('an optional second factor keeps nobody out of their own pages, a required one does', () => {
  const own = { ...optional, keepsNobodyOut: true }
  assert.equal(secondFactorNeed(own, nobody), 'offer')
  assert.equal(secondFactorNeed(own, { ...nobody, declinedAt: 0 }), 'enough')
  assert.equal(secondFactorNeed(own, { ...nobody, skipsUsed: 3 }), 'enough')
  assert.equal(secondFactorNeed(optional, { ...nobody, skipsUsed: 3 }), 'offer')
  const held = { ...nobody, reach: acrNumber, declinedAt: 0, skipsUsed: 3 }
  assert.equal(secondFactorNeed(own, held), 'confirm')
  const strict = { ...required, keepsNobodyOut: true }
  assert.equal(secondFactorNeed(strict, { ...nobody, declinedAt: 0, skipsUsed: 3 }), 'offer')
})

test('a skip counts for its session while the policy allows skipping', () => {
  const facts = { ...nobody, putOff: [anywhere], skipsUsed: 3 }
  assert.equal(secondFactorNeed(optional, facts), 'enough')
  assert.equal(secondFactorNeed({ ...optional, skips: 0 }, facts), 'offer')
  assert.equal(secondFactorNeed({ ...optional, skipUntil: '2026-02-28' }, facts), 'offer')
})

test('what was put off counts at another app only where that one is no stricter', () => {
  const relaxed = { ...optional, skips: 5 }
  const facts = (policy: Policy) => ({ ...nobody, putOff: [putOffRuleOf(policy)], skipsUsed: 1 })
  const patient: Policy = { secondFactor: 'required', skips: 5, decline: false }
  for (const [other, need] of [
    [relaxed, 'enough'],
    [{ ...relaxed, skips: 6 }, 'enough'],
    [{ ...relaxed, skips: 4 }, 'offer'],
    [{ ...relaxed, level: 'number' }, 'offer'],
    [patient, 'offer'],
  ] as const) {
    assert.equal(secondFactorNeed(other, facts(relaxed)), need, JSON.stringify(other))
  }
  assert.equal(secondFactorNeed(relaxed, facts(patient)), 'enough')
  assert.equal(secondFactorNeed(relaxed, facts({ ...relaxed, level: 'number' })), 'enough')
})

test('the last day of skipping is a whole day in UTC', () => {
  const policy = { ...optional, skipUntil: '2026-03-01' }
  const at = (time: string) => skipsLeft(policy, { skipsUsed: 1, now: Date.parse(time) })
  assert.equal(at('2026-03-01T23:59:59.999Z'), 2)
  assert.equal(at('2026-03-02T00:00:00Z'), 0)
})

test('acr_values above the password make the factor required, unknown ones change nothing', () => {
  assert.equal(policyFor(optional, [acrNumber], acrNumber).secondFactor, 'required')
  assert.equal(
    policyFor(optional, [acrPossession, 'urn:other'], acrNumber).secondFactor,
    'required',
  )
  assert.equal(policyFor(optional, [acrNumber, acrPassword], acrNumber), optional)
  assert.equal(policyFor(optional, ['urn:other'], acrNumber), optional)
  assert.equal(policyFor(optional, undefined, acrNumber), optional)
})

test('a required factor without skips lets nobody in who has not proven it', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(undefined, acrPossession, acrNumber),
      fc.option(fc.nat()),
      fc.boolean(),
      fc.nat(),
      (reach, declinedAt, putOff, skipsUsed) => {
        const facts = {
          ...nobody,
          reach,
          declinedAt,
          putOff: putOff ? [anywhere] : [],
          skipsUsed,
        }
        assert.notEqual(secondFactorNeed(required, facts), 'enough')
      },
    ),
  )
})

test('A10: whoever has a second factor proves it before another one is offered', () => {
  const strict: Policy = { ...required, level: 'number' }
  const facts = { ...nobody, reach: acrPossession }
  assert.equal(secondFactorNeed(strict, facts), 'confirm')
  assert.equal(secondFactorNeed(strict, { ...facts, acr: acrPossession }), 'offer')
  assert.equal(secondFactorNeed({ ...strict, secondFactor: 'optional' }, facts), 'confirm')
})

test('acr_values for more than can be registered here ask for the most that can', () => {
  const asked = policyFor(optional, [acrPhishingResistant], acrNumber)
  assert.equal(asked.level, 'number')
  assert.equal(secondFactorNeed(asked, { ...nobody, reach: acrNumber }), 'confirm')
  assert.equal(secondFactorNeed(asked, { ...nobody, reach: acrNumber, acr: acrNumber }), 'enough')
})

test('acr_values for a passkey ask for one where passkeys can be registered', () => {
  const asked = policyFor(optional, [acrPhishingResistant], acrPhishingResistant)
  assert.equal(asked.level, 'phishing_resistant')
  assert.equal(secondFactorNeed(asked, { ...nobody, reach: acrNumber }), 'confirm')
  assert.equal(secondFactorNeed(asked, { ...nobody, reach: acrNumber, acr: acrNumber }), 'offer')
  const proven = { ...nobody, reach: acrPhishingResistant, acr: acrPhishingResistant }
  assert.equal(secondFactorNeed(asked, proven), 'enough')
})

const anyLevel = fc.constantFrom(...acrLevels)
const anyReach = fc.option(fc.constantFrom(acrPossession, acrNumber, acrPhishingResistant), {
  nil: undefined,
})
const anyRule = fc.record<Policy>(
  {
    secondFactor: fc.constantFrom('none', 'optional', 'required'),
    level: fc.constantFrom('possession', 'number', 'phishing_resistant'),
    skips: fc.constantFrom(0, 3),
    decline: fc.boolean(),
    plainApproval: fc.boolean(),
  },
  { requiredKeys: ['secondFactor', 'skips', 'decline'] },
)

test('a wish never asks for less than the rule alone, whoever asks for what', () => {
  fc.assert(
    fc.property(
      anyRule,
      fc.array(fc.oneof(anyLevel, fc.constant('urn:other')), { maxLength: 4 }),
      fc.constantFrom(acrNumber, acrPhishingResistant),
      fc.record({
        acr: anyLevel,
        reach: anyReach,
        usable: anyReach,
        recovered: fc.boolean(),
        declinedAt: fc.option(fc.constant(0)),
        putOff: fc.subarray([anywhere]),
        skipsUsed: fc.nat(5),
        now: fc.constant(nobody.now),
      }),
      (rule, wishes, strongest, facts) => {
        const asked = policyFor(rule, wishes, strongest)
        const alone = secondFactorNeed(rule, facts)
        if (alone === 'enough') return
        assert.equal(secondFactorNeed(asked, facts), alone)
        assert.ok(isAtLeast(levelOf(asked, facts.reach), levelOf(rule, facts.reach)))
      },
    ),
    { numRuns: 2000 },
  )
})

test('a wish for less than an optional rule asks for leaves the rule as it is', () => {
  const has = (reach: Acr, acr: Acr = acrPassword) => ({ ...nobody, reach, acr })
  for (const [level, wanted, less] of [
    ['phishing_resistant', acrPhishingResistant, acrPossession],
    ['phishing_resistant', acrPhishingResistant, acrNumber],
    ['number', acrNumber, acrPossession],
  ] as const) {
    const asked = policyFor({ ...optional, level }, [less], acrPhishingResistant)
    assert.equal(secondFactorNeed(asked, has(wanted, less)), 'confirm', level)
    assert.equal(secondFactorNeed(asked, has(wanted, wanted)), 'enough', level)
    // Nobody has to get a stronger one than they have.
    assert.equal(secondFactorNeed(asked, has(less, less)), 'enough', level)
  }
})

test('A20: turning the strongest factor off does not lower what is asked for', () => {
  const rule: Policy = { ...optional, level: 'phishing_resistant', decline: true }
  const off = { ...nobody, reach: acrPhishingResistant, usable: acrPossession, declinedAt: 0 }
  assert.equal(secondFactorNeed(rule, { ...off, acr: acrPossession }), 'confirm')
  // A recovery code stands for it, and then it is set up again.
  assert.equal(secondFactorNeed(rule, { ...off, acr: acrPossession, recovered: true }), 'offer')
  const on = { ...off, usable: acrPhishingResistant, recovered: true }
  assert.equal(secondFactorNeed(rule, { ...on, acr: acrPossession }), 'confirm')
})

test('a decline is forgotten after the days that the policy gives it', () => {
  const policy = { ...optional, decline: true, declineDays: 30 }
  const after = (days: number) => ({ ...nobody, declinedAt: nobody.now - days * 86_400_000 })
  assert.equal(secondFactorNeed(policy, after(29)), 'enough')
  assert.equal(secondFactorNeed(policy, after(30)), 'offer')
})

test('the first group in a policy that a person is in changes the rule for them', () => {
  const groups = [
    { group: 'board', secondFactor: 'required', skips: 0 },
    { group: 'staff', skips: 9 },
  ] as const
  const policy: Policy = { ...optional, groups: [...groups] }
  assert.deepEqual(policyForGroups(policy, []), optional)
  assert.deepEqual(policyForGroups(policy, ['staff']), { ...optional, skips: 9 })
  const board = { ...optional, secondFactor: 'required', skips: 0 }
  assert.deepEqual(policyForGroups(policy, ['staff', 'board']), board)
})

test('a level tells what was proven', () => {
  const password = { strength: 'knowledge', amr: ['pwd'] } as const
  const number = { strength: 'number', amr: ['swk'] } as const
  const tap = { strength: 'possession', amr: ['swk'] } as const
  assert.deepEqual(assuranceOf([password]), { acr: acrPassword, amr: ['pwd'] })
  assert.deepEqual(assuranceOf([password, tap]), { acr: acrPossession, amr: ['pwd', 'swk', 'mfa'] })
  assert.equal(assuranceOf([password, number]).acr, acrNumber)
  assert.deepEqual(assuranceOf([number]), { acr: acrPassword, amr: ['swk'] })
})

test('a level that nobody knows is never met', () => {
  assert.equal(isAtLeast(acrNumber, 'urn:other'), false)
  assert.equal(isAtLeast('urn:other', acrPassword), false)
  assert.equal(isAtLeast(acrNumber, acrPossession), true)
  assert.equal(isAtLeast(acrPassword, acrPossession), false)
})
