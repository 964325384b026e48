// What the discovery document says is supported is used: each value is tried, and a new one has to be tried here as well.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { decodeJwt } from 'jose'
import {
  describeRequest,
  openSigningApp,
  signingAppAddress,
} from '../../../dev/test-support/signing-app.ts'
import { addToGroup } from '../../../identity/users/groups.ts'
import { changeAttributes } from '../../../identity/users/local/attributes.ts'

type App = Awaited<ReturnType<typeof openSigningApp>>

/** Whether the value did what it promises. */
type Try = (app: App, value: string) => Promise<boolean>

/** The parameters of the answer to a request, in whatever mode. */
async function ask(app: App, extra: Readonly<Record<string, string>>) {
  const { code_challenge: challenge } = describeRequest(app.issuer)
  const { url, response } = await app.begin({
    ...{ response_type: 'code', redirect_uri: signingAppAddress, scope: 'openid profile' },
    ...{ code_challenge: `${challenge}`, code_challenge_method: 'S256', state: 'x', ...extra },
  })
  const fragment = new URLSearchParams(url.hash.slice(1))
  const posted = await response?.json().catch(() => ({}))
  const all = { ...Object.fromEntries([...url.searchParams, ...fragment]), ...posted?.fields }
  return all.response === undefined ? all : decodeJwt<Record<string, string>>(all.response)
}

/** The tokens of a login, and the claims in its ID token. */
async function enter(app: App, extra: Readonly<Record<string, string>>) {
  const { code } = await ask(app, extra)
  const { body } = await app.redeem(`${code}`)
  assert.equal(typeof body.id_token, 'string', JSON.stringify([extra, body]))
  return { body, claims: decodeJwt(`${body.id_token}`) }
}

const tries: Readonly<Record<string, Try>> = {
  async acr_values_supported(app, value) {
    await app.server.logIn(app.browser, app.erika.id, { acr: value })
    return (await enter(app, { acr_values: value })).claims.acr === value
  },
  async claims_supported(app, value) {
    const { claims } = await enter(app, { claims: JSON.stringify({ id_token: { [value]: null } }) })
    return value in claims
  },
  async claims_parameter_supported(app) {
    const { claims } = await enter(app, { claims: '{"id_token":{"email":{"essential":true}}}' })
    return claims.email !== undefined
  },
  code_challenge_methods_supported: async (app, value) =>
    'code' in (await ask(app, { code_challenge_method: value })),
  async grant_types_supported(app, value) {
    const { body } = await app.post('/token', { grant_type: value, scope: '' })
    const other = await app.post('/token', { grant_type: 'urn:example:other' })
    return other.body.error === 'unsupported_grant_type' && body.error !== other.body.error
  },
  authorization_response_iss_parameter_supported: async (app) =>
    (await ask(app, {})).iss === app.issuer,
  response_modes_supported: async (app, value) =>
    'code' in (await ask(app, { response_mode: value })),
  response_types_supported: async (app, value) =>
    value in (await ask(app, { response_type: value })),
  async scopes_supported(app, value) {
    const { body } = await enter(app, { scope: `openid ${value}`, prompt: 'consent' })
    return `${body.scope}`.split(' ').includes(value)
  },
  async token_endpoint_auth_signing_alg_values_supported(app, value) {
    const fields = await app.authenticate({}, value as 'ES256')
    const body = new URLSearchParams({ ...fields, token: 'a token' })
    return (await fetch(`${app.issuer}/token/revocation`, { method: 'POST', body })).status === 200
  },
  async request_object_signing_alg_values_supported(app, value) {
    const { url } = await app.begin({ request: await app.sign({}, value as 'ES256') })
    return url.searchParams.has('code')
  },
  request_parameter_supported: async (app) =>
    (await app.begin({ request: await app.sign() })).url.searchParams.has('code'),
  async dpop_signing_alg_values_supported(app, value) {
    const { code } = await ask(app, {})
    const claims = { htm: 'POST', htu: `${app.issuer}/token`, jti: crypto.randomUUID() }
    const jwk = app.keys.publicKey(value).export({ format: 'jwk' })
    const header = { alg: value, typ: 'dpop+jwt', jwk }
    const proof = await app.keys.sign({ ...claims, iat: Math.floor(Date.now() / 1000) }, header)
    return (await app.redeem(`${code}`, { dpop: proof })).body.token_type === 'DPoP'
  },
}

/** What needs more than a request of one app is tried in these files. */
const elsewhere: Readonly<Record<string, string>> = {
  subject_types_supported: 'subjects.test.ts',
  token_endpoint_auth_methods_supported: 'client-certificates.test.ts',
  id_token_signing_alg_values_supported: 'signed-answers.test.ts',
  authorization_signing_alg_values_supported: 'signed-answers.test.ts',
  userinfo_signing_alg_values_supported: 'client-options.test.ts',
  backchannel_logout_supported: 'back-channel-logout.test.ts',
  backchannel_logout_session_supported: 'back-channel-logout.test.ts',
  backchannel_token_delivery_modes_supported: 'ciba.test.ts',
  backchannel_authentication_request_signing_alg_values_supported: 'ciba-signed.test.ts',
  claim_types_supported: 'claims.test.ts',
}

async function setUp(t: TestContext) {
  const app = await openSigningApp(t, {
    grants: ['client_credentials', 'device_code'],
    ciba: true,
    scopes: ['profile', 'email', 'address', 'phone', 'groups'],
  })
  const { server, erika } = app
  const link = 'https://x.example/'
  const attributes = {
    ...{
      givenName: 'x',
      middleName: 'x',
      familyName: 'x',
      nickname: 'x',
      gender: 'x',
      street: 'x',
    },
    ...{ profile: link, picture: link, website: link, birthdate: '2000-01-01', locale: 'de' },
    ...{ zoneinfo: 'Europe/Berlin', phone: '+49 30 1234567' },
  }
  const changes = Object.entries(attributes).map(([name, value]) => [name, [value]] as const)
  await changeAttributes(server.db, erika.id, new Map(changes))
  await addToGroup(server.db, erika.id, 'office')
  return app
}

test('each value that the discovery document supports is used, and what it says it does not support is refused', async (t) => {
  const app = await setUp(t)
  const answer = await fetch(`${app.issuer}/.well-known/openid-configuration`)
  const document = (await answer.json()) as Record<string, unknown>
  const promises = Object.entries(document).filter(([name]) => name.endsWith('_supported'))
  assert.ok(promises.length > 20)
  const broken: string[] = []
  for (const [name, promised] of promises) {
    const attempt = tries[name]
    if (promised === false) continue
    if (attempt === undefined) {
      assert.ok(elsewhere[name], `${name} is promised and tried nowhere`)
      assert.ok(existsSync(join(import.meta.dirname, `${elsewhere[name]}`)), elsewhere[name])
      continue
    }
    for (const value of Array.isArray(promised) ? promised : [`${promised}`]) {
      const result = await attempt(app, value).catch((error: unknown) => `${error}`)
      if (result !== true) broken.push(`${name} ${value}: ${result}`)
    }
  }
  assert.deepEqual(broken, [])
  const refused = await ask(app, { request_uri: 'https://app.example/request' })
  assert.deepEqual(
    [document.request_uri_parameter_supported, refused.error],
    [false, 'request_uri_not_supported'],
  )
})
