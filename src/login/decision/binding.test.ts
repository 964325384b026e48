import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  acrLevels,
  acrNumber,
  acrPassword,
  acrPhishingResistant,
  acrPossession,
  isAtLeast,
  strengthLevels,
} from '../../identity/policy/assurance.ts'
import { type ActProof, type BindingFacts, bindingActs, decideBinding } from './binding.ts'

const password: ActProof = { strength: 'knowledge', amr: ['pwd'], isFallback: false }
const phone: ActProof = { strength: 'number', amr: ['swk', 'user'], isFallback: false }
const codeApp: ActProof = { strength: 'possession', amr: ['otp'], isFallback: false }
const paper: ActProof = { strength: 'possession', amr: ['otp'], isFallback: true }
const passkey: ActProof = {
  strength: 'phishing_resistant',
  amr: ['hwk', 'user', 'mfa'],
  isFallback: false,
}

const bare: BindingFacts = {
  act: 'add',
  proofs: [],
  highestLevel: undefined,
  mustChangePassword: false,
}

test('a journey that has verified nothing is asked, whatever its session has proven', () => {
  for (const act of bindingActs) {
    assert.deepEqual(decideBinding({ ...bare, act }), { type: 'password' })
    assert.deepEqual(decideBinding({ ...bare, act, highestLevel: acrNumber }), {
      type: 'verify',
      level: acrNumber,
    })
  }
})

test('where there is a second factor the password is not enough, and neither is a weaker factor', () => {
  const facts = { ...bare, highestLevel: acrNumber }
  for (const proofs of [[password], [password, codeApp]])
    assert.deepEqual(decideBinding({ ...facts, proofs }), { type: 'verify', level: acrNumber })
  for (const proof of [phone, passkey])
    assert.deepEqual(decideBinding({ ...facts, proofs: [proof] }), { type: 'enough', by: 'factor' })
})

test('a fallback stands for what was lost', () => {
  const facts = { ...bare, highestLevel: acrPhishingResistant, proofs: [paper] }
  assert.deepEqual(decideBinding(facts), { type: 'enough', by: 'fallback' })
})

test('without a second factor the password is enough, and a factor without a first one is not', () => {
  assert.equal(decideBinding({ ...bare, proofs: [password] }).type, 'enough')
  assert.equal(decideBinding({ ...bare, proofs: [passkey] }).type, 'enough')
  assert.deepEqual(decideBinding({ ...bare, proofs: [codeApp] }), { type: 'password' })
})

test('a person who has to choose another password changes nothing before', () => {
  const facts = { ...bare, mustChangePassword: true, proofs: [password, phone, paper] }
  assert.deepEqual(decideBinding(facts), { type: 'refused', reason: 'must_change_password' })
})

const anyProof = fc.constantFrom(password, phone, codeApp, paper, passkey)
const anyFacts: fc.Arbitrary<BindingFacts> = fc.record({
  act: fc.constantFrom(...bindingActs),
  proofs: fc.array(anyProof, { maxLength: 3 }),
  highestLevel: fc.constantFrom(undefined, ...acrLevels),
  mustChangePassword: fc.boolean(),
})

test('more proof never makes the decision stricter', () => {
  fc.assert(
    fc.property(anyFacts, anyProof, (facts, more) => {
      if (decideBinding(facts).type !== 'enough') return
      assert.equal(decideBinding({ ...facts, proofs: [...facts.proofs, more] }).type, 'enough')
    }),
  )
})

test('whatever is enough contains a fallback, the strongest second factor, or the password of a person who has none', () => {
  fc.assert(
    fc.property(anyFacts, (facts) => {
      if (decideBinding(facts).type !== 'enough') return
      const { proofs, highestLevel } = facts
      const reaches = ({ strength }: ActProof) =>
        isAtLeast(strengthLevels[strength], highestLevel ?? acrPassword)
      assert.ok(
        proofs.some(
          (one) =>
            one.isFallback ||
            (highestLevel !== undefined && reaches(one)) ||
            (highestLevel === undefined && [...one.amr].some((m) => m === 'pwd' || m === 'mfa')),
        ),
      )
    }),
  )
})

test('what is asked for is enough once it is given', () => {
  fc.assert(
    fc.property(anyFacts, (facts) => {
      const decision = decideBinding(facts)
      const given =
        decision.type === 'password' ? password : decision.type === 'verify' ? passkey : undefined
      if (given === undefined) return
      const proofs = [...facts.proofs, given]
      assert.equal(decideBinding({ ...facts, proofs }).type, 'enough')
      if (decision.type === 'verify') assert.ok(isAtLeast(decision.level, acrPossession))
    }),
  )
})
