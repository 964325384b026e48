import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Acr, acrNumber, acrPassword, acrPossession } from './assurance.ts'
import { createEffectivePolicy } from './effective.ts'
import { type Policy, policySchema } from './policy.ts'

const optional = policySchema.parse({})

function createWished(policy: Policy, acrValues: readonly string[] | undefined, highestHere: Acr) {
  return createEffectivePolicy(policy, { wish: { acrValues, highestHere } })
}

test('acr_values above the password make the factor required, unknown ones change nothing', () => {
  assert.equal(createWished(optional, [acrNumber], acrNumber).secondFactor, 'required')
  assert.equal(
    createWished(optional, [acrPossession, 'urn:other'], acrNumber).secondFactor,
    'required',
  )
  assert.equal(createWished(optional, [acrNumber, acrPassword], acrNumber), optional)
  assert.equal(createWished(optional, ['urn:other'], acrNumber), optional)
  assert.equal(createWished(optional, undefined, acrNumber), optional)
})

test('the first group in a policy that a person is in changes the rule for them', () => {
  const groups = [
    { group: 'board', secondFactor: 'required', skips: 0 },
    { group: 'staff', skips: 9 },
  ] as const
  const policy: Policy = { ...optional, groups: [...groups] }
  assert.deepEqual(createEffectivePolicy(policy, { groups: [] }), optional)
  assert.deepEqual(createEffectivePolicy(policy, { groups: ['staff'] }), { ...optional, skips: 9 })
  const board = { ...optional, secondFactor: 'required', skips: 0 }
  assert.deepEqual(createEffectivePolicy(policy, { groups: ['staff', 'board'] }), board)
})
