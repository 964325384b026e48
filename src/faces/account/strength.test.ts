import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Acr,
  acrApproval,
  acrNumber,
  acrPassword,
  acrPhishingResistant,
  acrPossession,
  acrVerifiedCode,
} from '../../identity/policy/assurance.ts'
import type { Authenticator } from '../../login/factors/factor.ts'
import type { FactorKind } from '../../login/factors/index.ts'
import { createTranslator } from '../../platform/ui/translate.ts'
import { strengthText } from './pages/parts.ts'
import { describeStrength } from './strength.ts'

const t = createTranslator('de')
const everything = ['push', 'totp', 'passkey', 'recovery'] as const
const own = (kind: FactorKind, level: Acr, state: Authenticator['state'] = 'usable') => ({
  id: kind,
  kind,
  name: null,
  addedAt: 1,
  lastUsedAt: null,
  level,
  state,
})
const phone = own('push', acrNumber)
const passkey = own('passkey', acrPhishingResistant)

function said(
  session: { acr: string; amr: readonly string[]; hasDeferred?: boolean },
  has: readonly Authenticator[],
  enrolKinds: readonly FactorKind[] = everything,
): string {
  return strengthText(describeStrength(session, { own: has, enrolKinds }), t)
}

test('the description of a session names its factors and a stronger factor', () => {
  const password = { acr: acrPassword, amr: ['pwd'] }
  const code = { acr: acrPossession, amr: ['pwd', 'otp', 'mfa'] }
  const number = { acr: acrNumber, amr: ['pwd', 'swk', 'user', 'mfa'] }
  const strongest = { acr: acrPhishingResistant, amr: ['hwk', 'mfa'] }
  assert.equal(said(password, []), 'Passwort. Stärker ginge mit einem Passkey.')
  assert.equal(said(password, [phone]), 'Passwort. Stärker ginge mit Ihrem Telefon.')
  assert.equal(said(code, [phone]), 'Passwort und Code. Stärker ginge mit Ihrem Telefon.')
  assert.equal(
    said(number, [phone]),
    'Passwort und Telefon mit Zahl. Stärker ginge mit einem Passkey.',
  )
  assert.equal(
    said(number, [phone, passkey]),
    'Passwort und Telefon mit Zahl. Stärker ginge mit Ihrem Passkey.',
  )
  assert.equal(said(strongest, [passkey]), 'Passkey')
  const both = { ...strongest, amr: ['pwd', 'hwk', 'mfa'] }
  assert.equal(said(both, [passkey]), 'Passwort und Passkey')
})

test('the description says that enrolment was skipped, and names no factor that is not available', () => {
  const password = { acr: acrPassword, amr: ['pwd'], hasDeferred: true }
  const deferred = 'Passwort. Sie haben die Einrichtung eines zweiten Faktors übersprungen.'
  assert.equal(said(password, []), deferred)
  assert.equal(said(password, [own('passkey', acrPhishingResistant, 'other_host')]), deferred)
  const withoutPasskeys = ['push', 'totp'] as const
  const number = { acr: acrNumber, amr: ['pwd', 'swk', 'mfa'] }
  assert.equal(said(number, [phone], withoutPasskeys), 'Passwort und Telefon mit Zahl')
  const code = { acr: acrPossession, amr: ['pwd', 'otp', 'mfa'] }
  assert.equal(
    said(code, [], withoutPasskeys),
    'Passwort und Code. Stärker ginge mit einem Telefon.',
  )
})

test('the description of a session without a password names the phone and gives no advice', () => {
  const alone = { acr: acrApproval, amr: ['swk', 'user'] }
  const verified = { acr: acrVerifiedCode, amr: ['swk', 'user', 'mfa'] }
  assert.equal(said(alone, [phone, passkey]), 'Telefon ohne Passwort')
  assert.equal(said(verified, [phone, passkey]), 'Telefon mit Bildschirmsperre')
})
