import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { test } from 'node:test'
import { isSignedBy } from './algorithms.ts'

const more = 'http://www.w3.org/2001/04/xmldsig-more#'
const text = 'what is signed'

const createRsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength })
const createCurve = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** A correct signature. */
const signBy = (privateKey: KeyObject, algorithm: string) => ({
  algorithm: `${more}${algorithm}`,
  value: sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  text,
})

test('A32: a signature by an RSA key of less than 2048 bits is not accepted, also if the key is known', () => {
  for (const [bits, isAccepted] of [
    [1024, false],
    [2047, false],
    [2048, true],
  ] as const) {
    const { publicKey, privateKey } = createRsa(bits)
    const signed = signBy(privateKey, 'rsa-sha256')
    assert.equal(isSignedBy([publicKey], signed), isAccepted, `${bits}`)
  }
})

test('A32: a key verifies only signatures by algorithms for keys of its own type', () => {
  const [rsa, curve] = [createRsa(2048), createCurve()]
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 })
  const other = generateKeyPairSync('ed25519')
  assert.equal(isSignedBy([rsa.publicKey], signBy(rsa.privateKey, 'rsa-sha256')), true)
  assert.equal(isSignedBy([curve.publicKey], signBy(curve.privateKey, 'ecdsa-sha256')), true)
  assert.equal(isSignedBy([rsa.publicKey], signBy(rsa.privateKey, 'ecdsa-sha256')), false)
  assert.equal(isSignedBy([curve.publicKey], signBy(curve.privateKey, 'rsa-sha256')), false)
  assert.equal(isSignedBy([pss.publicKey], signBy(pss.privateKey, 'rsa-sha256')), false)
  assert.equal(isSignedBy([rsa.privateKey], signBy(rsa.privateKey, 'rsa-sha256')), false)
  // Verifying with another key must not be an error either, because an app can have several.
  const signed = signBy(rsa.privateKey, 'rsa-sha256')
  const keys = [other.publicKey, curve.publicKey, rsa.publicKey]
  assert.equal(isSignedBy(keys, signed), true)
  assert.equal(isSignedBy(keys.slice(0, 2), signed), false)
})

test('A32: an algorithm without an entry is not accepted', () => {
  const { publicKey, privateKey } = createRsa(2048)
  for (const algorithm of ['rsa-sha224', 'hmac-sha256', 'rsa-SHA256', '']) {
    assert.equal(isSignedBy([publicKey], signBy(privateKey, algorithm)), false, algorithm)
  }
  for (const algorithm of ['__proto__', 'constructor', 'toString']) {
    const signed = { ...signBy(privateKey, ''), algorithm }
    assert.equal(isSignedBy([publicKey], signed), false, algorithm)
  }
})
