import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { equalInConstantTime, hmac } from './crypto.ts'

const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))
const hexOf = (text: string) => Buffer.from(text, 'base64url').toString('hex')

/** RFC 4231, 4.2, 4.3, 4.7 and 4.8. */
const vectors: readonly [key: Uint8Array, data: string, tag: string][] = [
  [
    hex('0b'.repeat(20)),
    'Hi There',
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  ],
  [
    new Uint8Array(Buffer.from('Jefe')),
    'what do ya want for nothing?',
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  [
    hex('aa'.repeat(131)),
    'Test Using Larger Than Block-Size Key - Hash Key First',
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
  [
    hex('aa'.repeat(131)),
    'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
    '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
  ],
]

test('an HMAC equals the test vectors of RFC 4231', () => {
  for (const [key, data, tag] of vectors) assert.equal(hexOf(hmac(key, data)), tag)
})

test('an HMAC equals that of OpenSSL for any key and text, also when a key is used again', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 300 })
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(text, { maxLength: 4 }),
      (key, texts) => {
        for (const one of texts) {
          assert.equal(hmac(key, one), createHmac('sha256', key).update(one).digest('base64url'))
        }
      },
    ),
  )
})

test('two texts are equal only if their bytes are equal', () => {
  assert.equal(equalInConstantTime('a', 'a'), true)
  assert.equal(equalInConstantTime('a', 'b'), false)
  assert.equal(equalInConstantTime('a', 'aa'), false)
  assert.equal(equalInConstantTime('\u00e4', 'a\u0308'), false)
})
