import assert from 'node:assert/strict'
import { hkdfSync } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import type { KeyEncryptionKey } from './keyring.ts'
import { createKeyring, extractNamingSecret, findKeyId } from './keyring.ts'
import { systemRandom } from './random.ts'

const kek = (id: string): KeyEncryptionKey => ({ id, key: new Uint8Array(32).fill(id.length) })
const keyring = (...keys: KeyEncryptionKey[]) => createKeyring({ keys, random: systemRandom })
const place = 'push_devices/dev_x/secret'

test('a value that was sealed for a place opens at that place', () => {
  const ring = keyring(kek('a'))
  fc.assert(
    fc.property(fc.string(), fc.uint8Array({ maxLength: 200 }), (where, plain) => {
      assert.deepEqual(ring.open(where, ring.seal(where, plain)), new Uint8Array(plain))
    }),
  )
})

test('a sealed value is ASCII and names its version and key', () => {
  assert.match(keyring(kek('2026_a')).seal(place, Buffer.from('x')), /^v1\.2026_a\.[\w-]+$/)
})

test('the same value sealed twice gives two texts', () => {
  const ring = keyring(kek('a'))
  assert.notEqual(ring.seal(place, Buffer.from('x')), ring.seal(place, Buffer.from('x')))
})

test('a sealed value that was moved to another row does not open', () => {
  const ring = keyring(kek('a'))
  const sealed = ring.seal(place, Buffer.from('secret'))
  assert.throws(() => ring.open('push_devices/dev_y/secret', sealed), /does not belong/)
})

test('a change of any character makes a sealed value unreadable', () => {
  const ring = keyring(kek('a'), kek('bb'))
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 40 }),
      fc.nat(),
      fc.string({ minLength: 1 }),
      (plain, at, by) => {
        const sealed = ring.seal(place, plain)
        const index = at % sealed.length
        const changed = sealed.slice(0, index) + by + sealed.slice(index + 1)
        fc.pre(changed !== sealed)
        assert.throws(() => ring.open(place, changed))
      },
    ),
    { numRuns: 1000 },
  )
})

test('a sealed value with any flipped bit does not open', () => {
  const ring = keyring(kek('a'))
  const prefix = 'v1.a.'
  const sealed = ring.seal(place, Buffer.from('secret'))
  const box = Buffer.from(sealed.slice(prefix.length), 'base64url')
  for (let bit = 0; bit < box.length * 8; bit++) {
    const changed = Buffer.from(box)
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.throws(() => ring.open(place, prefix + changed.toString('base64url')))
  }
})

test('a sealed value that was cut short does not open', () => {
  const ring = keyring(kek('a'))
  const sealed = ring.seal(place, Buffer.from('secret'))
  for (let length = 0; length < sealed.length; length++) {
    assert.throws(() => ring.open(place, sealed.slice(0, length)))
  }
})

test('a combination of two sealed values of one place does not open', () => {
  const ring = keyring(kek('a'))
  const boxOf = (text: string) =>
    Buffer.from(ring.seal(place, Buffer.from(text)).slice(5), 'base64url')
  const mixed = Buffer.concat([boxOf('one').subarray(0, 60), boxOf('two').subarray(60)])
  assert.throws(() => ring.open(place, `v1.a.${mixed.toString('base64url')}`), /does not belong/)
})

test('after a key was added, the new one seals and the old values still open', () => {
  const before = keyring(kek('a'))
  const after = keyring(kek('bb'), kek('a'))
  const old = before.seal(place, Buffer.from('old'))
  assert.equal(Buffer.from(after.open(place, old)).toString(), 'old')
  const fresh = after.seal(place, Buffer.from('new'))
  assert.match(fresh, /^v1\.bb\./)
  assert.throws(() => before.open(place, fresh), /no key with id "bb"/)
})

test('a key with a known id but other bytes does not open', () => {
  const sealed = keyring(kek('a')).seal(place, Buffer.from('x'))
  const other = keyring({ id: 'a', key: new Uint8Array(32).fill(9) })
  assert.throws(() => other.open(place, sealed), /does not belong/)
})

test('a derived key depends on its purpose and stays the same when a key is added', () => {
  const before = keyring(kek('a'))
  const after = keyring(kek('bb'), kek('a'))
  assert.deepEqual(after.derive('form'), before.derive('form'))
  assert.notDeepEqual(before.derive('form'), before.derive('continuation'))
  assert.equal(before.derive('form').length, 32)
})

test('a derived key is HKDF of the oldest key, also from the naming secret alone', () => {
  const oldest = kek('a')
  const expected = new Uint8Array(
    hkdfSync('sha256', oldest.key, new Uint8Array(0), 'einlass/saml persistent name', 32),
  )
  assert.deepEqual(keyring(kek('bb'), oldest).derive('saml persistent name'), expected)
  const namingSecret = extractNamingSecret(oldest)
  const later = createKeyring({ keys: [kek('ccc')], random: systemRandom, namingSecret })
  assert.deepEqual(later.derive('saml persistent name'), expected)
  assert.deepEqual(later.deriveInEpoch('form tokens'), keyring(oldest).deriveInEpoch('form tokens'))
})

test('a value can be rewrapped with the sealing key, and opens as before', () => {
  const ring = keyring(kek('a'))
  const sealed = ring.seal(place, Buffer.from('secret'))
  assert.equal(ring.rewrap(place, sealed), undefined)
  const derived = ring.derive('form')
  ring.useKeys([kek('bb'), kek('a')])
  const moved = ring.rewrap(place, sealed)
  assert.ok(moved !== undefined)
  assert.equal(findKeyId(moved), 'bb')
  ring.useKeys([kek('bb')])
  assert.equal(Buffer.from(ring.open(place, moved)).toString(), 'secret')
  assert.throws(() => ring.open(place, sealed), /no key with id "a"/)
  assert.deepEqual(ring.derive('form'), derived)
})

test('a value that does not open cannot be rewrapped', () => {
  const ring = keyring(kek('bb'), kek('a'))
  const sealed = keyring(kek('a')).seal(place, Buffer.from('secret'))
  assert.throws(() => ring.rewrap('push_devices/dev_y/secret', sealed), /does not belong/)
  assert.throws(() => ring.rewrap(place, 'v1.a.x'), /malformed|too short/)
  assert.throws(
    () => ring.rewrap(place, keyring(kek('ccc')).seal(place, Buffer.from('x'))),
    /no key with id "ccc"/,
  )
})

test('a keyring refuses no keys, short keys, two keys with one id and ids with a dot', () => {
  assert.throws(() => keyring(), /needs a key/)
  assert.throws(() => keyring({ id: 'a', key: new Uint8Array(16) }), /32 bytes/)
  assert.throws(() => keyring(kek('a'), kek('a')), /same id/)
  assert.throws(() => keyring(kek('a.b')), /id of a key/)
})
