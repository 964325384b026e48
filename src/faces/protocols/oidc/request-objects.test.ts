// A32: requests that an app has signed with its own key (RFC 9101), and objects that prove nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SignJWT, UnsecuredJWT } from 'jose'
import { makeCertificate } from '../../../dev/test-support/make-certificate.ts'
import { start } from '../../../dev/test-support/oidc-server.ts'
import { openRegistrations } from '../../../dev/test-support/registrations.ts'
import {
  describeRequest,
  makeSigningKeys,
  openSigningApp,
  signingAppAddress,
} from '../../../dev/test-support/signing-app.ts'
import { hours } from '../../../platform/kernel/clock.ts'

const algorithms = ['ES256', 'PS256', 'RS256', 'EdDSA'] as const

test('an app logs in by a request that it signed, in the address and pushed', async (t) => {
  const app = await openSigningApp(t)
  for (const alg of algorithms) {
    const { url } = await app.begin({ request: await app.sign({}, alg) })
    assert.equal(url.searchParams.get('state'), 'signed', alg)
    assert.equal((await app.redeem(url.searchParams.get('code'))).status, 200, alg)
    const pushed = await app.push({ request: await app.sign({}, alg) })
    assert.equal(pushed.status, 201, alg)
    const after = await app.begin({ request_uri: String(pushed.body.request_uri) })
    assert.equal((await app.redeem(after.url.searchParams.get('code'))).status, 200, alg)
  }
})

test('a signed request counts alone: what is beside it in the address is ignored', async (t) => {
  const app = await openSigningApp(t)
  const { url } = await app.begin({
    request: await app.sign({ scope: 'openid' }),
    redirect_uri: 'https://evil.example/',
    scope: 'openid profile email',
    state: 'not signed',
    nonce: 'not signed',
    response_mode: 'fragment',
    code_challenge: 'x'.repeat(43),
    claims: JSON.stringify({ id_token: { email: { essential: true } } }),
  })
  assert.ok(url.href.startsWith(`${signingAppAddress}?`), url.href)
  assert.equal(url.searchParams.get('state'), 'signed')
  const { body } = await app.redeem(url.searchParams.get('code'))
  assert.equal(body.scope, 'openid')
  const [, claims = ''] = String(body.id_token).split('.')
  const { nonce, email } = JSON.parse(Buffer.from(claims, 'base64url').toString())
  assert.deepEqual([nonce, email], [undefined, undefined])
})

type App = Awaited<ReturnType<typeof openSigningApp>>

/** The error of a request with this object, in the address and pushed. */
async function refuse(app: App, request: string, about: string, error = 'invalid_request_object') {
  // With its own address outside of the object, an app that is refused hears of it.
  const { url, response } = await app.begin({ request, redirect_uri: signingAppAddress })
  assert.equal(response, undefined, about)
  assert.equal(url.searchParams.get('error'), error, about)
  assert.equal(url.searchParams.get('code'), null, about)
  const pushed = await app.push({ request })
  assert.deepEqual([pushed.status, pushed.body.error], [400, error], about)
}

const now = () => Math.floor(Date.now() / 1000)

test('A32: a signed request with a wrong claim is refused, also with the right signature', async (t) => {
  const app = await openSigningApp(t)
  const { issuer } = app
  const wrong: Readonly<Record<string, readonly unknown[]>> = {
    iss: [undefined, 'other', issuer],
    aud: [undefined, [], 'app', `${issuer}/`, `${issuer}/auth`, ['https://evil.example']],
    client_id: ['other'],
    exp: [undefined, now() - 60, `${now() + 60}`, now() + hours(2) / 1000],
    nbf: [now() + 60, now() - hours(2) / 1000, 'now'],
    sub: ['app'],
    request: ['x.y.z'],
    request_uri: ['https://evil.example/object', 'urn:ietf:params:oauth:request_uri:x'],
    padding: ['x'.repeat(13_000)],
  }
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      const about = `${name}: ${JSON.stringify(value)?.slice(0, 80)}`
      const request = await app.sign({ [name]: value })
      if (name === 'padding') {
        const pushed = await app.push({ request })
        assert.equal(pushed.body.error, 'invalid_request_object', about)
      } else await refuse(app, request, about)
    }
  }
  for (const changed of [{ aud: [issuer, 'https://other.example'] }, { nbf: now() + 8 }]) {
    const { status } = await app.push({ request: await app.sign(changed) })
    assert.equal(status, 201, JSON.stringify(changed))
  }
})

test('A32: a request is refused without a signature, with that of another, and with the public key as a secret', async (t) => {
  const app = await openSigningApp(t)
  const claims = describeRequest(app.issuer)
  const other = makeSigningKeys()
  const header = { alg: 'ES256', typ: 'oauth-authz-req+jwt' }
  await refuse(app, new UnsecuredJWT(claims).encode(), 'alg none')
  await refuse(app, await other.sign(claims, header), 'a foreign key')
  const right = await app.sign()
  const [head = '', , signature = ''] = right.split('.')
  const changed = Buffer.from(JSON.stringify({ ...claims, scope: 'openid email' }))
  await refuse(app, [head, changed.toString('base64url'), signature].join('.'), 'changed claims')
  await refuse(app, `${right.slice(0, right.lastIndexOf('.'))}.`, 'an empty signature')
  const none = Buffer.from(JSON.stringify({ ...header, alg: 'none' })).toString('base64url')
  await refuse(app, [none, ...right.split('.').slice(1)].join('.'), 'a header that says none')
  for (const kid of ['ES256', 'rsa']) {
    const key = app.keys.publicKey(kid === 'rsa' ? 'RS256' : 'ES256')
    const secrets = [
      key.export({ format: 'pem', type: 'spki' }),
      JSON.stringify(key.export({ format: 'jwk' })),
    ]
    for (const secret of secrets) {
      const signed = new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid })
      await refuse(app, await signed.sign(Buffer.from(secret)), `HMAC with the key ${kid}`)
    }
  }
})

test('A32: a request is refused under an algorithm or a type that is none of a request', async (t) => {
  const app = await openSigningApp(t)
  const claims = describeRequest(app.issuer)
  for (const alg of ['RS512', 'ES384'] as const) await refuse(app, await app.sign({}, alg), alg)
  for (const typ of ['at+jwt', 'dpop+jwt', 'logout+jwt', 'client-authentication+jwt']) {
    await refuse(app, await app.keys.sign(claims, { alg: 'ES256', typ }), typ)
  }
  const crit = { alg: 'ES256', crit: ['must'], must: 'be understood' }
  await refuse(app, await app.keys.sign(claims, crit), 'crit')
  for (const typ of [undefined, 'JWT']) {
    const request = await app.keys.sign(claims, { alg: 'ES256', ...(typ && { typ }) })
    assert.equal((await app.push({ request })).status, 201, `${typ}`)
  }
  // What the app sends to prove who it is must not work as its request.
  const { client_assertion: assertion = '' } = await app.authenticate({ ...claims, sub: 'app' })
  await refuse(app, assertion, 'an assertion')
})

test('an app that signs with one algorithm is refused with another of its keys', async (t) => {
  const app = await openSigningApp(t, { requestAlgorithm: 'PS256' })
  for (const alg of ['ES256', 'RS256', 'EdDSA'] as const) {
    await refuse(app, await app.sign({}, alg), alg)
  }
  assert.equal((await app.push({ request: await app.sign({}, 'PS256') })).status, 201)
})

/** A request without a signature. */
function listPlain(issuer: string): Record<string, string> {
  const { iss, aud, iat, nbf, exp, jti, ...plain } = describeRequest(issuer)
  return plain as Record<string, string>
}

test('an app that signs all requests cannot begin without a signature, by any way', async (t) => {
  const settings = { signedRequests: true, grants: ['device_code'] }
  const app = await openSigningApp(t, settings)
  const plain = listPlain(app.issuer)
  const { url } = await app.begin(plain)
  assert.equal(url.searchParams.get('error'), 'invalid_request')
  assert.equal((await app.push(plain)).body.error, 'invalid_request')
  const unsigned = new UnsecuredJWT(describeRequest(app.issuer)).encode()
  await refuse(app, unsigned, 'alg none')
  const body = new URLSearchParams({ ...(await app.authenticate()), scope: 'openid' })
  const device = await fetch(`${app.issuer}/device/auth`, { method: 'POST', body })
  assert.equal(device.status, 400)
  const signed = await app.push({ request: await app.sign() })
  assert.equal(signed.status, 201)
  const after = await app.begin({ request_uri: String(signed.body.request_uri) })
  assert.ok(after.url.searchParams.has('code'))
  assert.ok((await app.begin({ request: await app.sign() })).url.searchParams.has('code'))
})

test('an app without keys cannot send an object, signed or not', async (t) => {
  const { server, browser } = await openSigningApp(t)
  const mail = await server.addApp({ id: 'mail' })
  const keys = makeSigningKeys()
  const claims = describeRequest(server.oidc.issuer, { iss: 'mail', client_id: 'mail' })
  const begin = async (request: string) => {
    const { url } = await mail.begin({ request })
    return (await browser.open(url, mail.redirectUri)).url.searchParams.get('error')
  }
  assert.equal(await begin(await keys.sign(claims, { alg: 'ES256' })), 'request_not_supported')
  assert.equal(await begin(new UnsecuredJWT(claims).encode()), 'invalid_request_object')
  const secret = Buffer.from(mail.clientSecret ?? '')
  const hmac = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(secret)
  assert.equal(await begin(hmac), 'invalid_request_object')
})

test('a refused object is answered in the mode that it asks for', async (t) => {
  const { browser, server } = await openSigningApp(t)
  const mail = await server.addApp({ id: 'mail' })
  const changed = { client_id: 'mail', iss: 'mail', response_mode: 'form_post' }
  const request = new UnsecuredJWT(describeRequest(server.oidc.issuer, changed)).encode()
  const { url } = await mail.begin({ request })
  const { response } = await browser.open(url, mail.redirectUri)
  assert.ok(response)
  const form = (await response.json()) as { action: string; fields: Record<string, string> }
  assert.equal(form.action, mail.redirectUri)
  assert.deepEqual([form.fields.error, form.fields.state], ['invalid_request_object', 'signed'])
})

test('wrong signatures are limited as those of assertions are, and right ones are not', async (t) => {
  const app = await openSigningApp(t)
  const right = await app.sign()
  const wrong = `${right.slice(0, -8)}AAAAAAAA`
  /** A foreign browser, from another network than the tests' own. */
  const begin = async (request: string, address = '203.0.113.7') => {
    const query = new URLSearchParams({ client_id: 'app', request })
    const headers = { 'x-forwarded-for': address }
    return await fetch(`${app.issuer}/auth?${query}`, { redirect: 'manual', headers })
  }
  const send = async (request: string, times: number, address?: string) => {
    const answers = await Promise.all(Array.from({ length: times }, () => begin(request, address)))
    return answers.map(({ status }) => status)
  }
  const isRefused = (status: number) => status === 429
  // Each also begins a login, and of these an address has as many.
  assert.ok(!(await send(right, 100)).some(isRefused))
  const statuses = await send(wrong, 140)
  const refused = statuses.filter(isRefused).length
  assert.ok(refused >= 10 && refused <= 20, `${refused}`)
  assert.ok(statuses.every((status) => isRefused(status) || status === 303))
  assert.deepEqual(await send(wrong, 1, '198.51.100.9'), [303])
})

test('an app that registers itself can name how it signs its requests', async (t) => {
  const server = await start(t, undefined, true)
  const { register } = openRegistrations(server)
  const { jwks } = makeSigningKeys()
  const keys = { jwks: JSON.parse(jwks), token_endpoint_auth_method: 'private_key_jwt' }
  const read = async (metadata: object) => {
    const answer = await register({ ...keys, ...metadata })
    return [answer.request_object_signing_alg, answer.require_signed_request_object]
  }
  const signed = { request_object_signing_alg: 'ES256', require_signed_request_object: true }
  assert.deepEqual(await read(signed), ['ES256', true])
  assert.deepEqual(await read({ request_object_signing_alg: 'none' }), [undefined, undefined])
  const secret = { token_endpoint_auth_method: 'client_secret_basic' }
  const unsigned = await read({ ...secret, request_object_signing_alg: 'ES256' })
  assert.deepEqual(unsigned, [undefined, undefined])
})

test('an app that authenticates with a certificate signs its requests with its keys', async (t) => {
  const { certificate } = makeCertificate()
  const settings = { certificateThumbprint: certificate.fingerprint256, signedRequests: true }
  const app = await openSigningApp(t, settings)
  const headers = { 'client-cert': `:${certificate.raw.toString('base64')}:` }
  const push = async (request: string, sent: Record<string, string>) => {
    const body = new URLSearchParams({ client_id: 'app', request })
    const answer = await fetch(`${app.issuer}/request`, { method: 'POST', body, headers: sent })
    return answer.status
  }
  assert.equal(await push(await app.sign(), headers), 201)
  assert.equal(await push(await app.sign(), {}), 401)
  assert.equal((await app.push({ request: await app.sign() })).status, 401)
})
