import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { createBrowser } from '../../../dev/test-support/oidc-browser.ts'
import { start, startSignedIn } from '../../../dev/test-support/oidc-server.ts'
import type { RefusedEntry } from '../pages.ts'

test('bad requests get an error page with 400 and no redirect (A27)', async (t) => {
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

test('an unknown path gets an error page, and an unknown interaction gets a page with a way to continue', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const answers = ['/oidc', '/oidc/', '/oidc/reg', '/oidc/token/introspection']
  for (const path of answers) {
    const response = await browser.fetch(`${server.origin}${path}`)
    assert.deepEqual(server.entries, [])
    assert.equal(response.status, 404, path)
    assert.equal(await response.text(), 'error page: not_found', path)
  }
  for (const path of ['/sso/oidc/', '/sso/oidc/abc/def', '/sso/oidc/a%00b']) {
    const response = await browser.fetch(`${server.origin}${path}`)
    assert.equal(await response.text(), 'error page: invalid_request', path)
  }
  const stray = await browser.fetch(`${server.origin}/sso/oidc/abc`)
  assert.deepEqual(await stray.json(), { isSignedIn: true })
})

test('the server refuses the return from an unknown login, with any parameters in its address', async (t) => {
  const { server, browser } = await startSignedIn(t)
  await server.addApp({ id: 'mail' })
  const paths = ['/auth/abc', '/auth/abc/', '/AUTH/abc', '/auth/%61bc']
  for (const path of paths) {
    for (const query of ['client_id=mail', 'client_id=mail&redirect_uri=http://127.0.0.1:1/mail']) {
      const response = await browser.fetch(`${server.origin}/oidc${path}?${query}`)
      assert.equal(response.status, 400, path)
      assert.equal(response.headers.get('Location'), null)
      assert.equal(await response.text(), 'error page: invalid_request')
    }
  }
  const raw = connect(Number(new URL(server.origin).port), '127.0.0.1')
  raw.end('GET /oidc/auth\\abc?client_id=mail# HTTP/1.0\r\n\r\n')
  const [answer] = await once(raw, 'data')
  assert.match(String(answer), /^HTTP\/1.1 400 /)
  assert.deepEqual(
    server.entries.filter(({ level }) => level === 'error'),
    [],
  )
})

test('another browser cannot finish the request of a user', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { url } = await mail.begin()
  const victim = createBrowser()
  const page = await victim.open(url, mail.redirectUri)
  const continued = server.continuations.open(page.url.searchParams.get('continue') ?? '')
  const response = await browser.fetch(`${server.origin}${continued?.returnTo}`)
  assert.deepEqual(await response.json(), { isSignedIn: true })
  assert.deepEqual(server.entries, [])
  const whole = await victim.open(`${server.origin}${continued?.cancelTo}`, mail.redirectUri)
  assert.equal(whole.url.searchParams.get('error'), 'access_denied')
})

test('the page of a finished request knows whether the browser is signed in, and where the app starts', async (t) => {
  const { server, browser, erika } = await startSignedIn(t)
  const startUrl = 'https://mail.example/start'
  const redirectUris = ['http://127.0.0.1:1/mail']
  const settings = { redirectUris, postLogoutRedirectUris: [], startUrl }
  const mail = await server.addApp({ id: 'mail', name: 'Mail', settings })
  const person = createBrowser()
  const asked = await person.open((await mail.begin()).url, mail.redirectUri)
  const continued = server.continuations.open(asked.url.searchParams.get('continue') ?? '')
  const own = `${server.origin}${continued?.returnTo}`
  await server.logIn(person, erika.id)
  assert.ok((await person.open(own, mail.redirectUri)).url.searchParams.has('code'))

  const app = { name: 'Mail', startUrl }
  for (const address of [own, `${server.origin}${continued?.cancelTo}`]) {
    const again = await person.fetch(address)
    assert.deepEqual(await again.json(), { isSignedIn: true, app })
    const anonymous = await createBrowser().fetch(address)
    assert.deepEqual(await anonymous.json(), { isSignedIn: false, app })
  }
  const foreign = await browser.fetch(`${own.split('?')[0]}?app=nobody`)
  assert.deepEqual(await foreign.json(), { isSignedIn: true })
})

test('every address in the discovery document is of this server, also with forged headers', async (t) => {
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
  assert.deepEqual(found.grant_types_supported, [
    'authorization_code',
    'refresh_token',
    'client_credentials',
    'urn:ietf:params:oauth:grant-type:device_code',
    'urn:openid:params:grant-type:ciba',
  ])
})

test('the published keys are one for ES256 and one for RS256, without private parts', async (t) => {
  const server = await start(t)
  const response = await fetch(`${server.origin}/oidc/jwks`)
  const { keys } = (await response.json()) as { keys: Record<string, string>[] }
  assert.deepEqual(keys.map((key) => key.alg).sort(), ['ES256', 'RS256'])
  for (const key of keys) assert.ok(!('d' in key) && !('p' in key))
})

test('with an https public URL every cookie and every address is for https', async (t) => {
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

test('redirects also have the security headers of the server', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { url } = await mail.begin()
  const anonymous = createBrowser()
  const redirects = [
    await anonymous.fetch(url),
    await browser.fetch(`${server.oidc.issuer}/session/end`),
  ]
  const next = new URL(redirects[0]?.headers.get('location') ?? '', server.origin)
  redirects.push(await createBrowser().fetch(`${server.oidc.issuer}/session/end`))
  redirects.push(await browser.fetch(url), await anonymous.fetch(next))
  for (const { status, headers } of redirects) {
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('x-frame-options'), 'DENY')
    assert.equal(headers.get('referrer-policy'), 'same-origin')
    assert.equal(headers.get('cache-control'), 'no-store')
    if (status !== 303 || headers.get('content-length') === '0') continue
    assert.match(
      headers.get('content-security-policy') ?? '',
      /default-src 'none'.*frame-ancestors 'none'/,
    )
  }
  assert.ok(redirects.filter(({ status }) => status === 303).length >= 3)
})

const documentPaths = ['/jwks', '/.well-known/openid-configuration']

test('the keys and the discovery document can be kept and asked about, and an app on another origin can read them', async (t) => {
  const server = await start(t)
  for (const path of documentPaths) {
    const ask = (headers: Record<string, string> = {}) =>
      fetch(`${server.oidc.issuer}${path}`, {
        headers: { origin: 'https://app.example', ...headers },
      })
    const made = await (await ask()).json()
    const second = await ask()
    assert.deepEqual(await second.json(), made)
    assert.equal(second.headers.get('cache-control'), 'public, no-cache')
    assert.equal(second.headers.get('access-control-allow-origin'), 'https://app.example')
    assert.match(second.headers.get('vary') ?? '', /Origin.*Accept-Encoding/)
    const tag = second.headers.get('etag') ?? ''
    const unchanged = await ask({ 'if-none-match': `"other", ${tag}` })
    assert.deepEqual([unchanged.status, await unchanged.text()], [304, ''])
    assert.equal((await ask({ 'if-none-match': '"other"' })).status, 200)
  }
})

test('the keys and the discovery document have the same content in every form', async (t) => {
  const server = await start(t)
  for (const path of documentPaths) {
    const ask = async (accepted: string) =>
      await fetch(`${server.oidc.issuer}${path}`, { headers: { 'accept-encoding': accepted } })
    const first = await (await ask('identity')).text()
    for (const accepted of ['identity', 'gzip', 'br']) {
      assert.deepEqual(JSON.parse(await (await ask(accepted)).text()), JSON.parse(first))
    }
  }
  const discovery = `${server.oidc.issuer}${documentPaths[1]}`
  const packed = await fetch(discovery, { headers: { 'accept-encoding': 'gzip' } })
  assert.equal(packed.headers.get('content-encoding'), 'gzip')
})

test('the library prints nothing on the console', async (t) => {
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

test('the server refuses an unusual client_id or body, without an error in the log', async (t) => {
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

test('the log of a refused request has its shortened parameters and no stack', async (t) => {
  const server = await start(t)
  await server.addApp({ id: 'mail' })
  const wrong = `https://mail.example/${'x'.repeat(300)}`
  const query = new URLSearchParams({ client_id: 'mail', redirect_uri: wrong, scope: 'openid' })
  await fetch(`${server.origin}/oidc/auth?${query}&response_type=code`)
  await fetch(`${server.origin}/oidc/auth?client_id=nobody`)
  const refusals = server.entries.filter(
    ({ message }) => message === 'An OIDC request was refused.',
  )
  assert.equal(refusals.length, 2)
  const [first, second] = refusals.map(({ entry }) => entry as Record<string, unknown>)
  assert.equal(first?.clientId, 'mail')
  assert.equal(first?.redirectUri, wrong.slice(0, 200))
  assert.equal(second?.clientId, 'nobody')
  assert.equal(second?.reason, 'invalid_client')
  assert.doesNotMatch(JSON.stringify(refusals), /node_modules|\.js:/)
})

test('a user who cancels a step-up returns to the app, which gets access_denied', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail', policy: { secondFactor: 'required' } as never })
  const { url, checks } = await mail.begin()
  const page = await browser.open(url, mail.redirectUri)
  const wish = server.continuations.open(page.url.searchParams.get('continue') ?? '')
  const own = wish?.returnTo.split('?')[0]
  assert.equal(wish?.cancelTo, `${own}/cancel?app=mail`)

  const anonymous = await createBrowser().fetch(`${server.origin}${wish?.cancelTo}`)
  assert.deepEqual(await anonymous.json(), { isSignedIn: false })
  const other = await browser.fetch(`${server.origin}${own}/else`)
  assert.equal(other.status, 400)

  const end = await browser.open(`${server.origin}${wish?.cancelTo}`, mail.redirectUri)
  assert.equal(end.url.searchParams.get('error'), 'access_denied')
  assert.equal(end.url.searchParams.get('state'), checks.expectedState)
  assert.equal(end.url.searchParams.get('code'), null)
  const again = await browser.open((await mail.begin()).url, mail.redirectUri)
  assert.equal(again.url.pathname, '/login', 'the session is as it was')
})

test('a user who may not enter gets a page, and its link back gives the app access_denied', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const policy = { secondFactor: 'required' as const, allowedGroups: ['board'] }
  const mail = await server.addApp({ id: 'mail', policy })
  const { url, checks } = await mail.begin()
  const { response } = await browser.open(url, mail.redirectUri)
  assert.equal(response?.status, 403)
  const page = (await response?.json()) as RefusedEntry
  assert.deepEqual([page.appName, page.username], ['mail', 'erika'])
  const other = new URL(page.otherLoginUrl, server.origin)
  const wish = server.continuations.open(other.searchParams.get('continue') ?? '')
  assert.ok((wish?.authenticatedSince ?? 0) > Date.now() - 60_000)

  const back = `${server.origin}${page.backUrl}`
  assert.deepEqual(await (await createBrowser().fetch(back)).json(), { isSignedIn: false })
  const end = await browser.open(back, mail.redirectUri)
  assert.equal(end.url.searchParams.get('error'), 'access_denied')
  assert.equal(end.url.searchParams.get('error_description'), 'the person may not enter this app')
  assert.equal(end.url.searchParams.get('state'), checks.expectedState)
  assert.equal(end.url.searchParams.get('code'), null)
  const noted = await server.listAudit('entry_refused')
  assert.deepEqual(
    noted.map(({ appId }) => appId),
    ['mail'],
  )
})

test('a user can enter with another account from the page that refused the first account', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const policy = { secondFactor: 'none' as const, allowedGroups: ['board'] }
  const mail = await server.addApp({ id: 'mail', policy })
  const attempt = await mail.begin()
  const { response } = await browser.open(attempt.url, mail.redirectUri)
  const page = (await response?.json()) as RefusedEntry
  const other = new URL(page.otherLoginUrl, server.origin)
  const wish = server.continuations.open(other.searchParams.get('continue') ?? '')
  await server.apps.change(server.db, 'mail', { policy: { secondFactor: 'none' } })
  const otto = await server.addUser('otto')
  await server.logIn(browser, otto.id)
  const end = await browser.open(`${server.origin}${wish?.returnTo}`, mail.redirectUri)
  assert.equal((await mail.finish(end.url, attempt)).claims()?.sub, otto.id)
})

test('prompt=none says access_denied where a login would not help', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  await mail.signIn(browser)
  await server.apps.change(server.db, 'mail', {
    policy: { secondFactor: 'none', allowedGroups: ['board'] },
  })
  const { url } = await mail.begin({ prompt: 'none' })
  const refused = await browser.open(url, mail.redirectUri)
  assert.equal(refused.url.searchParams.get('error'), 'access_denied')
})

test('connections that a client breaks off are no errors in the log', async (t) => {
  const server = await start(t)
  const { port } = new URL(server.origin)
  const head =
    'POST /oidc/token HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n'
  const broken = [
    `${head}Content-Length: 100\r\n\r\na=b`,
    `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
    'GET /oidc/auth HTTP/1.1\r\nHost: a\r\n\r\n',
  ]
  for (const text of broken) {
    const socket = connect(Number(port), '127.0.0.1')
    await once(socket, 'connect')
    socket.on('error', () => {})
    const closed = once(socket, 'close')
    socket.write(text, () => setImmediate(() => socket.resetAndDestroy()))
    await closed
  }
  const alive = await fetch(`${server.origin}/oidc/jwks`)
  assert.equal(alive.status, 200)
  const errors = server.entries.filter(({ level }) => level === 'error')
  assert.deepEqual(errors, [])
})
