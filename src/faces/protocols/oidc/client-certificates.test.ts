import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { makeCertificate } from '../../../dev/test-support/make-certificate.ts'
import { createCertificateSearch, matchesCertificate } from './client-certificates.ts'
import { thumbprintPrefix } from './client-options.ts'

const { certificate } = makeCertificate()
const base64 = certificate.raw.toString('base64')

const search = createCertificateSearch({ trusted_proxies: ['10.0.0.0/8'] }, 'client-cert')
const requestWith = (values: readonly string[], peer = '10.0.0.1') =>
  ({
    socket: { remoteAddress: peer },
    headersDistinct: { 'client-cert': values },
  }) as never as IncomingMessage

test('a certificate is read in the forms in which proxies write it', () => {
  for (const text of [`:${base64}:`, base64, encodeURIComponent(certificate.toString())]) {
    assert.equal(search(requestWith([text]))?.fingerprint256, certificate.fingerprint256)
  }
})

test('A35: the server ignores a certificate header that is from an untrusted peer, repeated or unreadable', () => {
  assert.equal(search(requestWith([base64], '192.0.2.1')), undefined)
  assert.equal(search(requestWith([base64, base64])), undefined)
  assert.equal(search(requestWith([])), undefined)
  const wrong = ['', 'x', '::', '%', `${base64}, ${base64}`, 'A'.repeat(20_000), base64.slice(9)]
  for (const text of wrong) assert.equal(search(requestWith([text])), undefined, text.slice(0, 20))
  const none = createCertificateSearch({ trusted_proxies: [] }, 'client-cert')
  assert.equal(none(requestWith([base64])), undefined)
})

test('a certificate is compared by subject in either order, by host, or by its thumbprint', () => {
  const subject = (expected: string) =>
    matchesCertificate(certificate, 'tls_client_auth_subject_dn', expected)
  assert.ok(subject('CN=app,O=Example,C=DE'))
  assert.ok(subject('C=DE, O=Example, CN=app'))
  for (const other of ['CN=app', 'CN=app,O=Example', 'CN=app,O=Example,C=DE,CN=x', '']) {
    assert.ok(!subject(other), other)
  }
  const host = (expected: string) =>
    matchesCertificate(certificate, 'tls_client_auth_san_dns', expected)
  assert.ok(host('app.example'))
  assert.ok(!host('example') && !host('evil.app.example'))
  const thumbprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase()
  assert.ok(subject(`${thumbprintPrefix}${thumbprint}`))
  assert.ok(!subject(`${thumbprintPrefix}${thumbprint.replace(/./, 'x')}`))
  assert.ok(!subject(thumbprintPrefix))
  assert.ok(!matchesCertificate(certificate, 'tls_client_auth_san_uri', 'app.example'))
})
