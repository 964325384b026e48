// A32: assertions that an app has signed with its own key, and that prove nothing nevertheless.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { type JWTPayload, SignJWT } from 'jose'
import { start } from '../../../dev/test-support/oidc-server.ts'
import { hours, seconds } from '../../../platform/kernel/clock.ts'

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** The apps `app` and `other`, which have the same keys. */
async function setUp(t: TestContext) {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const server = await start(t)
  const { issuer } = server.oidc
  const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const keys = [curve, rsa].map(({ publicKey }, at) => ({
    ...publicKey.export({ format: 'jwk' }),
    kid: `k${at}`,
  }))
  const settings = { redirectUris: ['http://127.0.0.1:1/app'], jwks: JSON.stringify({ keys }) }
  for (const id of ['app', 'other']) await server.apps.create(server.db, { id, name: id, settings })
  let used = 0
  const claim = (changed: JWTPayload = {}): JWTPayload => {
    used += 1
    const now = Math.floor(Date.now() / 1000)
    const right = { iss: 'app', sub: 'app', aud: issuer, jti: `${used}`, iat: now, exp: now + 60 }
    return { ...right, ...changed }
  }
  /** The status for an assertion that the app has signed. */
  const send = async (claims: JWTPayload, alg = 'ES256', form: Record<string, string> = {}) => {
    const [kid, key] = alg === 'ES256' ? ['k0', curve.privateKey] : ['k1', rsa.privateKey]
    const assertion = await new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(key)
    const { status } = await fetch(`${issuer}/token/revocation`, {
      method: 'POST',
      body: new URLSearchParams({
        token: 'a token',
        client_assertion: assertion,
        client_assertion_type: assertionType,
        ...form,
      }),
    })
    return status
  }
  return { issuer, claim, send }
}

test('A32: a client assertion is refused if one of its claims is wrong, also with the right signature', async (t) => {
  const { issuer, claim, send } = await setUp(t)
  const now = Math.floor(Date.now() / 1000)
  const wrong: Readonly<Record<string, readonly unknown[]>> = {
    iss: [undefined, 'other', issuer],
    sub: [undefined, 'other'],
    aud: [undefined, [], 'app', `${issuer}x`, 'https://evil.example', ['https://evil.example']],
    jti: [undefined, '', 5],
    exp: [undefined, now - 15, `${now + 60}`, now + hours(2) / 1000],
    nbf: [now + 60],
  }
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      assert.equal(await send(claim({ [name]: value })), 401, `${name}: ${JSON.stringify(value)}`)
    }
  }
  for (const aud of [issuer, [issuer], `${issuer}/token`, `${issuer}/token/revocation`]) {
    assert.equal(await send(claim({ aud })), 200, JSON.stringify(aud))
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
