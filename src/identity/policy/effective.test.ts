import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Queries } from '../../platform/storage/database.ts'
import { type Acr, acrNumber, acrPassword, acrPossession } from './assurance.ts'
import { createEffectivePolicy, findEffectivePolicy } from './effective.ts'
import { type AppPolicy, ownPolicySchema, type Policy, policySchema } from './policy.ts'

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

test('the first group of a policy that contains the user changes the rule for this user', () => {
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

test('an app with allowed groups refuses all other users, with any acr_values', () => {
  const policy: AppPolicy = { ...optional, allowedGroups: ['board', 'office'] }
  const refused = (groups: readonly string[], acrValues?: readonly string[]) =>
    createEffectivePolicy(policy, { groups, wish: { acrValues, highestHere: acrNumber } })
      .isEntryRefused
  assert.equal(refused(['office']), undefined)
  assert.equal(refused(['staff', 'board']), undefined)
  for (const groups of [[], ['Office'], ['boards'], ['staff']]) {
    assert.equal(refused(groups), true)
    assert.equal(refused(groups, [acrNumber]), true)
  }
  assert.equal(createEffectivePolicy(optional, { groups: [] }).isEntryRefused, undefined)
})

test('groups are read only when the rule depends on them, and an error in reading them lets nobody in', async () => {
  const away = { listGroups: async () => Promise.reject(new Error('away')), highestHere: acrNumber }
  const asked = { userId: 'usr_1', acrValues: undefined }
  const find = (policy: AppPolicy) => findEffectivePolicy(away, {} as Queries, policy, asked)
  assert.equal(await find(optional), optional)
  await assert.rejects(find({ ...optional, allowedGroups: ['board'] }), /away/)
})

test('the default rule cannot name allowed groups, because it also protects the account pages', () => {
  assert.ok(!policySchema.safeParse({ allowedGroups: ['board'] }).success)
  assert.ok(!ownPolicySchema.safeParse({ allowedGroups: [] }).success)
  assert.ok(ownPolicySchema.safeParse({ allowedGroups: ['board'] }).success)
})
