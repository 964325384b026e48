import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  CompactEncrypt,
  CompactSign,
  calculateJwkThumbprint,
  compactDecrypt,
  compactVerify,
  importJWK,
} from 'jose'
import { decodeBase64Url, encodeBase64Url } from './base64url.ts'
import { computeChallenge } from './challenge.ts'
import { createReceiver, decryptText, encryptText } from './jwe.ts'
import { openMessage, signMessage } from './jws.ts'
import {
  algorithm,
  computeThumbprint,
  exportPublicKey,
  importPublicKey,
  type PublicJwk,
  readPublicJwk,
} from './keys.ts'
import { buildApproveLink, buildEnrolLink, readLink } from './links.ts'
import * as messages from './messages.ts'

interface Vectors {
  readonly keys: Readonly<
    Record<string, { readonly jwk: PublicJwk; readonly d: string; readonly thumbprint: string }>
  >
  readonly links: { readonly enrol: string; readonly approve: string }
  readonly verification: Readonly<Record<'jti' | 'nonce' | 'next' | 'challenge', string>>
  readonly totp: Readonly<Record<string, unknown>>
  readonly messages: readonly {
    readonly type: string
    readonly claims: Readonly<Record<string, unknown>>
    readonly signedBy: string
    readonly message: string
  }[]
}

const vectors: Vectors = JSON.parse(
  await readFile(new URL('../vectors/messages.json', import.meta.url), 'utf8'),
)
const findKey = (thumbprint: string) => {
  const found = Object.values(vectors.keys).find((one) => one.thumbprint === thumbprint)
  assert.ok(found)
  return found
}

const readers: Readonly<Record<string, (value: unknown) => unknown>> = {
  [messages.types.offer]: messages.readOffer,
  [messages.types.enrol]: messages.readEnrol,
  [messages.types.enrolled]: messages.readEnrolled,
  [messages.types.fetch]: messages.readFetch,
  [messages.types.pending]: messages.readPending,
  [messages.types.answer]: messages.readAnswer,
  [messages.types.answered]: messages.readAnswered,
  [messages.types.change]: messages.readChange,
  [messages.types.changed]: messages.readChanged,
  [messages.types.move]: messages.readMove,
  [messages.types.moved]: messages.readMoved,
  [messages.types.wake]: messages.readWake,
}

test('jose verifies each message of the vectors and reads the same claims', async () => {
  const seen = new Set<string>()
  for (const { type, claims, signedBy, message } of vectors.messages) {
    const { jwk, thumbprint } = findKey(signedBy)
    assert.equal(await calculateJwkThumbprint(jwk), thumbprint)
    const verified = await compactVerify(message, await importJWK({ ...jwk, alg: 'ES256' }))
    assert.equal(verified.protectedHeader.typ, type)
    assert.deepEqual(JSON.parse(new TextDecoder().decode(verified.payload)), claims)
    seen.add(type)
  }
  assert.deepEqual(seen, new Set(Object.values(messages.types)))
})

test('each message of the vectors is read, also when jose signed it', async () => {
  for (const { type, claims, signedBy, message } of vectors.messages) {
    const { jwk, d } = findKey(signedBy)
    const key = await importPublicKey(jwk)
    const signed = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
      .setProtectedHeader({ alg: 'ES256', typ: type })
      .sign(await importJWK({ ...jwk, d, alg: 'ES256' }))
    for (const text of [message, signed]) {
      const opened = openMessage(text)
      assert.equal(opened?.type, type)
      assert.equal(await opened?.isSignedBy(key), true)
      assert.deepEqual(readers[type]?.(opened?.claims), claims)
    }
  }
})

test('the signature of a message with one changed character is invalid', async () => {
  for (const { signedBy, message } of vectors.messages) {
    const key = await importPublicKey(findKey(signedBy).jwk)
    await fc.assert(
      fc.asyncProperty(
        fc.nat(message.length - 1),
        fc.constantFrom(...'Ab3-_.='),
        async (at, character) => {
          fc.pre(message[at] !== character)
          const changed = message.slice(0, at) + character + message.slice(at + 1)
          const opened = openMessage(changed)
          assert.notEqual(await opened?.isSignedBy(key), true)
        },
      ),
      { numRuns: 20 },
    )
  }
})

test('a message without a required member is refused', () => {
  const { offer, enrol, enrolled, pending, answer, answered, change, moved } = messages.types
  const optionalNames: Readonly<Record<string, readonly string[]>> = {
    [offer]: ['vapid', 'credential', 'from'],
    [enrol]: ['codes'],
    [enrolled]: ['totp'],
    [messages.types.fetch]: ['language'],
    [pending]: ['codes', 'code'],
    [answer]: ['code', 'scan', 'unanswered', 'verification'],
    [answered]: ['left', 'code'],
    [change]: ['name', 'subscription'],
    [moved]: ['link', 'exp'],
  }
  for (const { type, claims } of vectors.messages) {
    for (const name of Object.keys(claims)) {
      const { [name]: _, ...fewer } = claims
      const isOptional = optionalNames[type]?.includes(name) ?? false
      assert.equal(readers[type]?.(fewer) !== undefined, isOptional, `${type} without ${name}`)
    }
  }
})

test('jose decrypts the one-time codes of the vectors, and text that jose encrypted can be decrypted', async () => {
  const codes = vectors.keys.codes
  assert.ok(codes)
  const enrolled = vectors.messages.find(({ type }) => type === messages.types.enrolled)
  const own = await importJWK({ ...codes.jwk, d: codes.d }, 'ECDH-ES')
  const { plaintext } = await compactDecrypt(String(enrolled?.claims.totp), own)
  const totp: unknown = JSON.parse(new TextDecoder().decode(plaintext))
  assert.deepEqual(totp, vectors.totp)
  assert.deepEqual(messages.readTotp(totp), totp)

  const { publicKey, privateKey } = await createReceiver()
  assert.equal(privateKey.extractable, false)
  const theirs = await new CompactEncrypt(new TextEncoder().encode('Grüße'))
    .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM' })
    .encrypt(await importJWK({ ...publicKey }, 'ECDH-ES'))
  assert.equal(await decryptText(theirs, privateKey), 'Grüße')
})

test('only the device for which a text was encrypted can decrypt it, and only without a change', async () => {
  const [one, other] = [await createReceiver(), await createReceiver()]
  const message = await encryptText('secret', one.publicKey)
  assert.equal(await decryptText(message, one.privateKey), 'secret')
  assert.equal(await decryptText(message, other.privateKey), undefined)
  await fc.assert(
    fc.asyncProperty(
      fc.nat(message.length - 1),
      fc.constantFrom(...'Ab3-_.='),
      async (at, character) => {
        fc.pre(message[at] !== character)
        const changed = message.slice(0, at) + character + message.slice(at + 1)
        assert.equal(await decryptText(changed, one.privateKey), undefined)
      },
    ),
    { numRuns: 50 },
  )
})

test('a message is refused if its header names a key, a content type or another algorithm', async () => {
  const [first] = vectors.messages
  const { jwk, d } = findKey(first?.signedBy ?? '')
  const key = await importJWK({ ...jwk, d, alg: 'ES256' })
  const sign = (header: object) =>
    new CompactSign(new TextEncoder().encode('{"v":1}'))
      .setProtectedHeader({ alg: 'ES256', typ: 'einlass-wake+jwt', ...header })
      .sign(key)
  assert.ok(openMessage(await sign({})))
  for (const header of [
    { kid: '1' },
    { jku: 'https://evil.example' },
    { x5c: [] },
    { cty: 'JWT' },
    { jwk: { ...jwk, d } },
    { jwk: { ...jwk, crv: 'P-384' } },
    { typ: undefined },
  ]) {
    assert.equal(openMessage(await sign(header)), undefined, JSON.stringify(header))
  }
  const [, body, signature] = (await sign({})).split('.')
  for (const alg of ['none', 'HS256', 'es256']) {
    const header = encodeBase64Url(Buffer.from(JSON.stringify({ typ: 'x', alg })))
    assert.equal(openMessage(`${header}.${body}.${signature}`), undefined, alg)
  }
})

test('the readers refuse any text or value that is not a message, and never throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String(), fc.json()), (text) => {
      assert.equal(openMessage(text), undefined)
      assert.equal(readLink(text), undefined)
    }),
  )
  fc.assert(
    fc.property(fc.anything(), (value) => {
      for (const read of Object.values(readers)) assert.equal(read(value), undefined)
      assert.equal(readPublicJwk(value), undefined)
    }),
  )
  assert.equal(openMessage('a.'.repeat(20_000)), undefined)
})

test('the thumbprint of a key is the one that jose computes, and a private key is refused', async () => {
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const jwk = await exportPublicKey(pair.publicKey)
  assert.equal(await computeThumbprint(jwk), await calculateJwkThumbprint(jwk))
  assert.deepEqual(readPublicJwk({ ...jwk }), jwk)
  assert.equal(readPublicJwk(await crypto.subtle.exportKey('jwk', pair.privateKey)), undefined)
  const signed = await signMessage('einlass-fetch+jwt', { v: 1 }, pair.privateKey)
  assert.equal(await openMessage(signed)?.isSignedBy(pair.publicKey), true)
})

test('links are read back as they were built, and any other text is refused', () => {
  const [secret, serverKey] = [new Uint8Array(16).fill(7), new Uint8Array(32).fill(8)].map(
    encodeBase64Url,
  ) as [string, string]
  const origin = 'https://login.example.org'
  const enrol = { origin, registration: 'r_1', secret, serverKey }
  const approve = { origin, request: 'q-1', scan: secret }
  assert.deepEqual(readLink(buildEnrolLink(enrol)), { type: 'enrol', ...enrol })
  assert.deepEqual(readLink(buildApproveLink(approve)), { type: 'approve', ...approve })
  const link = buildEnrolLink(enrol)
  for (const text of [
    link.replace('.1.', '.2.'),
    link.replace('/authenticator', '/authenticator/x'),
    link.replace('#', '?a=b#'),
    link.replace('https://', 'https://somebody@'),
    link.replace('https:', 'javascript:'),
    link.replace('enrol', 'remove'),
    `${link}.more`,
    link.slice(0, -1),
    `${buildApproveLink(approve)}.${serverKey}`,
  ]) {
    assert.equal(readLink(text), undefined, text)
  }
  assert.deepEqual(readLink(vectors.links.enrol)?.type, 'enrol')
  assert.deepEqual(readLink(vectors.links.approve)?.type, 'approve')
})

test('base64url accepts only one text for the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const text = encodeBase64Url(bytes)
      assert.equal(text, Buffer.from(bytes).toString('base64url'))
      assert.deepEqual(decodeBase64Url(text), bytes)
    }),
  )
  for (const text of ['AB', 'A', 'AA==', 'A+/A', 'AA\n'])
    assert.equal(decodeBase64Url(text), undefined, text)
})

test('the challenge of a passkey is the hash of the request, its nonce and the next key', async () => {
  const { jti, nonce, next, challenge } = vectors.verification
  const text = `einlass-verification-v1\n${jti}\n${nonce}\n${next}`
  assert.equal(createHash('sha256').update(text).digest('base64url'), challenge)
  const computed = await computeChallenge({ jti, nonce, next })
  assert.equal(encodeBase64Url(computed), challenge)
})
