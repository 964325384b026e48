import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acrNumber, acrPassword, acrPossession } from '../../../identity/policy/assurance.ts'
import { chooseClass } from './levels.ts'

const mfa = 'https://refeds.org/profile/mfa'

test('an assertion has the requested class if the login achieves it, else its own level', () => {
  assert.match(chooseClass(acrPassword), /:PasswordProtectedTransport$/)
  assert.equal(chooseClass(acrNumber), acrNumber)
  assert.equal(chooseClass(acrNumber, [mfa]), mfa)
  assert.equal(chooseClass(acrPossession, [acrNumber, mfa]), mfa)
  assert.match(chooseClass(acrPassword, [mfa]), /:PasswordProtectedTransport$/)
  assert.equal(chooseClass(acrNumber, ['__proto__', 'constructor']), acrNumber)
})
