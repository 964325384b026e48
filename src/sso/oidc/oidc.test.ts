import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import * as client from 'openid-client'
import { systemClock } from '../../kernel/clock.ts'
import { silentLog } from '../../kernel/log.ts'
import { acrNumber, acrPassword } from '../../policy/assurance.ts'
import { onEachEngine } from '../../storage/on-each-engine.ts'
import { openDatabase } from '../../storage/open.ts'
import { createBrowser, startTestServer, type TestServer } from './test-server.ts'

async function start(t: TestContext, publicUrl?: string) {
  const database = await openDatabase({
    storage: { type: 'sqlite', file: ':memory:' },
    clock: systemClock,
    log: silentLog,
  })
  const server = await startTestServer(t, database, publicUrl)
  t.after(() => database.close())
  return server
}

async function signInOn(server: TestServer) {
  const erika = await server.addUser('erika')
  const browser = createBrowser()
  const login = await server.logIn(browser, erika.id)
  return { server, erika, browser, login }
}

test('a person without a login is sent to the login page and then into the app', async (t) => {
  const server = await start(t)
  const erika = await server.addUser('erika')
  const mail = await server.addApp({ id: 'mail' })
  const browser = createBrowser()
  const attempt = await mail.begin()
  const page = await browser.open(attempt.url, mail.redirectUri)
  assert.equal(page.url.pathname, '/login')
  const wish = server.continuations.open(page.url.searchParams.get('continue') ?? '')
  assert.equal(wish?.appId, 'mail')

  await server.logIn(browser, erika.id, { amr: ['pwd', 'mca', 'mfa'], acr: acrNumber })
  const end = await browser.open(`${server.origin}${wish?.returnTo}`, mail.redirectUri)
  const tokens = await mail.finish(end.url, attempt)
  const claims = tokens.claims()
  assert.equal(claims?.sub, erika.id)
  assert.equal(claims?.acr, acrNumber)
  assert.deepEqual(claims?.amr, ['pwd', 'mca', 'mfa'])
  assert.ok(Math.abs((claims?.auth_time ?? 0) - Date.now() / 1000) < 100)
  const info = await client.fetchUserInfo(mail.config, tokens.access_token, erika.id)
  assert.deepEqual(info, {
    sub: erika.id,
    name: 'erika Muster',
    preferred_username: 'erika',
    email: 'erika@x.test',
  })
})

async function startSignedIn(t: TestContext) {
  return signInOn(await start(t))
}

test('a second app needs no second login', async (t) => {
  const { server, erika, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const wiki = await server.addApp({ id: 'wiki' })
  const first = await mail.signIn(browser)
  const second = await wiki.signIn(browser)
  assert.equal(first.claims()?.sub, erika.id)
  assert.equal(second.claims()?.sub, erika.id)
  const signedIn = await server.db
    .selectFrom('audit_events')
    .select('data')
    .where('type', '=', 'oidc_signed_in')
    .execute()
  assert.deepEqual(
    signedIn.map(({ data }) => JSON.parse(data).appId),
    ['mail', 'wiki'],
  )
})

test('two apps that are opened at the same moment both work', async (t) => {
  const { server, erika, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const wiki = await server.addApp({ id: 'wiki' })
  const both = await Promise.all([mail.signIn(browser), wiki.signIn(browser)])
  await client.fetchUserInfo(mail.config, both[0].access_token, erika.id)
  await client.fetchUserInfo(wiki.config, both[1].access_token, erika.id)
})

test('a public client gets in by PKCE alone', async (t) => {
  const { server, erika, browser } = await startSignedIn(t)
  const settings = { redirectUris: ['http://127.0.0.1:1/spa'], tokenEndpointAuthMethod: 'none' }
  const spa = await server.addApp({ id: 'spa', settings: settings as never })
  assert.equal((await spa.signIn(browser)).claims()?.sub, erika.id)
})

test('a request without PKCE, or with the plain method, is refused (A33)', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { url } = await mail.begin()
  const plain = new URL(url)
  plain.searchParams.set('code_challenge_method', 'plain')
  const bare = new URL(url)
  bare.searchParams.delete('code_challenge')
  bare.searchParams.delete('code_challenge_method')
  for (const request of [plain, bare]) {
    const { url: answer } = await browser.open(request, mail.redirectUri)
    assert.equal(answer.searchParams.get('error'), 'invalid_request')
    assert.equal(answer.searchParams.get('code'), null)
  }
})

test('a wrong or missing verifier gets no token (A33)', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  for (const pkceCodeVerifier of [client.randomPKCECodeVerifier(), undefined]) {
    const attempt = await mail.begin()
    const { url } = await browser.open(attempt.url, mail.redirectUri)
    const { pkceCodeVerifier: _right, ...rest } = attempt.checks
    const checks = { ...rest, ...(pkceCodeVerifier !== undefined && { pkceCodeVerifier }) }
    await assert.rejects(mail.finish(url, { ...attempt, checks }), { error: 'invalid_grant' })
  }
})

test('only the code flow is offered', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  for (const response_type of ['token', 'id_token', 'code id_token', 'none']) {
    const { url } = await mail.begin({ response_type })
    const end = await browser.open(url, mail.redirectUri)
    assert.match(end.url.href, /error=unsupported_response_type/, response_type)
  }
})

test('a code that is used twice is refused and takes its tokens down (A33)', async (t) => {
  const { server, erika, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const attempt = await mail.begin()
  const { url } = await browser.open(attempt.url, mail.redirectUri)
  const tokens = await mail.finish(url, attempt)
  const other = await mail.signIn(browser)
  await client.fetchUserInfo(mail.config, tokens.access_token, erika.id)
  await assert.rejects(mail.finish(url, attempt), { error: 'invalid_grant' })
  await assert.rejects(client.fetchUserInfo(mail.config, tokens.access_token, erika.id))
  await client.fetchUserInfo(mail.config, other.access_token, erika.id)
})

test('prompt=none says login_required without a login and lets in with one', async (t) => {
  const { server, erika } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const browser = createBrowser()
  const { url } = await mail.begin({ prompt: 'none' })
  const refused = await browser.open(url, mail.redirectUri)
  assert.equal(refused.url.searchParams.get('error'), 'login_required')
  await server.logIn(browser, erika.id)
  await mail.signIn(browser)
  assert.equal((await mail.signIn(browser, { prompt: 'none' })).claims()?.sub, erika.id)
})

test('prompt=login asks again, however fresh the login is, and accepts the new one', async (t) => {
  const { server, erika, browser, login } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  await mail.signIn(browser)
  for (const wish of [{ prompt: 'login' }, { max_age: '0' }]) {
    const attempt = await mail.begin(wish)
    const page = await browser.open(attempt.url, mail.redirectUri)
    assert.equal(page.url.pathname, '/login', JSON.stringify(wish))
    const continued = server.continuations.open(page.url.searchParams.get('continue') ?? '')
    assert.ok((continued?.authenticatedSince ?? 0) > 0)
    const strengthened = await server.sessions.strengthen(server.db, login, {
      amr: ['pwd'],
      acr: acrPassword,
      authenticatedAt: Date.now(),
    })
    browser.setCookie('login', strengthened?.token ?? '')
    const end = await browser.open(`${server.origin}${continued?.returnTo}`, mail.redirectUri)
    assert.equal((await mail.finish(end.url, attempt)).claims()?.sub, erika.id)
  }
})

test('max_age asks again when the login is older', async (t) => {
  const { server, browser, login } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  await mail.signIn(browser)
  await server.db
    .updateTable('sessions')
    .set({ authenticated_at: Date.now() - 120_000 })
    .where('id', '=', login)
    .execute()
  assert.ok(await mail.signIn(browser, { max_age: '300' }))
  const { url } = await mail.begin({ max_age: '60' })
  assert.equal((await browser.open(url, mail.redirectUri)).url.pathname, '/login')
  const { url: silent } = await mail.begin({ max_age: '60', prompt: 'none' })
  const refused = await browser.open(silent, mail.redirectUri)
  assert.equal(refused.url.searchParams.get('error'), 'login_required')
})

test('an app with a stronger rule asks for more, and then every app learns the truth', async (t) => {
  const { server, browser, login } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const bank = await server.addApp({ id: 'bank', policy: { secondFactor: 'required' } })
  assert.equal((await mail.signIn(browser)).claims()?.acr, acrPassword)
  const attempt = await bank.begin()
  const page = await browser.open(attempt.url, bank.redirectUri)
  assert.equal(page.url.pathname, '/login')
  const strong = { amr: ['pwd', 'mca', 'mfa'], acr: acrNumber, authenticatedAt: Date.now() }
  const made = await server.sessions.strengthen(server.db, login, strong)
  browser.setCookie('login', made?.token ?? '')
  const continued = server.continuations.open(page.url.searchParams.get('continue') ?? '')
  const end = await browser.open(`${server.origin}${continued?.returnTo}`, bank.redirectUri)
  assert.equal((await bank.finish(end.url, attempt)).claims()?.acr, acrNumber)
  assert.equal((await mail.signIn(browser)).claims()?.acr, acrNumber)
})

test('acr_values ask for more; unknown ones are passed over', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  assert.ok(await mail.signIn(browser, { acr_values: 'urn:example:gold' }))
  const { url } = await mail.begin({ acr_values: `urn:example:gold ${acrNumber}` })
  assert.equal((await browser.open(url, mail.redirectUri)).url.pathname, '/login')
})

test('an id_token_hint of another person is answered with login_required', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const max = await server.addUser('max')
  const mail = await server.addApp({ id: 'mail' })
  const { id_token = '' } = await mail.signIn(browser)
  await mail.signIn(browser, { id_token_hint: id_token })
  const second = createBrowser()
  await server.logIn(second, max.id)
  const { url } = await mail.begin({ id_token_hint: id_token })
  const end = await second.open(url, mail.redirectUri)
  assert.equal(end.url.searchParams.get('error'), 'login_required')
})

test('when another person logs in with the same browser, apps see that person (A26)', async (t) => {
  const { server, erika, browser } = await startSignedIn(t)
  const max = await server.addUser('max')
  const mail = await server.addApp({ id: 'mail' })
  assert.equal((await mail.signIn(browser)).claims()?.sub, erika.id)
  await server.logIn(browser, max.id)
  assert.equal((await mail.signIn(browser)).claims()?.sub, max.id)
})

test('a login that changes hands between the request and its end is the new person', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const max = await server.addUser('max')
  const mail = await server.addApp({ id: 'mail' })
  await mail.signIn(browser)
  const attempt = await mail.begin({ prompt: 'login' })
  const page = await browser.open(attempt.url, mail.redirectUri)
  const continued = server.continuations.open(page.url.searchParams.get('continue') ?? '')
  await server.logIn(browser, max.id)
  const end = await browser.open(`${server.origin}${continued?.returnTo}`, mail.redirectUri)
  assert.equal((await mail.finish(end.url, attempt)).claims()?.sub, max.id)
})

test('a disabled user gets nothing more from old tokens', async (t) => {
  const { server, erika, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { access_token } = await mail.signIn(browser)
  await server.users.disable(server.db, erika.id)
  await assert.rejects(client.fetchUserInfo(mail.config, access_token, erika.id))
})

test('a refresh token that is used twice takes its family down (A33)', async (t) => {
  const { server, erika, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const offline = { scope: 'openid offline_access', prompt: 'consent' }
  const first = await mail.signIn(browser, offline)
  const second = await client.refreshTokenGrant(mail.config, first.refresh_token ?? '')
  assert.notEqual(second.refresh_token, first.refresh_token)
  await assert.rejects(client.refreshTokenGrant(mail.config, first.refresh_token ?? ''))
  await assert.rejects(client.refreshTokenGrant(mail.config, second.refresh_token ?? ''))
  await assert.rejects(client.fetchUserInfo(mail.config, second.access_token, erika.id))
})

test('a revoked token is dead', async (t) => {
  const { server, erika, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { access_token } = await mail.signIn(browser)
  await client.tokenRevocation(mail.config, access_token)
  await assert.rejects(client.fetchUserInfo(mail.config, access_token, erika.id))
})

test("an app cannot use another app's code", async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const wiki = await server.addApp({ id: 'wiki' })
  const attempt = await mail.begin()
  const { url } = await browser.open(attempt.url, mail.redirectUri)
  await assert.rejects(wiki.finish(url, attempt), { error: 'invalid_grant' })
})

test('bad requests get an error page with 400 and lead nowhere (A27)', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { url } = await mail.begin()
  const changed = (name: string, value: string) => {
    const next = new URL(url)
    next.searchParams.set(name, value)
    return next
  }
  const bad = [
    changed('client_id', 'nobody'),
    changed('client_id', ''),
    changed('redirect_uri', `${mail.redirectUri}/`),
    changed('redirect_uri', 'http://127.0.0.1:2/mail'),
    changed('redirect_uri', 'https://evil.example/mail'),
    changed('redirect_uri', 'javascript:alert(1)'),
    changed('redirect_uri', `${mail.redirectUri}?a=b`),
    changed('redirect_uri', `${mail.redirectUri}@evil.example`),
  ]
  for (const request of bad) {
    const response = await browser.fetch(request)
    assert.equal(response.status, 400, request.search)
    assert.equal(response.headers.get('Location'), null)
    assert.match(await response.text(), /^error page: invalid_/)
  }
})

test('an unknown path and an interaction that nobody began get an error page', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const answers = ['/oidc', '/oidc/', '/oidc/reg', '/oidc/token/introspection', '/oidc/device']
  for (const path of answers) {
    const response = await browser.fetch(`${server.origin}${path}`)
    assert.deepEqual(server.entries, [])
    assert.equal(response.status, 404, path)
    assert.equal(await response.text(), 'error page: not_found', path)
  }
  const stray = await browser.fetch(`${server.origin}/sso/oidc/abc`)
  assert.equal(stray.status, 400)
})

test("another browser cannot end somebody's request", async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { url } = await mail.begin()
  const victim = createBrowser()
  const page = await victim.open(url, mail.redirectUri)
  const continued = server.continuations.open(page.url.searchParams.get('continue') ?? '')
  const response = await browser.fetch(`${server.origin}${continued?.returnTo}`)
  assert.equal(response.status, 400)
})

test('every address that is printed is ours, whatever the headers say', async (t) => {
  const server = await start(t)
  const response = await fetch(`${server.origin}/oidc/.well-known/openid-configuration`, {
    headers: { 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https' },
  })
  const found = (await response.json()) as Record<string, unknown>
  assert.equal(found.issuer, server.oidc.issuer)
  for (const [name, value] of Object.entries(found)) {
    if (/_(endpoint|uri)$/.test(name)) assert.ok(String(value).startsWith(server.oidc.issuer), name)
  }
  assert.deepEqual(found.code_challenge_methods_supported, ['S256'])
  assert.deepEqual(found.response_types_supported, ['code'])
  assert.equal(found.backchannel_logout_supported, true)
  assert.equal(found.registration_endpoint, undefined)
  assert.equal(found.introspection_endpoint, undefined)
})

test('the published keys are one for ES256 and one for RS256, without private parts', async (t) => {
  const server = await start(t)
  const response = await fetch(`${server.origin}/oidc/jwks`)
  const { keys } = (await response.json()) as { keys: Record<string, string>[] }
  assert.deepEqual(keys.map((key) => key.alg).sort(), ['ES256', 'RS256'])
  for (const key of keys) assert.ok(!('d' in key) && !('p' in key))
})

test('behind https every cookie and every address is made for https', async (t) => {
  const server = await start(t, 'https://login.example')
  const discovery = await fetch(`${server.origin}/oidc/.well-known/openid-configuration`)
  const found = (await discovery.json()) as Record<string, string>
  assert.equal(found.issuer, 'https://login.example/oidc')
  assert.equal(found.authorization_endpoint, 'https://login.example/oidc/auth')
  await server.apps.create(server.db, {
    id: 'mail',
    name: 'Mail',
    settings: { redirectUris: ['https://mail.example/callback'] },
  })
  const query = new URLSearchParams({
    client_id: 'mail',
    response_type: 'code',
    scope: 'openid',
    redirect_uri: 'https://mail.example/callback',
    code_challenge: 'a'.repeat(43),
    code_challenge_method: 'S256',
  })
  const response = await fetch(`${server.origin}/oidc/auth?${query}`, { redirect: 'manual' })
  assert.match(response.headers.get('Location') ?? '', /^\/sso\/oidc\//)
  const cookies = response.headers.getSetCookie()
  assert.ok(cookies.length >= 2)
  for (const cookie of cookies) {
    assert.match(cookie, /^__(Secure|Host)-.*; samesite=lax; secure; httponly/i)
  }
})

test('the library prints nothing', async (t) => {
  const methods = ['info', 'warn', 'error', 'log'] as const
  const spies = methods.map((method) => t.mock.method(console, method, () => {}))
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  await mail.signIn(browser)
  assert.deepEqual(
    spies.flatMap((spy) => spy.mock.calls.map((call) => call.arguments)),
    [],
  )
})

test('a client_id of odd characters and an odd body are refused, not stumbled over', async (t) => {
  const server = await start(t)
  for (const id of ['%00', '%F0%9F%98%80', '__proto__', 'constructor', 'a'.repeat(5000)]) {
    const response = await fetch(`${server.origin}/oidc/auth?client_id=${id}`)
    assert.equal(response.status, 400, id)
  }
  for (const body of ['', '\0', 'grant_type=authorization_code&client_id=%00', '{}', '%']) {
    const response = await fetch(`${server.origin}/oidc/token`, {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    })
    assert.ok([400, 401].includes(response.status), body)
  }
  assert.deepEqual(
    server.entries.filter(({ level }) => level === 'error'),
    [],
  )
})

onEachEngine((engine) => {
  test(`of many uses of a code at once one wins, and its tokens are taken down (A33) (${engine.name})`, async (t) => {
    const { server, erika, browser } = await signInOn(
      await startTestServer(t, await engine.open(t)),
    )
    const mail = await server.addApp({ id: 'mail' })
    const attempt = await mail.begin()
    const { url } = await browser.open(attempt.url, mail.redirectUri)
    const uses = await Promise.allSettled(
      Array.from({ length: 20 }, () => mail.finish(url, attempt)),
    )
    const won = uses.filter((use) => use.status === 'fulfilled')
    assert.ok(won.length <= 1)
    for (const { value } of won) {
      await assert.rejects(client.fetchUserInfo(mail.config, value.access_token, erika.id))
    }
  })

  test(`when the login ends, nothing that came from it works any more (${engine.name})`, async (t) => {
    const { server, erika, browser, login } = await signInOn(
      await startTestServer(t, await engine.open(t)),
    )
    const mail = await server.addApp({ id: 'mail' })
    const offline = { scope: 'openid offline_access', prompt: 'consent' }
    const tokens = await mail.signIn(browser, offline)
    const renewed = await client.refreshTokenGrant(mail.config, tokens.refresh_token ?? '')
    await client.fetchUserInfo(mail.config, renewed.access_token, erika.id)
    const unused = await mail.begin()
    const { url: code } = await browser.open(unused.url, mail.redirectUri)

    await server.sessions.end(server.db, login, 'test')
    const checkAllRefused = async () => {
      await assert.rejects(client.fetchUserInfo(mail.config, renewed.access_token, erika.id))
      await assert.rejects(client.refreshTokenGrant(mail.config, renewed.refresh_token ?? ''))
      await assert.rejects(mail.finish(code, unused), { error: 'invalid_grant' })
      const { url } = await mail.begin({ prompt: 'none' })
      const end = await browser.open(url, mail.redirectUri)
      assert.equal(end.url.searchParams.get('error'), 'login_required')
    }
    await checkAllRefused()
    await server.sessions.announceEnd([login])
    await checkAllRefused()
    const left = await server.db
      .selectFrom('oidc_records')
      .select('model')
      .where('login_session', '=', login)
      .execute()
    assert.deepEqual(left, [])
  })
})
