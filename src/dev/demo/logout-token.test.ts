import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { test } from 'node:test'
import { createLogoutTokenChecker } from './logout-token.ts'

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const now = 1_000_000
const event = 'http://schemas.openid.net/event/backchannel-logout'
const goodHeader = { alg: 'ES256', kid: 'k', typ: 'logout+jwt' }
const goodClaims = {
  iss: 'https://login.example/oidc',
  aud: 'mail',
  iat: now,
  exp: now + 120,
  jti: 'one',
  sub: 'usr_a',
  sid: 'sid_a',
  events: { [event]: {} },
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

function signToken(claims: object, header: object = goodHeader, key: KeyObject = pair.privateKey) {
  const text = `${encode(header)}.${encode(claims)}`
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}

function checker() {
  const state = { now: now * 1000, fetched: 0 }
  const checked = createLogoutTokenChecker({
    issuer: goodClaims.iss,
    clientId: 'mail',
    clock: { now: () => state.now },
    async fetchKeys() {
      state.fetched += 1
      return { keys: [{ ...pair.publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES256' }] }
    },
  })
  return { ...checked, state }
}

test('a valid logout token names the user and the session to log out', async () => {
  assert.deepEqual(await checker().check(signToken(goodClaims)), { sub: 'usr_a', sid: 'sid_a' })
  const listed = { ...goodClaims, aud: ['wiki', 'mail'] }
  assert.ok(await checker().check(signToken(listed)))
})

test('a logout token is accepted only once', async () => {
  const { check } = checker()
  const token = signToken(goodClaims)
  assert.ok(await check(token))
  assert.equal(await check(token), undefined)
  assert.ok(await check(signToken({ ...goodClaims, jti: 'two' })))
})

test('a token that is not a fresh logout token of the issuer for this app is refused (A32)', async () => {
  const bad: Record<string, object> = {
    issuer: { iss: 'https://evil.example' },
    audience: { aud: 'wiki' },
    expired: { exp: now - 61 },
    'issued in the future': { iat: now + 61 },
    'no event': { events: {} },
    'another event': { events: { 'https://other.example': {} } },
    'an ID token': { nonce: 'n' },
    'no id': { jti: undefined },
    nobody: { sub: undefined, sid: undefined },
    'expiry as text': { exp: String(now + 120) },
  }
  for (const [what, changes] of Object.entries(bad)) {
    assert.equal(await checker().check(signToken({ ...goodClaims, ...changes })), undefined, what)
  }
})

test('a token with a wrong signature, algorithm, type or key is refused (A32)', async () => {
  const [header = '', body = ''] = signToken(goodClaims).split('.')
  const bad = [
    '',
    'a.b.c',
    `${header}.${body}.`,
    `${header}.${body}.${Buffer.alloc(64).toString('base64url')}`,
    `${signToken(goodClaims)}.x`,
    signToken(goodClaims, goodHeader, other.privateKey),
    signToken(goodClaims, { ...goodHeader, alg: 'none' }),
    signToken(goodClaims, { ...goodHeader, alg: 'HS256' }),
    signToken(goodClaims, { ...goodHeader, alg: 'RS256' }),
    signToken(goodClaims, { ...goodHeader, typ: 'JWT' }),
    signToken(goodClaims, { alg: 'ES256', kid: 'k' }),
    signToken(goodClaims, { ...goodHeader, kid: '../k' }),
  ]
  for (const token of bad) assert.equal(await checker().check(token), undefined, token)
})

test('an unknown key makes the app fetch the keys again, at most once a minute', async () => {
  const { check, state } = checker()
  await check(signToken(goodClaims))
  assert.equal(state.fetched, 1)
  await check(signToken(goodClaims, { ...goodHeader, kid: 'x' }))
  assert.equal(state.fetched, 1)
  state.now += 60_000
  await check(signToken({ ...goodClaims, jti: 'two' }, { ...goodHeader, kid: 'x' }))
  assert.equal(state.fetched, 2)
})
