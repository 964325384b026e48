import assert from 'node:assert/strict'
import {
  constants,
  createCipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  publicEncrypt,
} from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { readDeviceProfile } from './index.ts'
import file from './vectors/vectors.json' with { type: 'json' }

const vector = file.vectors.V10_am_profiles
const key = createPrivateKey(vector.rsa_private_key_pkcs8_pem)

/** A JWE as AM writes it, with the smaller of its two encryptions. */
function encrypt(text: string, header: object): string {
  const contentKey = Buffer.alloc(32, 5)
  const iv = Buffer.alloc(16, 6)
  const cipher = createCipheriv('aes-128-cbc', contentKey.subarray(16), iv)
  const ciphertext = Buffer.concat([cipher.update(text), cipher.final()])
  const padding = constants.RSA_PKCS1_PADDING
  const wrapped = publicEncrypt({ key: createPublicKey(key), padding }, contentKey)
  const protectedHeader = Buffer.from(JSON.stringify(header)).toString('base64url')
  const bits = Buffer.alloc(8)
  bits.writeBigUInt64BE(BigInt(protectedHeader.length * 8))
  const signed = Buffer.concat([Buffer.from(protectedHeader), iv, ciphertext, bits])
  const mac = createHmac('sha256', contentKey.subarray(0, 16)).update(signed).digest()
  const parts = [wrapped, iv, ciphertext, mac.subarray(0, 16)]
  return [protectedHeader, ...parts.map((part) => part.toString('base64url'))].join('.')
}

test('a profile encrypted with A128CBC-HS256 is read, and other algorithms are refused', () => {
  const header = { typ: 'JWT', alg: 'RSA1_5', enc: 'A128CBC-HS256' }
  const plain = readDeviceProfile(vector.push_plain)
  assert.deepEqual(readDeviceProfile(encrypt(vector.push_plain, header), [key]), plain)
  for (const change of [{ alg: 'RSA-OAEP' }, { enc: 'A128GCM' }, { enc: 'A256CBC-HS512' }])
    assert.deepEqual(
      readDeviceProfile(encrypt(vector.push_plain, { ...header, ...change }), [key]),
      {
        type: 'refused',
        reason: 'not_decrypted',
      },
    )
})

test('a profile with an invalid value in a required member is refused', () => {
  const profile: unknown = JSON.parse(vector.push_plain)
  assert.ok(typeof profile === 'object' && profile !== null)
  for (const name of ['uuid', 'sharedSecret', 'deviceId', 'deviceType', 'communicationType']) {
    const text: string = JSON.stringify({ ...profile, [name]: 1 })
    assert.deepEqual(readDeviceProfile(text), { type: 'refused', reason: 'malformed' }, name)
  }
})

test('the reader refuses any other text and never throws, with or without a key', () => {
  const part = fc.base64String().map((text) => text.replace(/[+/=]/g, ''))
  const jwe = fc
    .tuple(fc.constantFrom(vector.jwe.split('.')[0] ?? '', ''), part, part, part, part)
    .map((parts) => parts.join('.'))
  fc.assert(
    fc.property(fc.oneof(jwe, fc.json(), fc.string()), (text) => {
      assert.equal(readDeviceProfile(text, [key]).type, 'refused')
      assert.equal(readDeviceProfile(text).type, 'refused')
    }),
  )
})
