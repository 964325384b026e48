// What the library says of a refusal leads to the setting that mends it. A version of the library with other words fails here.
import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { start, type TestServer } from '../../../dev/test-support/oidc-server.ts'
import { openOptionsApp, redirectUri } from '../../../dev/test-support/options-app.ts'
import { adviseApp, refusalCauses } from './refusal-causes.ts'
import { oidcAppSettingsSchema } from './settings.ts'

const verifier = 'a'.repeat(43)
const challenge = createHash('sha256').update(verifier).digest('base64url')
const pkce = { code_challenge: challenge, code_challenge_method: 'S256' }

const { x, y } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
  format: 'jwk',
})
const createKeySet = () => JSON.stringify({ keys: [{ kty: 'EC', crv: 'P-256', x, y }] })

interface Attempt {
  readonly settings?: object
  readonly path?: string
  /** In a query; with a path other than /auth in a form. */
  readonly fields: Readonly<Record<string, string>>
  readonly secret?: string
}

const ask = (more: Record<string, string> = {}) => ({
  response_type: 'code',
  scope: 'openid',
  redirect_uri: redirectUri,
  ...pkce,
  ...more,
})
const code = { grant_type: 'authorization_code', code: 'x', redirect_uri: redirectUri }
const client = { grant_type: 'client_credentials' }
const asClient = { grants: ['client_credentials'] }

const attempts: Readonly<Record<string, Attempt>> = {
  pkce_missing: { fields: { response_type: 'code', scope: 'openid', redirect_uri: redirectUri } },
  pkce_method: { fields: ask({ code_challenge_method: 'plain' }) },
  invalid_redirect_uri: { fields: ask({ redirect_uri: 'https://other.example/' }) },
  scope_not_allowed: { settings: { scopes: ['email'] }, fields: ask({ scope: 'openid groups' }) },
  scope_openid_missing: { fields: ask({ scope: 'email', claims: '{"id_token":{"acr":null}}' }) },
  response_type: { fields: ask({ response_type: 'id_token', nonce: 'n' }) },
  response_mode: { fields: ask({ response_mode: 'carrier_pigeon' }) },
  prompt_unknown: { fields: ask({ prompt: 'create' }) },
  pushed_request_missing: { settings: { requirePar: true }, fields: ask() },
  signed_request_missing: {
    settings: { jwks: createKeySet(), signedRequests: true },
    fields: ask(),
  },
  request_uri_not_supported: { fields: ask({ request_uri: 'https://app.example/request' }) },
  logout_uri_unknown: {
    path: '/session/end',
    fields: { post_logout_redirect_uri: 'https://other.example/' },
  },
  grant_unknown: { path: '/token', fields: { grant_type: 'password' } },
  grant_not_allowed: { path: '/token', fields: client },
  secret_wrong: { path: '/token', fields: code, secret: 'wrong' },
  client_authentication_other: {
    path: '/token',
    fields: code,
    settings: { tokenEndpointAuthMethod: 'none' },
    secret: 'any',
  },
  dpop_missing: { path: '/token', fields: client, settings: { ...asClient, requireDpop: true } },
  invalid_target: {
    path: '/token',
    fields: { ...client, resource: 'https://api.example' },
    settings: asClient,
  },
}

/** With a code that a person got. */
const ofCodes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  pkce_mismatch: { code_verifier: 'b'.repeat(43) },
  redirect_uri_changed: { code_verifier: verifier, redirect_uri: `${redirectUri}2` },
}

/** See client-assertions.test.ts, client-certificates.test.ts and request-objects.test.ts. */
const elsewhere = ['assertion_audience', 'certificate_missing', 'request_not_supported']

async function send(server: TestServer, { settings, path = '/auth', fields, secret }: Attempt) {
  const { apps, db, oidc } = server
  const { clientSecret } = await apps.create(db, {
    id: 'app',
    name: 'App',
    settings: { redirectUris: [redirectUri], ...settings } as never,
    policy: { secondFactor: 'none' },
  })
  const sent = secret ?? clientSecret
  const body = new URLSearchParams({
    client_id: 'app',
    ...(path === '/token' && sent !== undefined && { client_secret: sent }),
    ...fields,
  })
  const isForm = path === '/token'
  const url = `${oidc.issuer}${path}`
  await fetch(isForm ? url : `${url}?${body}`, {
    redirect: 'manual',
    ...(isForm && { method: 'POST', body }),
  })
}

async function listReasons({ refusals }: TestServer) {
  const samples = await refusals.metric.read()
  return samples.flatMap(({ labels, value }) => (value > 0 ? [labels?.reason] : []))
}

for (const [cause, fields] of Object.entries(ofCodes)) {
  test(`a refused code is recorded as ${cause}`, async (t) => {
    const { server, browser, clientSecret } = await openOptionsApp(t, {})
    const query = new URLSearchParams({ client_id: 'app', ...ask() })
    const { url } = await browser.open(`${server.oidc.issuer}/auth?${query}`, redirectUri)
    const form = { ...code, code: `${url.searchParams.get('code')}`, client_id: 'app', ...fields }
    const body = new URLSearchParams({ ...form, client_secret: `${clientSecret}` })
    await fetch(`${server.oidc.issuer}/token`, { method: 'POST', body })
    assert.deepEqual(await listReasons(server), [cause])
  })
}

for (const [cause, attempt] of Object.entries(attempts)) {
  test(`a refusal is recorded as ${cause}, with an advice for an operator`, async (t) => {
    const server = await start(t)
    await send(server, attempt)
    assert.deepEqual(await listReasons(server), [cause])
  })
}

test('each cause is tried by a request, here or in the test of its own', () => {
  assert.deepEqual(
    [...Object.keys(attempts), ...Object.keys(ofCodes), ...elsewhere].toSorted(),
    Object.keys(refusalCauses).toSorted(),
  )
})

test('the advice for missing PKCE is to turn it on, and only an app with a secret may do without', () => {
  const advise = (settings: object) =>
    adviseApp('pkce_missing', { id: 'wiki', settings: oidcAppSettingsSchema.parse(settings) })
  const own = { redirectUris: [redirectUri] }
  assert.equal(
    advise(own),
    'This app sent no PKCE. Turn it on there (S256); if it cannot: einlass app change wiki --pkce optional',
  )
  for (const more of [{ tokenEndpointAuthMethod: 'none' }, { applicationType: 'native' }]) {
    assert.doesNotMatch(`${advise({ ...own, ...more })}`, /optional/)
  }
  assert.equal(advise({ ...own, pkce: 'optional' }), undefined)
  const jwks = createKeySet()
  assert.equal(
    advise({ ...own, profile: 'fapi2', jwks, requireDpop: true }),
    'This app sent no PKCE. Turn it on there (S256), as its profile asks for.',
  )
})
