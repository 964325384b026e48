import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  acrCode,
  acrNumber,
  acrPhishingResistant,
  acrPossession,
} from '../../identity/policy/assurance.ts'
import { type FallbackCase, judgeFallback } from './fallback-use.ts'

const phone: FallbackCase = {
  level: acrPossession,
  requiredLevel: acrNumber,
  highestLevel: acrNumber,
  askableLevel: acrNumber,
  reason: undefined,
}

test('a code that reaches the required level lets the user in', () => {
  assert.equal(judgeFallback({ ...phone, requiredLevel: acrPossession }), 'enters')
})

test('a code below the required level does not help while the phone can be asked, unless it is lost or replaced', () => {
  for (const requiredLevel of [acrNumber, acrCode, acrPhishingResistant])
    for (const reason of [undefined, 'away'] as const)
      assert.equal(judgeFallback({ ...phone, requiredLevel, reason }), 'nothing')
  for (const reason of ['lost', 'renewed'] as const)
    assert.equal(judgeFallback({ ...phone, reason }), 'enrols')
})

test('a code leads to an enrolment when no factor above its level can be asked', () => {
  const codeApp = { highestLevel: acrPossession, askableLevel: acrPossession } as const
  assert.equal(judgeFallback({ ...phone, ...codeApp, reason: 'away' }), 'enrols')
  const nothing = { highestLevel: undefined, askableLevel: undefined }
  assert.equal(judgeFallback({ ...phone, ...nothing }), 'enrols')
  assert.equal(judgeFallback({ ...phone, askableLevel: undefined }), 'enrols')
  assert.equal(judgeFallback({ ...phone, askableLevel: acrPossession }), 'enrols')
})
