import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  acrApproval,
  acrLevels,
  acrNumber,
  acrPassword,
  acrPhishingResistant,
  acrPossession,
  acrVerifiedCode,
  assessApproval,
  assessProofs,
  findHighestLevel,
  isAtLeast,
} from './assurance.ts'

test('the level follows from the verified factors', () => {
  const password = { strength: 'knowledge', amr: ['pwd'] } as const
  const number = { strength: 'number', amr: ['swk'] } as const
  const tap = { strength: 'possession', amr: ['swk'] } as const
  assert.deepEqual(assessProofs([password]), { acr: acrPassword, amr: ['pwd'] })
  assert.deepEqual(assessProofs([password, tap]), {
    acr: acrPossession,
    amr: ['pwd', 'swk', 'mfa'],
  })
  assert.equal(assessProofs([password, number]).acr, acrNumber)
  assert.deepEqual(assessProofs([number]), { acr: acrPassword, amr: ['swk'] })
})

test('an unknown level is never met and meets no other level', () => {
  assert.equal(isAtLeast(acrNumber, 'urn:other'), false)
  assert.equal(isAtLeast('urn:other', acrPassword), false)
  assert.equal(isAtLeast(acrNumber, acrPossession), true)
  assert.equal(isAtLeast(acrPassword, acrPossession), false)
})

test('the highest level is found at any position, and an empty list has no highest level', () => {
  assert.equal(findHighestLevel([]), undefined)
  for (const level of acrLevels) assert.equal(findHighestLevel([level]), level)
  assert.equal(
    findHighestLevel([acrPossession, acrPhishingResistant, acrNumber]),
    acrPhishingResistant,
  )
  assert.equal(findHighestLevel([acrPassword, acrPossession, acrPassword]), acrPossession)
})

test('an approval without a password is below every level, unless the phone has verified its owner', () => {
  const code = { strength: 'code', amr: ['swk', 'user'] } as const
  assert.deepEqual(assessApproval(code), { acr: acrApproval, amr: ['swk', 'user'] })
  for (const level of acrLevels) assert.equal(isAtLeast(acrApproval, level), false)
  assert.equal(isAtLeast(acrPhishingResistant, acrApproval), false)
  const verified = { strength: 'verified_code', amr: ['swk', 'user', 'mfa'] } as const
  assert.equal(assessApproval(verified).acr, acrVerifiedCode)
})
