import assert from 'node:assert/strict'
import { generateKeyPairSync, type X509Certificate } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import * as client from 'openid-client'
import { makeCertificate } from '../../../dev/test-support/make-certificate.ts'
import { startSignedIn } from '../../../dev/test-support/oidc-server.ts'
import {
  addOptionsApp,
  openOptionsApp,
  redirectUri,
} from '../../../dev/test-support/options-app.ts'
import { readJwt } from '../../../dev/test-support/read-jwt.ts'
import { oidcAppSettingsSchema } from './settings.ts'

const api = 'https://api.example'

function makeKey() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' }
  return { jwk, privateKey }
}

const importKey = (key: ReturnType<typeof makeKey>['privateKey']) =>
  crypto.subtle.importKey(
    'pkcs8',
    key.export({ format: 'der', type: 'pkcs8' }),
    { name: 'ECDSA', namedCurve: 'P-256' },
    false,
    ['sign'],
  )

test('an app authenticates by its key, and is refused without a key or with another one', async (t) => {
  const { jwk, privateKey } = makeKey()
  const jwks = JSON.stringify({ keys: [jwk] })
  const key = await importKey(privateKey)
  const used: string[] = []
  const authenticate = client.PrivateKeyJwt(
    { key, kid: 'k1' },
    {
      [client.modifyAssertion](_header, payload) {
        used.push(JSON.stringify(payload))
      },
    },
  )
  const { signIn, server, erika, clientSecret } = await openOptionsApp(t, { jwks }, authenticate)
  assert.equal(clientSecret, undefined)
  assert.equal((await signIn()).claims()?.sub, erika.id)
  assert.equal(used.length, 1)
  const other = client.PrivateKeyJwt(await importKey(makeKey().privateKey))
  const ask = async (how: client.ClientAuth) => {
    const config = await client.discovery(new URL(server.oidc.issuer), 'app', {}, how, {
      execute: [client.allowInsecureRequests],
    })
    return client.tokenRevocation(config, 'token')
  }
  await assert.rejects(ask(other), { error: 'invalid_client' })
  await assert.rejects(ask(client.None()), { error: 'invalid_client' })
  await assert.rejects(ask(client.ClientSecretPost('x')), { error: 'invalid_client' })
  await ask(authenticate)
})

test('the server reads the keys that an app publishes, if their address is allowed (A34)', async (t) => {
  const { jwk, privateKey } = makeKey()
  const app = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })))
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
  t.after(() => app.close())
  const { port } = app.address() as AddressInfo
  const authenticate = client.PrivateKeyJwt(await importKey(privateKey))
  const jwksUri = `http://127.0.0.1:${port}/jwks`
  const { signIn, erika, server, config } = await openOptionsApp(t, { jwksUri }, authenticate)
  assert.equal((await signIn()).claims()?.sub, erika.id)
  const settings = { redirectUris: [redirectUri], jwksUri: `http://[::1]:${port}/jwks` }
  await server.apps.change(server.db, 'app', { settings })
  await assert.rejects(client.tokenRevocation(config, 'token'), {
    error: 'invalid_client',
  })
})

test('an app authenticates by the certificate that the proxy forwards, and is refused without it', async (t) => {
  const { server } = await startSignedIn(t)
  const { certificate } = makeCertificate()
  const other = makeCertificate().certificate
  const settings = {
    redirectUris: [],
    grants: ['client_credentials'],
    certificateThumbprint: certificate.fingerprint256,
    certificateBoundTokens: true,
  }
  await addOptionsApp(server, settings, client.None())
  const ask = (headers: Record<string, string>) =>
    fetch(`${server.oidc.issuer}/token`, {
      method: 'POST',
      headers,
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'app' }),
    })
  const encode = ({ raw }: X509Certificate) => `:${raw.toString('base64')}:`
  assert.equal((await ask({ 'client-cert': encode(certificate) })).status, 200)
  for (const headers of [
    {},
    { 'client-cert': encode(other) },
    { client_cert: encode(certificate) },
  ]) {
    assert.equal((await ask(headers)).status, 401)
  }
})

test('after a change of the secret the earlier one stays valid until it expires or is ended', async (t) => {
  const { server, clientSecret = '' } = await openOptionsApp(t, {})
  const { apps, db } = server
  const ask = async (secret: string) =>
    (
      await fetch(`${server.oidc.issuer}/token/revocation`, {
        method: 'POST',
        headers: { Authorization: `Basic ${btoa(`app:${secret}`)}` },
        body: new URLSearchParams({ token: 'token' }),
      })
    ).status
  const renewed = (await apps.renewSecret(db, 'app', Date.now() + 60_000)) ?? ''
  assert.deepEqual([await ask(clientSecret), await ask(renewed), await ask('x')], [200, 200, 401])
  const row = await db.selectFrom('apps').selectAll().executeTakeFirstOrThrow()
  assert.ok(!JSON.stringify(row).includes(clientSecret))
  assert.equal(await apps.endEarlierSecret(db, 'app'), true)
  assert.deepEqual([await ask(clientSecret), await ask(renewed)], [401, 200])
  assert.equal(await apps.endEarlierSecret(db, 'app'), false)
  const third = (await apps.renewSecret(db, 'app', Date.now() - 1)) ?? ''
  assert.deepEqual([await ask(renewed), await ask(third)], [401, 200])
})

test('of simultaneous requests with the same client assertion only one succeeds (A33)', async (t) => {
  const { jwk, privateKey } = makeKey()
  const jwks = JSON.stringify({ keys: [jwk] })
  const { server } = await openOptionsApp(
    t,
    { jwks },
    client.PrivateKeyJwt(await importKey(privateKey)),
  )
  let assertion = ''
  const authenticate = client.PrivateKeyJwt(await importKey(privateKey))
  const config = await client.discovery(new URL(server.oidc.issuer), 'app', {}, authenticate, {
    execute: [client.allowInsecureRequests],
  })
  config[client.customFetch] = async (_url, { body }) => {
    assertion = new URLSearchParams(String(body)).get('client_assertion') ?? ''
    return new Response(null, { status: 200 })
  }
  await client.tokenRevocation(config, 'token')
  const send = () =>
    fetch(`${server.oidc.issuer}/token/revocation`, {
      method: 'POST',
      body: new URLSearchParams({
        token: 'token',
        client_assertion: assertion,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      }),
    })
  const answers = await Promise.all(Array.from({ length: 20 }, send))
  const statuses = answers.map(({ status }) => status)
  assert.equal(statuses.filter((status) => status === 200).length, 1)
  assert.ok(
    statuses.every((status) => [200, 400, 401].includes(status)),
    `${statuses}`,
  )
})

test('an app that must push its requests is refused without a pushed request', async (t) => {
  const { signIn, config, browser } = await openOptionsApp(t, { requirePar: true })
  assert.ok((await signIn({ isPushed: true })).claims())
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid',
    code_challenge: 'x'.repeat(43),
    code_challenge_method: 'S256',
  })
  const refused = await browser.open(url, redirectUri)
  assert.equal(refused.url.searchParams.get('error'), 'invalid_request')
})

test('a service gets a token for its API without a user, as a JWT', async (t) => {
  const { config, server } = await openOptionsApp(t, {
    redirectUris: [],
    grants: ['client_credentials'],
    resources: { [api]: 'read,write' },
  })
  const { access_token: token, scope } = await client.clientCredentialsGrant(config, {
    scope: 'read admin',
  })
  const { header, payload } = readJwt(token)
  assert.equal(header.typ, 'at+jwt')
  assert.equal(scope, 'read')
  assert.deepEqual(
    [payload.iss, payload.aud, payload.sub, payload.client_id, payload.scope],
    [server.oidc.issuer, api, 'app', 'app', 'read'],
  )
  await assert.rejects(
    client.clientCredentialsGrant(config, { resource: 'https://other.example' }),
    { error: 'invalid_target' },
  )
})

test('an app cannot use a grant type that it does not have', async (t) => {
  const { config } = await openOptionsApp(t, {})
  await assert.rejects(client.clientCredentialsGrant(config, {}), { error: 'invalid_request' })
  await assert.rejects(client.initiateDeviceAuthorization(config, {}), {
    error: 'invalid_request',
  })
})

test('a login gives an app a token for its API, with only the scopes that are allowed there', async (t) => {
  const { signIn, erika } = await openOptionsApp(t, {
    resources: { [api]: 'read', 'urn:other': 'write' },
    jwtAccessTokens: true,
  })
  const { payload } = readJwt(
    (await signIn({ extra: { scope: 'openid read write' } })).access_token,
  )
  assert.deepEqual([payload.aud, payload.scope, payload.sub], [api, 'read', erika.id])
})

test('the userinfo endpoint refuses a token for an API', async (t) => {
  const resources = { [api]: 'read' }
  const { signIn, server } = await openOptionsApp(t, { resources, jwtAccessTokens: true })
  const { access_token: token } = await signIn({ extra: { scope: 'openid read' } })
  const headers = { Authorization: `Bearer ${token}` }
  assert.equal((await fetch(`${server.oidc.issuer}/me`, { headers })).status, 401)
})

test('an API can introspect every token, and an app only its own tokens (RFC 7662)', async (t) => {
  const { signIn, server, config } = await openOptionsApp(t, {})
  const { access_token: token } = await signIn()
  const own = await client.tokenIntrospection(config, token)
  assert.deepEqual([own.active, own.client_id, own.scope], [true, 'app', 'openid profile'])
  const ask = async (id: string, settings: object) => {
    const { clientSecret } = await server.apps.create(server.db, {
      id,
      name: id,
      settings: { redirectUris: [`http://127.0.0.1:1/${id}`], ...settings } as never,
    })
    const other = await client.discovery(
      new URL(server.oidc.issuer),
      id,
      {},
      client.ClientSecretBasic(clientSecret),
      { execute: [client.allowInsecureRequests] },
    )
    return client.tokenIntrospection(other, token)
  }
  assert.deepEqual(await ask('stranger', {}), { active: false })
  assert.equal((await ask('api', { introspects: true })).active, true)
  await client.tokenRevocation(config, token)
  assert.deepEqual(await client.tokenIntrospection(config, token), { active: false })
})

test('a pairwise app gets its own id of the user, also at introspection and in hints', async (t) => {
  const { signIn, config, erika } = await openOptionsApp(t, { subjectType: 'pairwise' })
  const tokens = await signIn()
  const sub = tokens.claims()?.sub ?? ''
  assert.notEqual(sub, erika.id)
  const info = await client.fetchUserInfo(config, tokens.access_token, sub)
  assert.equal(info.sub, sub)
  const introspected = await client.tokenIntrospection(config, tokens.access_token)
  assert.equal(introspected.sub, sub)
  const again = await signIn({ extra: { prompt: 'none', id_token_hint: tokens.id_token ?? '' } })
  assert.equal(again.claims()?.sub, sub)
  const claims = (value: string) => JSON.stringify({ id_token: { sub: { value } } })
  assert.equal((await signIn({ extra: { claims: claims(sub) } })).claims()?.sub, sub)
  await assert.rejects(signIn({ extra: { claims: claims(erika.id) } }), { error: 'login_required' })
})

test('the answer of the userinfo endpoint is signed for an app that wants it', async (t) => {
  const { signIn, server, erika } = await openOptionsApp(t, { signedUserinfo: 'ES256' })
  const { access_token: token } = await signIn()
  const answer = await fetch(`${server.oidc.issuer}/me`, {
    headers: { Authorization: `Bearer ${token}` },
  })
  assert.match(answer.headers.get('content-type') ?? '', /^application\/jwt/)
  const { header, payload } = readJwt(await answer.text())
  assert.deepEqual(
    [header.alg, payload.sub, payload.aud, payload.preferred_username],
    ['ES256', erika.id, 'app', 'erika'],
  )
})

test('the server refuses contradictory and invalid settings at the field that causes the problem', () => {
  const { jwk } = makeKey()
  const jwks = JSON.stringify({ keys: [jwk] })
  const base = { redirectUris: [redirectUri] }
  const wrong: [object, string][] = [
    [{ redirectUris: [] }, 'redirectUris'],
    [{ ...base, jwks, jwksUri: 'https://app.example/jwks' }, 'jwksUri'],
    [{ ...base, jwks, certificateHost: 'app.example' }, 'certificateHost'],
    [{ ...base, jwks, tokenEndpointAuthMethod: 'none' }, 'jwks'],
    [{ ...base, grants: ['client_credentials'], tokenEndpointAuthMethod: 'none' }, 'grants'],
    [{ ...base, grants: ['password'] }, 'grants'],
    [{ ...base, jwtAccessTokens: true }, 'resources'],
    [{ ...base, resources: { 'javascript:x': 'a' } }, 'resources'],
    [
      { redirectUris: ['https://a.example/', 'https://b.example/'], subjectType: 'pairwise' },
      'redirectUris',
    ],
    [{ ...base, grants: ['device_code'], subjectType: 'pairwise' }, 'grants'],
    [{ ...base, jwks: '{"keys":[{"kty":"oct","k":"x"}]}' }, 'jwks'],
    [{ ...base, jwks: JSON.stringify({ keys: [{ ...jwk, d: 'x' }] }) }, 'jwks'],
    [{ ...base, jwks: 'x' }, 'jwks'],
    [{ ...base, certificateThumbprint: 'abc' }, 'certificateThumbprint'],
    [{ ...base, assertionAudience: 'endpoint' }, 'assertionAudience'],
    [{ ...base, signedRequests: true }, 'signedRequests'],
    [{ ...base, requestAlgorithm: 'PS256' }, 'requestAlgorithm'],
    [{ ...base, jwks, requestAlgorithm: 'HS256' }, 'requestAlgorithm'],
    [{ ...base, certificateHost: 'app.example', signedRequests: true }, 'signedRequests'],
    [{ ...base, jwks, signedRequests: true, tokenEndpointAuthMethod: 'none' }, 'jwks'],
  ]
  for (const [settings, path] of wrong) {
    const { error } = oidcAppSettingsSchema.safeParse(settings)
    assert.equal(error?.issues[0]?.path[0], path, JSON.stringify(settings))
  }
  const right = [
    { redirectUris: [], grants: ['client_credentials'] },
    { ...base, grants: ['device_code'], tokenEndpointAuthMethod: 'none' },
    { ...base, certificateThumbprint: Array.from({ length: 32 }, () => 'AB').join(':') },
    { ...base, jwks, certificateHost: 'app.example', signedRequests: true },
    { ...base, jwks, certificateHost: 'app.example', requestAlgorithm: 'ES256' },
  ]
  for (const settings of right) assert.ok(oidcAppSettingsSchema.safeParse(settings).success)
})
