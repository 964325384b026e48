// A32: assertions that an app has signed with its own key, and that prove nothing nevertheless.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { type JWTPayload, SignJWT } from 'jose'
import { start } from '../../../dev/test-support/oidc-server.ts'
import { hours, seconds } from '../../../platform/kernel/clock.ts'

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** The apps `app` and `other`, which have the same keys. */
async function setUp(t: TestContext, options: object = {}) {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const server = await start(t)
  const { issuer } = server.oidc
  const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const keys = [curve, rsa].map(({ publicKey }, at) => ({
    ...publicKey.export({ format: 'jwk' }),
    kid: `k${at}`,
  }))
  const settings = {
    ...{ redirectUris: ['http://127.0.0.1:1/app'], jwks: JSON.stringify({ keys }) },
    ...{ grants: ['client_credentials' as const, 'device_code' as const], ciba: true as const },
    ...options,
  }
  for (const id of ['app', 'other']) await server.apps.create(server.db, { id, name: id, settings })
  let used = 0
  const claim = (changed: JWTPayload = {}): JWTPayload => {
    used += 1
    const now = Math.floor(Date.now() / 1000)
    const right = { iss: 'app', sub: 'app', aud: issuer, jti: `${used}`, iat: now, exp: now + 60 }
    return { ...right, ...changed }
  }
  const post = async (path: string, assertion: string, form: Record<string, string>) => {
    const { status } = await fetch(`${issuer}${path}`, {
      method: 'POST',
      body: new URLSearchParams({
        client_assertion: assertion,
        client_assertion_type: assertionType,
        ...form,
      }),
    })
    return status
  }
  const sign = (
    claims: JWTPayload,
    { alg = 'ES256', typ }: { alg?: string; typ?: string } = {},
  ) => {
    const [kid, key] = alg === 'ES256' ? ['k0', curve.privateKey] : ['k1', rsa.privateKey]
    const header = { alg, kid, ...(typ !== undefined && { typ }) }
    return new SignJWT(claims).setProtectedHeader(header).sign(key)
  }
  /** The status for an assertion that the app has signed. */
  const send = async (claims: JWTPayload, alg = 'ES256', form: Record<string, string> = {}) =>
    post('/token/revocation', await sign(claims, { alg }), { token: 'a token', ...form })
  return { server, issuer, claim, send, post, sign }
}

test('A32: a client assertion is refused if one of its claims is wrong, also with the right signature', async (t) => {
  const { issuer, claim, send } = await setUp(t)
  const now = Math.floor(Date.now() / 1000)
  const wrong: Readonly<Record<string, readonly unknown[]>> = {
    iss: [undefined, 'other', issuer],
    sub: [undefined, 'other'],
    aud: [
      ...[undefined, [], 'app', `${issuer}x`, 'https://evil.example', ['https://evil.example']],
      ...[
        [issuer],
        `${issuer}/token`,
        `${issuer}/token/revocation`,
        [issuer, 'https://other.example'],
      ],
    ],
    jti: [undefined, '', 5],
    exp: [undefined, now - 15, `${now + 60}`, now + hours(2) / 1000],
    nbf: [now + 60],
    iat: [now + 90, `${now}`],
  }
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      assert.equal(await send(claim({ [name]: value })), 401, `${name}: ${JSON.stringify(value)}`)
    }
  }
  assert.equal(await send(claim()), 200)
})

/** Each endpoint where an app authenticates, with a request that is right but for the assertion. */
const endpoints: Readonly<Record<string, Record<string, string>>> = {
  '/request': {
    ...{ client_id: 'app', redirect_uri: 'http://127.0.0.1:1/app', response_type: 'code' },
    ...{ scope: 'openid', code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' },
  },
  '/token': { grant_type: 'client_credentials' },
  '/token/introspection': { token: 'a token' },
  '/token/revocation': { token: 'a token' },
  '/device/auth': { scope: 'openid' },
  '/backchannel': { scope: 'openid', login_hint: 'nobody' },
}

test('A32: only the issuer as one string is the audience of a client assertion, at each endpoint', async (t) => {
  const { server, issuer, claim, post, sign } = await setUp(t)
  for (const [path, form] of Object.entries(endpoints)) {
    for (const aud of [
      [issuer],
      `${issuer}${path}`,
      `${issuer}/token`,
      [issuer, `${issuer}/token`],
    ]) {
      const status = await post(path, await sign(claim({ aud })), form)
      assert.equal(status, 401, `${path} ${JSON.stringify(aud)}`)
    }
    const right = await post(path, await sign(claim()), form)
    assert.ok([200, 201].includes(right), `${path} ${right}`)
  }
  const details = server.entries.map(({ entry }) => Object(entry).detail)
  assert.ok(details.some((detail) => /--assertion-audience endpoint/.test(detail)))
  const counts = await server.refusals.metric.read()
  const noted = counts.find(({ labels }) => labels?.reason === 'assertion_audience')
  assert.equal(noted?.value, 24)
})

test('an app with --assertion-audience endpoint may name an endpoint as audience, or a list', async (t) => {
  const { issuer, claim, post, sign } = await setUp(t, { assertionAudience: 'endpoint' })
  for (const [path, form] of Object.entries(endpoints)) {
    for (const aud of [issuer, [issuer], `${issuer}${path}`, `${issuer}/token`]) {
      const status = await post(path, await sign(claim({ aud })), form)
      assert.ok([200, 201].includes(status), `${path} ${JSON.stringify(aud)} ${status}`)
    }
    for (const aud of ['https://evil.example', `${issuer}/`, [`${issuer}x`]]) {
      assert.equal(await post(path, await sign(claim({ aud })), form), 401)
    }
  }
})

test('A32: a JWT of another type is no client assertion', async (t) => {
  const { claim, post, sign } = await setUp(t)
  const form = { token: 'a token' }
  for (const typ of [
    'oauth-authz-req+jwt',
    'dpop+jwt',
    'at+jwt',
    'logout+jwt',
    'application/at+jwt',
  ]) {
    assert.equal(await post('/token/revocation', await sign(claim(), { typ }), form), 401, typ)
  }
  const right = ['JWT', 'jwt', 'client-authentication+jwt', 'application/client-authentication+jwt']
  for (const typ of right) {
    assert.equal(await post('/token/revocation', await sign(claim(), { typ }), form), 200, typ)
  }
})

test('A33: a client assertion is refused a second time until it has expired, and after that', async (t) => {
  const { claim, send } = await setUp(t)
  const once = claim()
  assert.equal(await send(once), 200)
  for (const _ of [1, 2, 3, 4]) {
    assert.equal(await send(once), 401)
    t.mock.timers.tick(seconds(19))
  }
  assert.equal(await send(claim()), 200)
})

test('A32: a client assertion is refused under another algorithm than the server names, or as another type', async (t) => {
  const { claim, send } = await setUp(t)
  for (const alg of ['RS384', 'RS512', 'PS384', 'PS512'])
    assert.equal(await send(claim(), alg), 401)
  for (const alg of ['RS256', 'PS256', 'ES256']) assert.equal(await send(claim(), alg), 200)
  const type = 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer'
  assert.equal(await send(claim(), 'ES256', { client_assertion_type: type }), 400)
  assert.equal(await send(claim(), 'ES256', { client_id: 'other' }), 400)
})
