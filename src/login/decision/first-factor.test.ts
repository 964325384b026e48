// What a first second factor needs, over the whole input space.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type AppPolicy, firstFactorRules, policySchema } from '../../identity/policy/policy.ts'
import { decideFirstFactor, findStrictest, type InvitationState } from './first-factor.ts'

/** What was shown beside the password: a code of the service desk, an invitation, the network. */
const shown = [
  ['nothing', {}],
  ['network', { isInNetwork: true }],
  ['invitation', { invitation: 'valid' }],
  ["another person's", { invitation: 'other_person' }],
  ['over', { invitation: 'over' }],
  ['over, in network', { invitation: 'over', isInNetwork: true }],
  ['pass', { hasPass: true }],
  ["pass, another's", { hasPass: true, invitation: 'other_person' }],
] as const

/**
 * Rows: what was shown. Columns: the rules, from the least strict. `.` nothing is bound. Otherwise by what it is bound: `w`
 * the password alone, `n` the network, `i` the invitation, `p` the pass.
 */
const table = `
nothing           w...
network           nn..
invitation        iii.
another person's  w...
over              w...
over, in network  nn..
pass              pppp
pass, another's   pppp`

test('A55: the rule and what was shown lead to the decisions in the table', () => {
  const lines = shown.map(([name, proofs]) => {
    const letters = firstFactorRules.map((rule) => {
      const facts = { rule, hasFactor: false, hasPass: false, isInNetwork: false, ...proofs }
      const decision = decideFirstFactor(facts)
      if (decision.type === 'missing') return '.'
      return decision.by === 'password' ? 'w' : decision.by.slice(0, 1)
    })
    return `${name.padEnd(18)}${letters.join('')}`
  })
  assert.equal(`\n${lines.join('\n')}`, table)
})

test('a user who has a second factor is not asked for what the first one needs', () => {
  const none = { hasPass: false, isInNetwork: false }
  for (const rule of firstFactorRules)
    assert.deepEqual(decideFirstFactor({ rule, hasFactor: true, ...none }), {
      ...{ type: 'allowed', by: 'second_factor' },
    })
})

test('an invitation that does not help is named as the reason', () => {
  const facts = { rule: 'pass', hasFactor: false, hasPass: false, isInNetwork: true } as const
  assert.deepEqual(decideFirstFactor({ ...facts, invitation: 'valid' }), {
    ...{ type: 'missing', rule: 'pass' },
  })
  assert.deepEqual(decideFirstFactor({ ...facts, invitation: 'over' }), {
    ...{ type: 'missing', rule: 'pass', invitation: 'over' },
  })
})

test('more proof never makes the decision stricter', () => {
  const rule = fc.constantFrom(...firstFactorRules)
  const state = fc.constantFrom<InvitationState | undefined>(undefined, 'valid', 'over')
  fc.assert(
    fc.property(rule, state, fc.boolean(), fc.boolean(), (of, invitation, hasPass, isInNetwork) => {
      const facts = { rule: of, hasFactor: false, hasPass, isInNetwork, invitation }
      if (decideFirstFactor(facts).type === 'missing') return
      for (const more of [
        { hasPass: true },
        { isInNetwork: true },
        { invitation: 'valid' } as const,
      ])
        assert.equal(decideFirstFactor({ ...facts, ...more }).type, 'allowed')
    }),
  )
})

const rule = (changes: object): AppPolicy => ({ ...policySchema.parse({}), ...changes })

test('the strictest rule of all apps that a user may enter applies, whichever comes first', () => {
  const policies = [
    rule({}),
    rule({ firstFactor: 'network', groups: [{ group: 'board', firstFactor: 'pass' }] }),
    rule({ firstFactor: 'invitation', allowedGroups: ['finance'] }),
  ]
  for (const all of [policies, policies.toReversed()]) {
    assert.equal(findStrictest(all, []), 'network')
    assert.equal(findStrictest(all, ['board']), 'pass')
    assert.equal(findStrictest(all, ['finance']), 'invitation')
    assert.equal(findStrictest(all, ['finance', 'board']), 'pass')
  }
  assert.equal(findStrictest([rule({})], ['board']), 'password')
  assert.equal(findStrictest([], []), 'password')
})
