import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AuthnRequest, nameIdFormats } from '#saml'
import type { App } from '../../../identity/apps/apps.ts'
import { acrNumber, acrPassword, acrPossession } from '../../../identity/policy/assurance.ts'
import { minutes } from '../../../platform/kernel/clock.ts'
import { checkRequest } from './check-request.ts'
import { chooseClass } from './levels.ts'
import { samlAppSettingsSchema } from './settings.ts'

const now = Date.UTC(2026, 10, 27, 12)
const ownUrl = 'https://login.example/saml/sso'
const acs = 'https://app.example/acs'
const settings = samlAppSettingsSchema.parse({
  entityId: 'https://app.example/metadata',
  consumerUrls: [acs, 'https://app.example/acs2'],
  consumerIndexes: { 7: 'https://app.example/acs2' },
})
const plain: AuthnRequest = {
  ...{ id: '_1', issuer: settings.entityId, issuedAt: now, destination: ownUrl },
  ...{ isSigned: true, isForced: false, isPassive: false, namesSubject: false },
  consumer: {},
}

const check = (request: Partial<AuthnRequest> = {}, relayState?: string) =>
  checkRequest({
    app: { id: 'app' } as App,
    settings,
    request: { ...plain, ...request },
    relayState,
    ownUrl,
    now,
  })

function granted(request: Partial<AuthnRequest>) {
  const checked = check(request)
  assert.ok(checked.type === 'pending', JSON.stringify(checked))
  return checked.pending
}

test('a response goes to the address that the request names by URL or index, or else to the first one', () => {
  assert.equal(granted({}).consumerUrl, acs)
  assert.equal(granted({ consumer: { url: acs } }).consumerUrl, acs)
  assert.equal(granted({ consumer: { index: 7 } }).consumerUrl, 'https://app.example/acs2')
})

test('A27: the server refuses an address that is not exactly one of the app', () => {
  const others = [
    'https://app.example/acs/',
    'https://app.example/acs?x=1',
    'https://app.example/acs#x',
    'https://app.example//acs',
    'https://app.example/x/../acs',
    'https://APP.example/acs',
    'https://app.example.evil.example/acs',
    'https://app.example@evil.example/acs',
    'https://app.example:443/acs',
    'http://app.example/acs',
    'javascript:alert(1)',
    '//evil.example/acs',
    ' https://app.example/acs',
    '',
  ]
  for (const url of others) {
    assert.deepEqual(check({ consumer: { url } }).type, 'refused', url)
  }
  for (const index of [0, 1, 8]) assert.equal(check({ consumer: { index } }).type, 'refused')
})

test('the server refuses a request with a wrong destination, time or binding, or a too long relay state', () => {
  const bad: [Partial<AuthnRequest>, string][] = [
    [{ destination: 'https://login.example/saml/slo' }, 'wrong_destination'],
    [{ destination: '' }, 'wrong_destination'],
    [{ issuedAt: now - minutes(11) }, 'request_expired'],
    [{ issuedAt: now + minutes(3) + 1 }, 'request_expired'],
    [{ consumer: { binding: 'urn:oasis:names:tc:SAML:2.0:bindings:PAOS' } }, 'unsupported_binding'],
  ]
  for (const [request, reason] of bad) {
    const checked = check(request)
    assert.equal(checked.type === 'refused' && checked.reason, reason)
  }
  const long = check({}, 'ä'.repeat(600))
  assert.equal(long.type === 'refused' && long.reason, 'relay_state_too_long')
  assert.equal(check({}, 'x'.repeat(1024)).type, 'pending')
})

test('the clock of an app may be three minutes ahead', () => {
  assert.equal(check({ issuedAt: now + minutes(3) }).type, 'pending')
})

test('an app that asks for something better gets no class that it named', () => {
  const password = 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport'
  const better = granted({ context: { comparison: 'better', classes: [password] } })
  assert.deepEqual(better.acrValues, [acrPossession])
  assert.equal(chooseClass(acrNumber, better.classes), acrNumber)
  const minimum = granted({ context: { comparison: 'minimum', classes: [password] } })
  assert.equal(chooseClass(acrNumber, minimum.classes), password)
})

test('the app gets an error status for an unsupported name format, level or subject', () => {
  const bad: [Partial<AuthnRequest>, string][] = [
    [{ nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos' }, 'InvalidNameIDPolicy'],
    [{ namesSubject: true }, 'RequestUnsupported'],
    [{ context: { comparison: 'exact', classes: ['urn:example:gold'] } }, 'NoAuthnContext'],
    [{ context: { comparison: 'exact', classes: [] } }, 'NoAuthnContext'],
  ]
  for (const [request, reason] of bad) {
    const checked = check(request)
    assert.equal(checked.type === 'denied' && checked.status.reason, reason)
  }
})

test('the server accepts the name format and the levels that the app requests', () => {
  assert.equal(granted({}).nameId, 'persistent')
  assert.equal(granted({ nameIdFormat: nameIdFormats.unspecified }).nameId, 'persistent')
  assert.equal(granted({ nameIdFormat: nameIdFormats.email }).nameId, 'email')
  const levels = (comparison: 'exact' | 'minimum' | 'maximum' | 'better', ...classes: string[]) =>
    granted({ context: { comparison, classes } }).acrValues
  const password = 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport'
  assert.deepEqual(levels('exact', password), [acrPassword])
  assert.deepEqual(levels('minimum', 'urn:example:x', acrNumber), [acrNumber])
  assert.deepEqual(levels('exact', 'https://refeds.org/profile/mfa'), [acrPossession])
  assert.deepEqual(levels('better', password), [acrPossession])
  assert.deepEqual(levels('maximum', acrNumber), [acrPassword])
  const highest = 'urn:einlass:acr:phishing-resistant'
  const none = check({ context: { comparison: 'better', classes: [highest] } })
  assert.equal(none.type, 'denied')
})
