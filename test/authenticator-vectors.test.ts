// The vectors of the Einlass authenticator, checked from docs/authenticator-protocol.md with node:crypto alone.
import assert from 'node:assert/strict'
import {
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  verify,
} from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

interface Jwk {
  readonly kty: string
  readonly crv: string
  readonly x: string
  readonly y: string
}

const file = new URL('../packages/authenticator/vectors/messages.json', import.meta.url)
const vectors = JSON.parse(await readFile(file, 'utf8'))
const messages: readonly { type: string; claims: object; signedBy: string; message: string }[] =
  vectors.messages
const keys: readonly { jwk: Jwk; d: string; thumbprint: string }[] = Object.values(vectors.keys)

const bytes = (text: string): Buffer => Buffer.from(text, 'base64url')
const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest()
const readJson = (part: string | undefined) => JSON.parse(bytes(part ?? '').toString())
const publicKey = (key: Jwk) => createPublicKey({ key: { ...key }, format: 'jwk' })
const privateKey = ({ jwk, d }: { jwk: Jwk; d: string }) =>
  createPrivateKey({ key: { ...jwk, d }, format: 'jwk' })

function findClaims(type: string, has: string) {
  const found = messages.find((one) => one.type === `einlass-${type}+jwt` && has in one.claims)
  assert.ok(found, `${type} with ${has}`)
  return readJson(found.message.split('.')[1])
}

test('each key has its thumbprint as its name, and its signatures in the vectors are valid', () => {
  for (const { type, claims, signedBy, message } of messages) {
    const key = keys.find(({ thumbprint }) => thumbprint === signedBy)
    assert.ok(key)
    const { crv, kty, x, y } = key.jwk
    assert.equal(sha256(JSON.stringify({ crv, kty, x, y })).toString('base64url'), signedBy)
    const [header, body, signature, ...more] = message.split('.')
    assert.deepEqual(more, [])
    const { jwk, ...others } = readJson(header)
    assert.deepEqual(others, { typ: type, alg: 'ES256' })
    const introduces = /^einlass-(offer|enrol)\+jwt$/.test(type)
    assert.deepEqual(jwk, introduces ? key.jwk : undefined)
    assert.deepEqual(readJson(body), claims)
    const signed = Buffer.from(`${header}.${body}`)
    const form = { key: publicKey(key.jwk), dsaEncoding: 'ieee-p1363' } as const
    assert.ok(verify('sha256', signed, form, bytes(signature ?? '')), type)
  }
})

test('a reply has the hash of the message that it answers, without its signature', () => {
  const nameAll = (type: string) =>
    messages
      .filter((one) => one.type === `einlass-${type}+jwt`)
      .map(({ message }) =>
        sha256(message.slice(0, message.lastIndexOf('.'))).toString('base64url'),
      )
  assert.ok(nameAll('answer').includes(`${findClaims('answered', 'answer').answer}`))
  assert.deepEqual(nameAll('move'), [findClaims('moved', 'message').message])
})

test('the reading key signs each message that changes the answer key', () => {
  const { jwk } = vectors.keys.reader
  const form = { key: publicKey(jwk), dsaEncoding: 'ieee-p1363' } as const
  const moving = messages.filter(({ type }) => /^einlass-(answer|move)\+jwt$/.test(type))
  assert.ok(moving.length > 5)
  for (const { type, message } of moving) {
    const { aud, sub, iat, jti, key, next, proof } = readJson(message.split('.')[1])
    const { crv, kty, x, y } = next
    const named = sha256(JSON.stringify({ crv, kty, x, y })).toString('base64url')
    const text = `einlass-key-proof-v1\n${type}\n${aud}\n${sub}\n${iat}\n${jti}\n${key}\n${named}`
    assert.ok(verify('sha256', Buffer.from(text), form, bytes(proof)), type)
  }
})

test('the links have the parts of the protocol, and the enrolment link has the thumbprint of the offer key', () => {
  const enrol = new URL(vectors.links.enrol)
  assert.equal(enrol.origin + enrol.pathname, 'https://login.example.org/authenticator')
  const [kind, version, , secret = '', serverKey] = enrol.hash.slice(1).split('.')
  assert.deepEqual([kind, version, bytes(secret).length], ['enrol', '1', 16])
  const offer = messages.find(({ type }) => type === 'einlass-offer+jwt')
  assert.equal(offer?.signedBy, serverKey)
  const approve = new URL(vectors.links.approve).hash.slice(1).split('.')
  assert.deepEqual(approve.slice(0, 2), ['approve', '1'])
  assert.equal(bytes(approve[3] ?? '').length, 16)
})

test('a passkey signs a challenge from the request, its nonce and the next key, with the user verified flag', () => {
  const answer = findClaims('answer', 'verification')
  const { jti, nonce, next, verification } = answer
  const named = sha256(JSON.stringify({ crv: next.crv, kty: next.kty, x: next.x, y: next.y }))
  const text = `einlass-verification-v1\n${jti}\n${nonce}\n${named.toString('base64url')}`
  assert.equal(sha256(text).toString('base64url'), vectors.verification.challenge)
  const { clientDataJSON, authenticatorData, signature } = verification
  const clientData = JSON.parse(bytes(clientDataJSON).toString())
  assert.deepEqual(clientData, {
    type: 'webauthn.get',
    challenge: vectors.verification.challenge,
    origin: 'https://login.example.org',
  })
  const data = bytes(authenticatorData)
  assert.deepEqual(data.subarray(0, 32), sha256('login.example.org'))
  // Present and verified.
  assert.equal((data[32] ?? 0) & 0x05, 0x05)
  const signed = Buffer.concat([data, sha256(bytes(clientDataJSON))])
  const { jwk } = vectors.keys.credential
  assert.ok(verify('sha256', signed, publicKey(jwk), bytes(signature)))
})

test('the PRF result decrypts the wrapped key', () => {
  const { secret, iv, bytes: sealed, jwk } = vectors.wrapped
  const info = 'einlass-answer-key-v1'
  const key = Buffer.from(hkdfSync('sha256', bytes(secret), Buffer.alloc(32), info, 32))
  const opened = decrypt(key, bytes(iv), bytes(sealed))
  const made = createPrivateKey({ key: opened, format: 'der', type: 'pkcs8' })
  const { kty, crv, x, y } = createPublicKey(made).export({ format: 'jwk' })
  assert.deepEqual({ kty, crv, x, y }, jwk)
})

test('the key of the device decrypts the one-time codes with ECDH-ES and A256GCM', () => {
  const { totp } = findClaims('enrolled', 'totp')
  const [header = '', none, iv = '', text = '', tag = ''] = `${totp}`.split('.')
  assert.equal(none, '')
  const { alg, enc, epk } = readJson(header)
  assert.deepEqual([alg, enc], ['ECDH-ES', 'A256GCM'])
  const shared = diffieHellman({
    privateKey: privateKey(vectors.keys.codes),
    publicKey: publicKey(epk),
  })
  const number = (value: number) => Buffer.from([0, 0, value >> 8, value & 255])
  // Concat KDF, RFC 7518 section 4.6.2.
  const input = [number(1), shared, number(7), Buffer.from('A256GCM'), number(0), number(0)]
  const key = sha256(Buffer.concat([...input, number(256)]))
  const opened = decrypt(key, bytes(iv), Buffer.concat([bytes(text), bytes(tag)]), header)
  assert.deepEqual(JSON.parse(opened.toString()), vectors.totp)
})

function decrypt(key: Buffer, iv: Buffer, sealed: Buffer, bound = ''): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, iv)
  decipher.setAAD(Buffer.from(bound))
  decipher.setAuthTag(sealed.subarray(-16))
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
}
