import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { createBrowser } from '../../../dev/test-support/oidc-browser.ts'
import { signInOn, start, startTestServer } from '../../../dev/test-support/oidc-server.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { appAddress, openRegistrations } from '../../../dev/test-support/registrations.ts'
import { readAudit } from '../../../identity/audit/chain.ts'
import type { OwnPolicy } from '../../../identity/policy/policy.ts'
import { hours, minutes } from '../../../platform/kernel/clock.ts'

async function startRegistrations(t: TestContext) {
  const server = await start(t, undefined, true)
  return { server, ...openRegistrations(server) }
}

const readError = async (answer: Response) => {
  const { error } = (await answer.json()) as { error: string }
  return `${answer.status} ${error}`
}

onEachEngine((engine) => {
  test(`${engine.name}: an app can register itself, read its registration and remove itself`, async (t) => {
    const server = await startTestServer(t, await engine.open(t), { isOpenToApps: true })
    const registrations = openRegistrations(server)
    const rule: OwnPolicy = { level: 'code', allowedGroups: ['office'] }
    const registered = await registrations.register(
      { client_name: 'Chess club', scope: 'openid email', contacts: ['chess@example.org'] },
      { policy: rule },
    )
    const { client_id: id } = registered
    assert.equal(registered.scope, 'openid offline_access email')
    assert.deepEqual(registered.grant_types, ['authorization_code', 'refresh_token'])
    assert.equal(registered.client_secret_expires_at, 0)
    const app = await server.apps.find(server.db, id)
    assert.equal(app?.name, 'Chess club')
    assert.equal(app?.clientSecret, registered.client_secret)
    assert.deepEqual(app?.ownPolicy, rule)
    assert.deepEqual(app?.registration?.contacts, ['chess@example.org'])

    const shown = await registrations.manage(registered, 'GET')
    const { client_secret: _, client_secret_expires_at: __, ...known } = registered
    assert.deepEqual(await shown.json(), known)
    assert.equal((await registrations.manage(registered, 'DELETE')).status, 204)
    assert.equal(await server.apps.find(server.db, id), undefined)
    assert.equal(
      await readError(await registrations.manage(registered, 'GET')),
      '401 invalid_token',
    )
    const all = await readAudit(server.db, { limit: 10 })
    // Refusals are written when there is time for it.
    const events = all.filter(({ type }) => type !== 'app_request_refused')
    const [issued] = await registrations.tokens.list(server.db)
    assert.deepEqual(events.map(({ type, data }) => `${type} ${data.by}`).sort(), [
      `app_created registration:${issued?.id}`,
      `app_removed registration:${id}`,
      'registration_token_issued cli:alice',
    ])
  })

  test(`${engine.name}: a token registers only as many apps as it allows, also at the same time`, async (t) => {
    const server = await startTestServer(t, await engine.open(t), { isOpenToApps: true })
    const { issue, post, tokens } = openRegistrations(server)
    const { secret } = await issue({ uses: 3 })
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post(secret, { redirect_uris: [appAddress] })),
    )
    const statuses = answers.map(({ status }) => status)
    assert.equal(statuses.filter((status) => status === 201).length, 3)
    assert.equal(statuses.filter((status) => status === 401).length, 17)
    assert.equal((await server.apps.list(server.db)).length, 3)
    const [token] = await tokens.list(server.db)
    assert.equal(token?.state, 'used')
    assert.equal(await tokens.spend(server.db, token.id), false)
    assert.equal(JSON.stringify(token).includes(secret), false)
  })

  test(`${engine.name}: a token that was revoked or has expired registers nothing`, async (t) => {
    const server = await startTestServer(t, await engine.open(t), { isOpenToApps: true })
    const { issue, post, tokens, operations, administrator } = openRegistrations(server)
    const revoked = await issue()
    await operations.revokeToken(administrator, revoked.token.id)
    const expired = await issue({ lifetime: -minutes(1) })
    for (const { token } of [revoked, expired]) {
      assert.equal(await tokens.spend(server.db, token.id), false)
    }
    for (const secret of [revoked.secret, expired.secret, 'unknown', revoked.token.id]) {
      const answer = await post(secret, { redirect_uris: [appAddress] })
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer error="invalid_token"/)
      assert.equal(await readError(answer), '401 invalid_token')
    }
    assert.deepEqual(await server.apps.list(server.db), [])
    await assert.rejects(operations.revokeToken(administrator, revoked.token.id), {
      code: 'not_found',
    })
  })

  test(`${engine.name}: a user gives consent to an app that registered itself once in each session`, async (t) => {
    const server = await startTestServer(t, await engine.open(t), { isOpenToApps: true })
    const { browser } = await signInOn(server)
    const { registerPublic, operations, administrator } = openRegistrations(server)
    const { id, begin } = await registerPublic({
      client_name: 'Chess club',
      policy_uri: 'https://app.example.org/privacy',
    })
    const headers = { 'sec-fetch-dest': 'iframe' }
    const silent = await browser.fetch(begin({ prompt: 'none' }), { headers })
    assert.match(silent.headers.get('location') ?? '', /\?error=consent_required/)
    const asked = await browser.open(begin(), appAddress)
    const page = (await asked.response?.json()) as Record<string, string>
    assert.equal(page.appName, 'Chess club')
    assert.equal(page.place, 'app.example.org')
    assert.equal(page.policyUri, 'https://app.example.org/privacy')
    const action = `${server.origin}${page.action}`
    // A GET of the address of the answer gives no consent.
    assert.equal((await browser.open(action, appAddress)).response?.status, 200)
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const allowed = await browser.fetch(action, { method: 'POST', body: '', headers: form })
    // A page and no redirect, as browsers apply the policy of the page with the form to redirects.
    const { url } = (await allowed.json()) as { url: string }
    const back = await browser.open(new URL(url, server.origin), appAddress)
    assert.ok(back.url.searchParams.has('code'), back.url.href)
    const again = await browser.open(begin(), appAddress)
    assert.ok(again.url.searchParams.has('code'))
    const asks = await browser.open(begin({ prompt: 'consent' }), appAddress)
    assert.equal(asks.response?.status, 200)
    const other = createBrowser()
    await server.logIn(other, (await server.addUser('max')).id)
    assert.equal((await other.open(begin(), appAddress)).response?.status, 200)
    await operations.adopt(administrator, id)
    assert.ok((await other.open(begin(), appAddress)).url.searchParams.has('code'))
  })
})

test('the server refuses metadata that an app may not have, with the error code of RFC 7591', async (t) => {
  const { post, issue, server } = await startRegistrations(t)
  const { secret } = await issue({ uses: 100 })
  const https = 'https://app.example.org/'
  const addresses = [
    ...['javascript:alert(1)', 'data:text/html,x', 'JaVaScRiPt://a.b/%0aalert(1)', 'callback'],
    ...['http://app.example.org/cb', 'http://localhost/cb', 'https://localhost/cb'],
    ...['https://app.example.org/*', 'https://app.example.org/cb#x', 'https://a:b@example.org/'],
    ...['https://127.0.0.1/cb', 'com.example.app:/cb', `${server.origin}/oidc/device`, ''],
  ]
  for (const address of addresses) {
    const answer = await post(secret, { redirect_uris: [https, address] })
    assert.equal(await readError(answer), '400 invalid_redirect_uri', address)
  }
  const own = `${server.origin}/oidc/device`
  const native = [
    'http://app.example.org/cb',
    'app:/cb',
    'https://localhost/cb',
    'javascript:x',
    own,
  ]
  for (const address of native) {
    const body = { application_type: 'native', redirect_uris: [address] }
    assert.equal(await readError(await post(secret, body)), '400 invalid_redirect_uri', address)
  }
  assert.equal(await readError(await post(secret, {})), '400 invalid_redirect_uri')
  const wrong: Record<string, unknown>[] = [
    ...[{ client_name: 'Web\u202email' }, { client_name: 'x'.repeat(101) }, { client_name: ' ' }],
    ...[{ response_types: ['id_token'] }, { grant_types: ['implicit'] }],
    ...[{ grant_types: ['authorization_code', 'client_credentials'] }, { grant_types: [] }],
    ...[
      { token_endpoint_auth_method: 'tls_client_auth' },
      { id_token_signed_response_alg: 'none' },
    ],
    ...[
      { token_endpoint_auth_method: 'private_key_jwt' },
      { userinfo_signed_response_alg: 'none' },
    ],
    ...[{ id_token_encrypted_response_alg: 'RSA-OAEP' }, { subject_type: 'ephemeral' }],
    { backchannel_user_code_parameter: true },
    ...[{ policy_uri: 'javascript:alert(1)' }, { tos_uri: 'data:text/html,x' }],
    ...[{ logo_uri: 'javascript:alert(1)' }, { client_uri: 'vbscript:x' }],
    ...[{ initiate_login_uri: 'http://127.0.0.1/' }, { jwks_uri: 'file:///etc/passwd' }],
    ...[{ jwks: { keys: [] }, jwks_uri: https }, { contacts: 'all' }],
    ...[{ sector_identifier_uri: 'http://app.example.org/' }, { scope: ['openid'] }],
    { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [{ kty: 'oct', k: 'AA' }] } },
    { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [{ kty: 'RSA', d: 'AA' }] } },
    { subject_type: 'pairwise', redirect_uris: [https, 'https://other.example.org/'] },
    { require_signed_request_object: true },
  ]
  for (const metadata of wrong) {
    const answer = await post(secret, { redirect_uris: [https], ...metadata })
    const text = JSON.stringify(metadata)
    const { error, error_description: description } = (await answer.json()) as Record<
      string,
      string
    >
    assert.equal(`${answer.status} ${error}`, '400 invalid_client_metadata', text)
    assert.match(description ?? '', /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/, text)
  }
  assert.deepEqual(await server.apps.list(server.db), [])
})

test('a body that is no JSON object, too long, or of another type is refused, and so is another method', async (t) => {
  const { post, issue, endpoint } = await startRegistrations(t)
  const { secret } = await issue()
  for (const body of ['', '{', '[]', '"x"', 'null', '{"a":1}{', 'x'.repeat(70_000)]) {
    assert.equal(await readError(await post(secret, body)), '400 invalid_client_metadata')
  }
  const form = await post(secret, 'a=b', { 'content-type': 'application/x-www-form-urlencoded' })
  assert.equal(await readError(form), '400 invalid_client_metadata')
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const answer = await fetch(endpoint, { method })
    assert.equal(answer.headers.get('allow'), 'POST')
    assert.equal(answer.status, 405)
  }
  const inAddress = await fetch(`${endpoint}?access_token=${secret}`, { method: 'POST' })
  assert.equal(await readError(inAddress), '401 invalid_token')
})

test('the server ignores unknown metadata, and settings that only an administrator may choose', async (t) => {
  const { register, server } = await startRegistrations(t)
  const { client_id: id } = await register({
    client_id: 'mail',
    client_secret: 'chosen',
    software_statement: 'e30.e30.',
    allowedGroups: [],
    policy: { secondFactor: 'none' },
    introspects: true,
    allowedOrigins: ['https://evil.example'],
    claims: { groups: 'groups' },
    resources: { 'https://api.example': 'all' },
    __proto__: { registration: null },
    'client_name#de': 'Schach',
    loginWindow: 'popup',
  })
  assert.match(id, /^app_/)
  const app = await server.apps.find(server.db, id)
  assert.equal(app?.name, 'app.example.org')
  assert.notEqual(app?.clientSecret, 'chosen')
  const { settings } = app ?? assert.fail('no app')
  assert.deepEqual(settings.allowedOrigins, [])
  for (const name of ['introspects', 'claims', 'resources']) assert.equal(settings[name], undefined)
  assert.equal(settings.pkce, 'required')
  assert.equal(settings.loginWindow, 'page')
})

test('the terms of a token limit the scopes of its apps, and make PKCE optional only for confidential apps', async (t) => {
  const { register, server } = await startRegistrations(t)
  const terms = { scopes: ['email'], pkce: 'optional' } as const
  const open = await register({ scope: 'openid email groups phone' }, { terms })
  assert.equal(open.scope, 'openid offline_access email')
  const shown = await register({ token_endpoint_auth_method: 'none' }, { terms })
  const native = await register({ application_type: 'native' }, { terms })
  const rules = await Promise.all(
    [open, shown, native].map(async ({ client_id: id }) => {
      return (await server.apps.find(server.db, id))?.settings.pkce
    }),
  )
  assert.deepEqual(rules, ['optional', 'required', 'required'])
})

test('a token may let its apps with a key sign for another audience than the issuer', async (t) => {
  const { register, server } = await startRegistrations(t)
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const keys = { jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'a' }] } }
  const own = { token_endpoint_auth_method: 'private_key_jwt', ...keys }
  const terms = { assertionAudience: 'endpoint' } as const
  const made = [await register(own), await register(own, { terms }), await register({}, { terms })]
  const audiences = await Promise.all(
    made.map(async ({ client_id: id }) => {
      return (await server.apps.find(server.db, id))?.settings.assertionAudience
    }),
  )
  assert.deepEqual(audiences, [undefined, 'endpoint', undefined])
})

test('a registration can be read and removed only with its own token', async (t) => {
  const { register, manage, issue, server } = await startRegistrations(t)
  const mine = await register()
  const other = await register()
  await server.addApp({ id: 'mail' })
  const { secret } = await issue()
  const mail = { ...mine, registration_client_uri: `${server.origin}/oidc/register/mail` }
  const attempts: [typeof mine, string][] = [
    [mine, other.registration_access_token],
    [mine, secret],
    [mine, `${mine.client_secret}`],
    [mail, mine.registration_access_token],
    [mail, ''],
    [{ ...mine, registration_client_uri: `${server.origin}/oidc/register/nobody` }, secret],
    [{ ...mine, registration_client_uri: `${server.origin}/oidc/register/a%00b` }, secret],
  ]
  const texts = new Set<string>()
  for (const [target, token] of attempts) {
    for (const method of ['GET', 'DELETE']) {
      const answer = await manage(target, method, token)
      assert.equal(answer.status, 401)
      if (token !== '') texts.add(await answer.text())
    }
  }
  assert.equal(texts.size, 1, 'which apps there are is told apart')
  assert.equal((await manage(mine, 'PUT')).status, 405)
  assert.equal((await server.apps.list(server.db)).length, 3)
})

test('an app that was adopted can no longer remove itself', async (t) => {
  const { register, manage, operations, administrator, server } = await startRegistrations(t)
  const registered = await register()
  const { client_id: id } = registered
  await operations.adopt(administrator, id)
  assert.equal((await manage(registered, 'DELETE')).status, 401)
  assert.equal((await server.apps.find(server.db, id))?.registration, undefined)
  await assert.rejects(operations.adopt(administrator, id), { code: 'conflict' })
  await assert.rejects(operations.adopt(administrator, 'nobody'), { code: 'not_found' })
})

test('an address that sends too many wrong tokens has to wait', async (t) => {
  const { post, endpoint } = await startRegistrations(t)
  const from = (address: string) => ({ 'x-forwarded-for': address })
  const send = () => post('wrong', {}, from('203.0.113.7'))
  for (let count = 0; count < 10; count += 1) assert.equal((await send()).status, 401)
  const limited = await send()
  assert.equal(limited.status, 429)
  assert.ok(Number(limited.headers.get('retry-after')) > 0)
  assert.equal((await post('wrong', {}, from('203.0.113.8'))).status, 401)
  assert.ok(endpoint)
})

test('the registration endpoint exists and is published only if it is turned on', async (t) => {
  const { server, endpoint } = await startRegistrations(t)
  const readNamed = async (issuer: string) => {
    const answer = await fetch(`${issuer}/.well-known/openid-configuration`)
    return ((await answer.json()) as Record<string, unknown>).registration_endpoint
  }
  assert.equal(await readNamed(server.oidc.issuer), endpoint)
  const closed = await start(t)
  assert.equal(await readNamed(closed.oidc.issuer), undefined)
  const { issue, post } = openRegistrations(closed)
  const { secret } = await issue()
  assert.equal((await post(secret, { redirect_uris: [appAddress] })).status, 404)
})

test('apps of one sector get the same id of a user, and a login does not load the sector document again', async (t) => {
  const { server, browser, erika } = await signInOn(await start(t))
  const learnSub = async (id: string, sector?: string) => {
    const redirectUris = [`http://127.0.0.1:1/${id}`, `https://${id}.example/callback`]
    const app = await server.addApp({
      id,
      settings: {
        redirectUris: sector === undefined ? redirectUris.slice(0, 1) : redirectUris,
        subjectType: 'pairwise',
        ...(sector !== undefined && { sectorIdentifierUri: sector }),
      },
    })
    return (await app.signIn(browser)).claims()?.sub
  }
  const first = await learnSub('first', 'https://sector.invalid/a.json')
  assert.equal(await learnSub('second', 'https://sector.invalid/b.json'), first)
  assert.notEqual(await learnSub('third', 'https://other.invalid/a.json'), first)
  assert.notEqual(await learnSub('fourth'), first)
  assert.notEqual(first, erika.id)
})

onEachEngine((engine) => {
  test(`${engine.name}: tokens that expired long ago are removed`, async (t) => {
    const server = await startTestServer(t, await engine.open(t))
    const { issue, tokens } = openRegistrations(server)
    await issue({ name: 'old', lifetime: -hours(24 * 91) })
    await issue({ name: 'expired', lifetime: -hours(24 * 89) })
    await issue({ name: 'valid' })
    await server.oidc.purge()
    const names = (await tokens.list(server.db)).map(({ name, state }) => `${name} ${state}`)
    assert.deepEqual(names.sort(), ['expired expired', 'valid valid'])
  })
})
