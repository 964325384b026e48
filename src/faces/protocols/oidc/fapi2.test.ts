// Apps with the profile of FAPI 2.0: what they cannot be set to, and what they cannot do.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { makeCertificate } from '../../../dev/test-support/make-certificate.ts'
import {
  describeRequest,
  makeSigningKeys,
  openSigningApp,
  signingAppAddress,
} from '../../../dev/test-support/signing-app.ts'
import { oidcAppSettingsSchema } from './settings.ts'

const { jwks } = makeSigningKeys()
const base = { redirectUris: ['https://app.example/callback'], profile: 'fapi2' }

test('the profile sets what an operator need not type', () => {
  const byKey = oidcAppSettingsSchema.parse({ ...base, jwks })
  assert.deepEqual(
    [byKey.signingAlgorithm, byKey.requirePar, byKey.requireDpop, byKey.signedRequests],
    ['ES256', true, true, undefined],
  )
  const byCertificate = { ...base, certificateHost: 'app.example', certificateBoundTokens: true }
  const read = oidcAppSettingsSchema.parse(byCertificate)
  assert.deepEqual([read.requirePar, read.requireDpop], [true, undefined])
  assert.equal(oidcAppSettingsSchema.parse({ ...base, jwks, ciba: true }).signedRequests, true)
  // What is stored is read again at every change.
  assert.deepEqual(oidcAppSettingsSchema.parse(byKey), byKey)
  const { profile, ...left } = byKey
  assert.deepEqual(oidcAppSettingsSchema.parse(left), left, 'nothing is weaker without the profile')
})

test('the profile refuses each setting that would weaken the app', () => {
  const keys = JSON.parse(jwks).keys as { kid: string }[]
  const onlyOther = JSON.stringify({ keys: keys.filter(({ kid }) => /^E(dDSA|S384)$/.test(kid)) })
  const wrong: [object, string][] = [
    [{}, 'profile'],
    [{ tokenEndpointAuthMethod: 'client_secret_post' }, 'profile'],
    [{ tokenEndpointAuthMethod: 'none' }, 'profile'],
    [{ jwks, signingAlgorithm: 'RS256' }, 'signingAlgorithm'],
    [{ jwks, signedUserinfo: 'RS256' }, 'signedUserinfo'],
    [{ jwks, requestAlgorithm: 'RS256' }, 'requestAlgorithm'],
    [{ jwks, requestAlgorithm: 'EdDSA' }, 'requestAlgorithm'],
    [{ jwks, assertionAudience: 'endpoint' }, 'assertionAudience'],
    [{ jwks, errorsWithoutIssuer: true }, 'errorsWithoutIssuer'],
    [{ jwks, pkce: 'optional' }, 'pkce'],
    [{ jwks, applicationType: 'native' }, 'applicationType'],
    [{ jwks, grants: ['device_code'] }, 'grants'],
    [{ jwks: onlyOther }, 'jwks'],
    [{ certificateHost: 'app.example', ciba: true }, 'ciba'],
  ]
  for (const [settings, path] of wrong) {
    const { error } = oidcAppSettingsSchema.safeParse({ ...base, ...settings })
    assert.equal(error?.issues[0]?.path[0], path, JSON.stringify(settings).slice(0, 100))
    assert.match(error?.issues[0]?.message ?? '', /fapi2/)
  }
  for (const algorithm of ['ES256', 'PS256']) {
    const settings = { ...base, jwks, requestAlgorithm: algorithm, signingAlgorithm: 'ES256' }
    assert.ok(oidcAppSettingsSchema.safeParse(settings).success)
  }
})

async function createProver(alg: string) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(publicKey)
  return {
    prove: async (url: string) => ({
      dpop: await new SignJWT({ htm: 'POST', htu: url, jti: crypto.randomUUID() })
        .setIssuedAt()
        .setProtectedHeader({ alg, typ: 'dpop+jwt', jwk })
        .sign(privateKey),
    }),
  }
}

async function open(t: TestContext, settings: object = {}) {
  const app = await openSigningApp(t, { profile: 'fapi2', ...settings })
  const { iss, aud, iat, nbf, exp, jti, ...plain } = describeRequest(app.issuer)
  /** From the request to the code. */
  const enter = async (fields: Readonly<Record<string, string>>, headers = {}) => {
    const pushed = await app.push(fields, headers)
    assert.equal(pushed.status, 201, JSON.stringify(pushed.body))
    return (await app.begin({ request_uri: String(pushed.body.request_uri) })).url.searchParams
  }
  return { ...app, plain: plain as Record<string, string>, enter }
}

test('an app with the profile logs in by a pushed request and a DPoP key', async (t) => {
  const app = await open(t)
  for (const alg of ['ES256', 'PS256']) {
    const { prove } = await createProver(alg)
    const signed = { request: await app.sign({}, alg as 'ES256') }
    for (const fields of [app.plain, signed]) {
      const answer = await app.enter(fields, await prove(`${app.issuer}/request`))
      assert.equal(answer.get('iss'), app.issuer)
      const { status, body } = await app.redeem(
        answer.get('code'),
        await prove(`${app.issuer}/token`),
      )
      assert.deepEqual([status, body.token_type], [200, 'DPoP'])
      assert.equal(decodeProtectedHeader(String(body.id_token)).alg, 'ES256')
      assert.equal(decodeJwt(String(body.id_token)).sub, app.erika.id)
    }
  }
})

test('A32: an app with the profile gets no code by a request that was not pushed, or without PKCE', async (t) => {
  const { plain, begin, push, sign } = await open(t)
  for (const fields of [plain, { request: await sign() }]) {
    const { searchParams } = (await begin({ ...fields, redirect_uri: signingAppAddress })).url
    assert.deepEqual(
      [searchParams.get('error'), searchParams.get('code')],
      ['invalid_request', null],
    )
  }
  const { code_challenge: _, code_challenge_method: __, ...without } = plain
  for (const changed of [without, { ...plain, code_challenge_method: 'plain' }]) {
    assert.deepEqual((await push(changed)).body.error, 'invalid_request')
  }
  const { redirect_uri: ___, ...nowhere } = plain
  assert.equal((await push(nowhere)).body.error, 'invalid_request')
})

test('A32: an app with the profile gets no token without its key, or with that of another', async (t) => {
  const app = await open(t)
  const url = `${app.issuer}/token`
  const { prove } = await createProver('ES256')
  const code = async () => (await app.enter(app.plain)).get('code')
  assert.equal((await app.redeem(await code())).status, 400)
  const bound = await app.enter(app.plain, await prove(`${app.issuer}/request`))
  const other = await createProver('ES256')
  const { status, body } = await app.redeem(bound.get('code'), await other.prove(url))
  assert.deepEqual([status, body.access_token], [400, undefined])
  for (const alg of ['RS256', 'Ed25519', 'EdDSA']) {
    const weak = await createProver(alg)
    const refused = await app.redeem(await code(), await weak.prove(url))
    assert.deepEqual([refused.status, refused.body.error], [400, 'invalid_dpop_proof'], alg)
    const pushed = await app.push(app.plain, await weak.prove(`${app.issuer}/request`))
    assert.deepEqual([pushed.status, pushed.body.error], [400, 'invalid_dpop_proof'], alg)
  }
})

test('A32: an app with the profile cannot prove itself with another algorithm, audience or secret', async (t) => {
  const app = await open(t)
  const assertions = [
    ...(await Promise.all([app.authenticate({}, 'RS256'), app.authenticate({}, 'EdDSA')])),
    ...(await Promise.all(
      [[app.issuer], `${app.issuer}/request`, `${app.issuer}/token`].map((aud) =>
        app.authenticate({ aud }),
      ),
    )),
  ]
  for (const [at, fields] of assertions.entries()) {
    const pushed = await app.push({ ...app.plain, ...fields })
    assert.deepEqual([pushed.status, pushed.body.error], [401, 'invalid_client'], `${at}`)
  }
  for (const alg of ['ES256', 'PS256'] as const) {
    const fields = await app.authenticate({}, alg)
    assert.equal((await app.push({ ...app.plain, ...fields })).status, 201)
  }
})

test('A32: a signed request of an app with the profile has an nbf, and no RS256', async (t) => {
  const app = await open(t, { signedRequests: true })
  const wrong = [
    await app.sign({ nbf: undefined as never }),
    await app.sign({}, 'RS256'),
    await app.sign({}, 'EdDSA'),
  ]
  for (const request of wrong) {
    assert.equal((await app.push({ request })).body.error, 'invalid_request_object')
  }
  assert.equal((await app.push(app.plain)).body.error, 'invalid_request')
  for (const alg of ['ES256', 'PS256'] as const) {
    assert.equal((await app.push({ request: await app.sign({}, alg) })).status, 201)
  }
})

test('an app with the profile and a certificate gets tokens that work only with it', async (t) => {
  const { certificate } = makeCertificate()
  const settings = {
    jwks: undefined,
    certificateThumbprint: certificate.fingerprint256,
    certificateBoundTokens: true,
  }
  const app = await open(t, settings)
  const own = { 'client-cert': `:${certificate.raw.toString('base64')}:` }
  const post = async (path: string, fields: Record<string, string>, headers: object) => {
    const body = new URLSearchParams({ client_id: 'app', ...fields })
    const sent = { method: 'POST', body, headers: { ...headers } }
    const answer = await fetch(`${app.issuer}${path}`, sent)
    return (await answer.json()) as Record<string, string>
  }
  assert.equal((await post('/request', app.plain, {})).error, 'invalid_client')
  const { request_uri = '' } = await post('/request', app.plain, own)
  const { url } = await app.begin({ request_uri })
  const grant = {
    grant_type: 'authorization_code',
    code: url.searchParams.get('code') ?? '',
    redirect_uri: signingAppAddress,
    code_verifier: 'a-verifier-that-is-long-enough-for-every-server',
  }
  const { access_token: token } = await post('/token', grant, own)
  const ask = async (headers: object) => {
    const sent = { authorization: `Bearer ${token}`, ...headers }
    return (await fetch(`${app.issuer}/me`, { headers: sent })).status
  }
  assert.deepEqual([await ask(own), await ask({})], [200, 401])
})
