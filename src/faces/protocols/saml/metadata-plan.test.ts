import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServiceProvider } from '#saml'
import { planMetadata } from './metadata-plan.ts'
import { samlAppSettingsSchema } from './settings.ts'

const now = Date.UTC(2026, 10, 27, 12)
const entityId = 'https://notes.example/metadata'
const acs = 'https://notes.example/acs'
const before = samlAppSettingsSchema.parse({
  entityId,
  consumerUrls: [acs],
  logoutUrl: 'https://notes.example/slo',
  signingCertificates: ['b2xk'],
  encryptionCertificate: 'b2xk',
  signedRequests: 'required',
  nameId: 'email',
})

const published: ServiceProvider = {
  entityId,
  consumers: [{ url: acs, index: 0, isDefault: true }],
  logoutServices: [{ binding: 'redirect', url: 'https://notes.example/slo' }],
  signingCertificates: ['bmV3'],
  encryptionCertificate: 'bmV3',
  nameIdFormats: ['urn:oasis:names:tc:SAML:2.0:nameid-format:transient'],
  signsRequests: false,
}

const plan = (more: Partial<ServiceProvider> = {}) =>
  planMetadata(before, { ...published, ...more }, now)

const at = (url: string, index = 0) => ({ url, index, isDefault: false })

test('addresses and certificates follow the metadata, and the choices of an administrator do not change', () => {
  const consumers = [at('https://notes.example/new'), at(acs, 7)]
  const planned = plan({ consumers })
  assert.deepEqual(planned, {
    type: 'taken',
    withheld: [],
    settings: {
      ...before,
      consumerUrls: ['https://notes.example/new', acs],
      consumerIndexes: { 0: 'https://notes.example/new', 7: acs },
      signingCertificates: ['bmV3'],
      encryptionCertificate: 'bmV3',
      logoutResponseUrl: undefined,
    },
  })
})

test('A27: an address at another host is not taken over, nor a logout whose response address is there', () => {
  for (const evil of [
    'https://evil.example/acs',
    'https://notes.example.evil.example/acs',
    'https://notes.example:8443/acs',
    'https://sub.notes.example/acs',
  ]) {
    const planned = plan({
      consumers: [{ ...at(evil), isDefault: true }, at(acs, 1)],
      logoutServices: [{ binding: 'post', url: 'https://notes.example/slo2', responseUrl: evil }],
    })
    assert.ok(planned.type === 'taken')
    assert.deepEqual(planned.settings.consumerUrls, [acs])
    assert.deepEqual(planned.settings.consumerIndexes, { 1: acs })
    assert.equal(planned.settings.logoutUrl, before.logoutUrl)
    assert.equal(planned.settings.logoutBinding, before.logoutBinding)
    assert.deepEqual(planned.withheld, [evil, evil])
    assert.equal(plan({ consumers: [at(evil)] }).type, 'refused')
  }
})

test('metadata of another app, expired metadata and metadata without the earlier certificates are refused', () => {
  const { encryptionCertificate: _, ...plain } = published
  const bad: [ServiceProvider, RegExp][] = [
    [{ ...published, entityId: `${entityId}/` }, /another app/],
    [{ ...published, validUntil: now }, /expired at 2026-11-27T12:00/],
    [{ ...published, signingCertificates: [] }, /no certificate any more by which/],
    [plain, /no certificate any more for which/],
    [
      { ...published, consumers: Array.from({ length: 51 }, (_, n) => at(`${acs}/${n}`, n)) },
      /more than an app may have/,
    ],
  ]
  for (const [provider, pattern] of bad) {
    const planned = planMetadata(before, provider, now)
    assert.ok(planned.type === 'refused')
    assert.match(planned.problem, pattern)
  }
  assert.equal(plan({ validUntil: now + 1 }).type, 'taken')
})
