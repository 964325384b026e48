import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findKeysProblem } from './client-keys.ts'
import { oidcAppSettingsSchema } from './settings.ts'

const curve = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }

/** A number of so many bits, as a JWK has it. */
const makeNumber = (bits: number) => {
  const bytes = Buffer.alloc(Math.ceil(bits / 8), 0xff)
  bytes[0] = 0xff >> (bytes.length * 8 - bits)
  return bytes.toString('base64url')
}
const makeRsa = (bits: number, e = 'AQAB') => ({ kty: 'RSA', n: makeNumber(bits), e })

test('A37: the server limits the number of keys of an app, and refuses weak and slow keys', () => {
  assert.equal(findKeysProblem([curve, makeRsa(2048), makeRsa(4096)], 3), undefined)
  assert.equal(findKeysProblem([curve, curve, curve], 2), 'at most 2 keys')
  const slow = makeRsa(2048, makeNumber(33))
  const wrong = [makeRsa(1024), makeRsa(2047), makeRsa(4097), slow, { kty: 'RSA' }]
  for (const key of wrong) {
    assert.equal(findKeysProblem([key], 1), 'RSA keys of 2048 to 4096 bits')
  }
  const accepts = (keys: readonly unknown[]) =>
    oidcAppSettingsSchema.safeParse({
      redirectUris: ['https://app.example/cb'],
      jwks: JSON.stringify({ keys }),
    }).success
  assert.ok(accepts(Array(20).fill(curve)))
  assert.ok(!accepts(Array(21).fill(curve)))
  assert.ok(!accepts([makeRsa(1024)]))
})
