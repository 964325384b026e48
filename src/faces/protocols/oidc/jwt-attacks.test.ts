// A32: forged tokens at every place where a JWT may come in.
import assert from 'node:assert/strict'
import { createHmac, createPublicKey, createSign, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { startSignedIn } from '../../../dev/test-support/oidc-server.ts'
import { readJwt } from '../../../dev/test-support/read-jwt.ts'

type Claims = Record<string, unknown>

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

interface Forgery {
  readonly name: string
  readonly token: string
}

interface Material {
  readonly header: Claims
  readonly claims: Claims
  readonly signature: string
  /** The key of the server, as it is published. */
  readonly jwk: JsonWebKey
}

const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 })
const foreignOnCurve = generateKeyPairSync('ec', { namedCurve: 'P-256' })

function signAs(alg: string, input: string, jwk: JsonWebKey): string {
  const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
  switch (alg) {
    case 'HS256':
      return createHmac('sha256', pem).update(input).digest('base64url')
    case 'HS512':
      return createHmac('sha512', JSON.stringify(jwk)).update(input).digest('base64url')
    case 'ES256': {
      const key = { key: foreignOnCurve.privateKey, dsaEncoding: 'ieee-p1363' } as const
      return createSign('sha256').update(input).sign(key, 'base64url')
    }
    default:
      return createSign('sha256').update(input).sign(foreign.privateKey, 'base64url')
  }
}

const headers = (kid: unknown, jwk: JsonWebKey): Claims[] => [
  { kid },
  {},
  { kid: '' },
  { kid: '../../../../dev/null' },
  { kid: '/proc/self/environ' },
  { kid: "x' UNION SELECT 'secret' --" },
  { kid: 'x"; drop table signing_keys; --' },
  { kid: '__proto__' },
  { kid: { $ne: null } },
  { kid: ['a'] },
  { kid: 0 },
  { kid, jku: 'https://evil.example/jwks' },
  { kid, x5u: 'https://evil.example/cert.pem' },
  { kid, jwk: foreign.publicKey.export({ format: 'jwk' }) },
  { jwk: foreignOnCurve.publicKey.export({ format: 'jwk' }) },
  { kid, jwk },
  { kid, x5c: ['MIIB'] },
  { kid, crit: ['b64'], b64: false },
  { kid, crit: ['exp'] },
  { kid, crit: [] },
  { kid, b64: false },
  { kid, typ: 'logout+jwt' },
  { kid, typ: 'at+jwt' },
  { kid, cty: 'JWT' },
  { kid, zip: 'DEF' },
]

const algorithms = ['none', 'None', 'NONE', '', 'HS256', 'HS512', 'RS256', 'ES256', 'PS256', 'RS1']

const signatures = (right: string): Record<string, string> => ({
  none: '',
  zeros: Buffer.alloc(64).toString('base64url'),
  'zeros of RSA': Buffer.alloc(256).toString('base64url'),
  'one less': right.slice(0, -1),
  'one more': `${right}A`,
  twice: `${right}${right}`,
})

const changedClaims = (claims: Claims): Claims[] => [
  { ...claims, sub: 'usr_other' },
  { ...claims, sub: [claims.sub] },
  { ...claims, aud: ['mail', 'wiki'] },
  { ...claims, aud: 'wiki' },
  { ...claims, iss: 'https://evil.example' },
  { ...claims, exp: '9999999999' },
  { ...claims, exp: 1e308 },
  { ...claims, exp: -1 },
  { ...claims, exp: undefined },
  { ...claims, iat: 'now' },
  { ...claims, nbf: 9_999_999_999 },
  { ...claims, events: { 'http://schemas.openid.net/event/backchannel-logout': {} } },
]

/** Each is wrong in at least one way. */
function forge({ header, claims, signature, jwk }: Material): Forgery[] {
  const { kid } = header
  const forged: Forgery[] = []
  const add = (name: string, token: string) => forged.push({ name, token })
  for (const alg of algorithms) {
    for (const [index, more] of headers(kid, jwk).entries()) {
      const input = `${encode({ alg, ...more })}.${encode(claims)}`
      add(`${alg} with header ${index}`, `${input}.${signAs(alg, input, jwk)}`)
      add(`${alg} with header ${index} unsigned`, `${input}.`)
    }
  }
  const own = `${encode(header)}.${encode(claims)}`
  for (const [name, text] of Object.entries(signatures(signature))) {
    add(`signature: ${name}`, `${own}.${text}`)
    add(
      `signature: ${name}, as ES256`,
      `${encode({ ...header, alg: 'ES256' })}.${encode(claims)}.${text}`,
    )
  }
  for (const [index, other] of changedClaims(claims).entries()) {
    add(
      `claims ${index} under the right signature`,
      `${encode(header)}.${encode(other)}.${signature}`,
    )
    for (const alg of ['HS256', 'RS256', 'ES256']) {
      const input = `${encode({ alg, kid })}.${encode(other)}`
      add(`claims ${index} under ${alg}`, `${input}.${signAs(alg, input, jwk)}`)
    }
  }
  const text = JSON.stringify(claims)
  const doubled = `${text.slice(0, -1)},"sub":"usr_other","aud":"wiki"}`
  const twice = `{"alg":"none","alg":"RS256","kid":${JSON.stringify(kid)}}`
  add('claims twice', `${encode(header)}.${encode(doubled)}.${signature}`)
  add('algorithm twice', `${encode(twice)}.${encode(claims)}.${signature}`)
  for (const odd of ['', '.', '..', '...', 'a.b.c', `${own}`, `${own}.a.b.c`, `.${own}`])
    add(`shape ${odd.slice(0, 9)}`, odd)
  for (const [name, part] of Object.entries({
    list: '[]',
    text: '"a"',
    number: '1',
    nothing: 'null',
    half: '{',
    bytes: '\xff\xfe',
  })) {
    add(`claims that are a ${name}`, `${encode(header)}.${encode(part)}.${signature}`)
    add(`header that is a ${name}`, `${encode(part)}.${encode(claims)}.${signature}`)
  }
  return forged
}

test('A32: the server refuses a forged token as a hint, at logout and at the userinfo endpoint', async (t) => {
  const { server, browser, login } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  await server.addApp({ id: 'wiki' })
  const { id_token = '' } = await mail.signIn(browser)
  const { header, payload: claims } = readJwt(id_token)
  const signature = id_token.split('.')[2] ?? ''
  const { keys } = (await (await fetch(`${server.oidc.issuer}/jwks`)).json()) as {
    keys: (JsonWebKey & { kid: string })[]
  }
  const jwk = keys.find(({ kid }) => kid === header.kid) ?? assert.fail('the key is not published')
  const forged = forge({ header, claims, signature, jwk })
  assert.ok(forged.length >= 500, `${forged.length}`)
  const { url } = await mail.begin()
  for (const { name, token } of forged) {
    const out = new URL(`${server.oidc.issuer}/session/end`)
    out.searchParams.set('id_token_hint', token)
    const end = await browser.fetch(out)
    // Without a hint the person is asked.
    assert.equal(end.status, token === '' ? 200 : 400, `logout: ${name}`)
    url.searchParams.set('id_token_hint', token)
    const asked = await browser.fetch(url)
    const location = new URL(asked.headers.get('Location') ?? 'about:blank')
    const expected = token === '' ? null : 'invalid_request'
    assert.equal(location.searchParams.get('error'), expected, `authorization: ${name}`)
    if (!/^[\x21-\x7e]+$/.test(token)) continue
    const bearer = { headers: { Authorization: `Bearer ${token}` } }
    const info = await fetch(`${server.oidc.issuer}/me`, bearer)
    assert.ok([400, 401].includes(info.status), `userinfo: ${name}`)
  }
  const real = await fetch(`${server.oidc.issuer}/me`, {
    headers: { Authorization: `Bearer ${id_token}` },
  })
  assert.equal(real.status, 401, 'an ID token is no access token')
  assert.ok(await server.sessions.findById(login))
  const errors = server.entries.filter(({ level }) => level === 'error')
  assert.deepEqual(errors, [])
})

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

test('A32: the server refuses a forged token as a client assertion, and never introspects it as active', async (t) => {
  const { server } = await startSignedIn(t)
  const { issuer } = server.oidc
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256' }
  const add = (id: string, settings: object) =>
    server.apps.create(server.db, {
      id,
      name: id,
      settings: { redirectUris: ['http://127.0.0.1:1/app'], ...settings } as never,
    })
  await add('app', { jwks: JSON.stringify({ keys: [jwk] }) })
  const { clientSecret } = await add('api', { introspects: true })
  const now = Math.floor(Date.now() / 1000)
  const header = { alg: 'ES256', kid: 'k1' }
  const claims = { iss: 'app', sub: 'app', aud: issuer, jti: 'once', iat: now, exp: now + 60 }
  const input = `${encode(header)}.${encode(claims)}`
  const signature = createSign('sha256')
    .update(input)
    .sign({ key: privateKey, dsaEncoding: 'ieee-p1363' }, 'base64url')
  const revoke = (client_assertion: string) =>
    fetch(`${issuer}/token/revocation`, {
      method: 'POST',
      body: new URLSearchParams({
        token: 'a token',
        client_assertion,
        client_assertion_type: assertionType,
      }),
    })
  const introspect = (token: string) =>
    fetch(`${issuer}/token/introspection`, {
      method: 'POST',
      headers: { Authorization: `Basic ${Buffer.from(`api:${clientSecret}`).toString('base64')}` },
      body: new URLSearchParams({ token }),
    })
  const forged = forge({ header, claims, signature, jwk })
  assert.ok(forged.length >= 500, `${forged.length}`)
  for (const { name, token } of forged) {
    assert.ok([400, 401].includes((await revoke(token)).status), `assertion: ${name}`)
    const answer = await introspect(token)
    assert.ok([200, 400].includes(answer.status), `introspection: ${name}`)
    const { active } = (await answer.json()) as { active?: boolean }
    assert.notEqual(active, true, `introspection: ${name}`)
  }
  assert.equal((await revoke(`${input}.${signature}`)).status, 200)
  assert.equal((await revoke(`${input}.${signature}`)).status, 401, 'it is good once')
  const errors = server.entries.filter(({ level }) => level === 'error')
  assert.deepEqual(errors, [])
})
