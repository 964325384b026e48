import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCertificate } from '../../test/support/certificate.ts'
import { readCertificate } from './certificates.ts'

const read = (kind: 'ec' | 'rsa' | 'rsa1024') =>
  readCertificate(createCertificate('app.example', kind).cert.replace(/-.*-|\n/g, ''))

test('a certificate is read if its key is on a curve or is an RSA key of 2048 bits', () => {
  for (const kind of ['ec', 'rsa'] as const) {
    assert.equal(read(kind).publicKey.asymmetricKeyType, kind)
  }
})

test('A32: a certificate with a shorter RSA key, or that is none, is refused', () => {
  assert.throws(() => read('rsa1024'), {
    reason: 'bad_message',
    message: 'a certificate whose key is too short or too rare',
  })
  assert.throws(() => readCertificate('AAAA'), {
    reason: 'bad_message',
    message: 'a certificate that cannot be read',
  })
})
