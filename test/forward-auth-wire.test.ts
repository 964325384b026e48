/** What proxies are answered, and what browsers are on their way into an app: without a proxy and without a browser. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { test } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { acrPhishingResistant } from '../src/identity/policy/assurance.ts'
import { minutes, seconds } from '../src/platform/kernel/clock.ts'
import { enterApp } from './support/enter-app.ts'
import { loginOrigin } from './support/forward-auth-stage.ts'
import { host, origin, setUpWire } from './support/forward-auth-wire.ts'
import { sendRequest } from './support/wire.ts'

const page = { accept: 'text/html', 'sec-fetch-mode': 'navigate' }

for (const proxy of ['nginx', 'caddy', 'traefik', 'haproxy']) {
  const isNginx = proxy === 'nginx'

  test(`${proxy} gets the user, the address of the login, or a refusal`, async (t) => {
    const { check, enter } = await setUpWire(t)
    const cookie = await enter()
    const inside = await check(proxy, '/x', { cookie })
    assert.equal(inside.status, 200)
    assert.equal(inside.headers['remote-user'], 'erika')
    assert.equal(inside.headers['remote-groups'], 'office')
    const outside = await check(proxy, '/x?a=1', page)
    assert.equal(outside.status, isNginx ? 401 : 303)
    assert.equal(outside.headers.location, `${origin}/forward-auth/app/login?to=/x?a=1`)
    const script = await check(proxy, '/x', { 'sec-fetch-mode': 'cors', accept: 'text/html' })
    assert.deepEqual([script.status, script.headers.location], [401, undefined])
    assert.equal(
      (await check(proxy, '/x', { 'x-requested-with': 'XMLHttpRequest', accept: 'text/html' }))
        .status,
      401,
    )
    const closed = await check(proxy, '/admin', { cookie })
    assert.deepEqual([closed.status, closed.headers.location], [403, undefined])
    assert.equal((await check(proxy, '/a/../admin', { cookie })).status, isNginx ? 403 : 400)
    const open = await check(proxy, '/open/x')
    assert.deepEqual([open.status, open.headers['remote-user']], [200, ''])
    for (const { headers } of [inside, outside, script]) {
      assert.equal(headers['cache-control'], 'no-store')
    }
  })
}

test('A35: requests from an address that is not a configured proxy are refused', async (t) => {
  const { check, ask, enter, origin: einlass } = await setUpWire(t)
  const cookie = await enter()
  const headers = {
    'x-forwarded-proto': 'https',
    'x-forwarded-host': host,
    'x-forwarded-uri': '/x',
    cookie,
  }
  for (const path of ['/forward-auth/caddy', '/forward-auth/app/login?to=/']) {
    // An address of this machine that trusted_proxies does not name.
    const asked = request(`${einlass}${path}`, { localAddress: '127.0.0.2', headers, agent: false })
    asked.end()
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    answer.resume()
    assert.deepEqual([answer.statusCode, answer.headers['remote-user']], [403, undefined])
  }
  assert.equal((await check('caddy', '/x', { cookie })).status, 200)
  assert.equal((await ask('/forward-auth/none')).status, 404)
})

test('A36: a check with a missing, wrong or repeated header is refused', async (t) => {
  const { ask, enter } = await setUpWire(t)
  const cookie = await enter()
  const whole = {
    'x-forwarded-proto': 'https',
    'x-forwarded-host': host,
    'x-forwarded-uri': '/x',
    cookie,
  }
  const check = (changes: Record<string, string | string[]>) =>
    ask('/forward-auth/caddy', { ...whole, ...changes })
  assert.equal((await check({})).status, 200)
  assert.equal((await check({ 'x-forwarded-proto': 'wss' })).status, 200)
  const wrong: Record<string, string | string[]>[] = [
    { 'x-forwarded-host': [host, host] },
    { 'x-forwarded-host': `${host}, other.example` },
    { 'x-forwarded-host': `${host}.` },
    { 'x-forwarded-host': `${host}:8443` },
    { 'x-forwarded-host': 'other.example' },
    { 'x-forwarded-proto': 'http' },
    { 'x-forwarded-proto': '' },
    { 'x-forwarded-uri': ['/open/x', '/x'] },
    { 'x-forwarded-uri': 'x' },
  ]
  for (const changes of wrong)
    assert.equal((await check(changes)).status, 400, JSON.stringify(changes))
  const upper = await check({ 'x-forwarded-host': `${host.toUpperCase()}:443` })
  assert.equal(upper.status, 200)
  assert.equal((await ask('/forward-auth/nginx', { ...whole })).status, 403)
  const url = `${origin}/x`
  for (const [urls, status] of [
    [url, 200],
    [[url, url], 403],
    [[`${origin}/open/x`, url], 403],
    [`${url}, ${url}`, 403],
  ] as const) {
    const answer = await ask('/forward-auth/nginx', { 'x-original-url': [urls].flat(), cookie })
    assert.equal(answer.status, status, `${urls}`)
  }
})

test('the cookie of one app is not valid for another app, and the login cookie is not valid for an app', async (t) => {
  const { apps, db, enter, ask, session, check, pass } = await setUpWire(t)
  const cookie = await enter()
  const other = 'https://files.example.org'
  await apps.create(db, {
    id: 'files',
    protocol: 'forward-auth',
    name: 'Files',
    policy: { secondFactor: 'none' },
    settings: { addresses: [other] },
  })
  // The server may use app data that is up to two seconds old.
  pass(seconds(2))
  const sent = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'files.example.org' }
  const asked = await ask('/forward-auth/caddy', { ...sent, 'x-forwarded-uri': '/', cookie })
  assert.equal(asked.status, 401)
  assert.equal((await check('caddy', '/x', { cookie: session })).status, 401)
})

test('a WebSocket from a page of another origin is refused', async (t) => {
  const { check, enter } = await setUpWire(t)
  const cookie = await enter()
  const upgrade = { upgrade: 'websocket', connection: 'upgrade', 'sec-websocket-key': 'x' }
  const open = (from: string) => check('caddy', '/socket', { cookie, ...upgrade, origin: from })
  assert.equal((await open(origin)).status, 200)
  assert.equal((await open('https://evil.example.org')).status, 400)
  assert.equal((await open('null')).status, 400)
})

test('a user who leaves a group loses its paths within a minute, and a change of the app applies in two seconds', async (t) => {
  const { check, enter, pass, db, apps, userId } = await setUpWire(t)
  await db.insertInto('user_groups').values({ user_id: userId, name: 'board' }).execute()
  const cookie = await enter()
  const admin = async () => (await check('caddy', '/admin', { cookie })).status
  assert.equal(await admin(), 200)
  await db.deleteFrom('user_groups').where('name', '=', 'board').execute()
  assert.equal(await admin(), 200)
  pass(minutes(1))
  assert.equal(await admin(), 403)
  await apps.change(db, 'wiki', { policy: { secondFactor: 'none', allowedGroups: ['board'] } })
  pass(seconds(2))
  assert.equal((await check('caddy', '/x', { cookie })).status, 401)
  await apps.change(db, 'wiki', {
    policy: { secondFactor: 'none' },
    settings: { addresses: [origin], rules: ['/x groups=board'], headers: { 'X-Who': 'email' } },
  })
  pass(seconds(2))
  assert.equal((await check('caddy', '/x', { cookie })).status, 403)
  const after = await check('caddy', '/admin', { cookie })
  assert.deepEqual([after.status, after.headers['x-who']], [200, 'erika@example.org'])
})

test('the end of a session or the removal of the app ends the access at once', async (t) => {
  const { check, enter, db, apps } = await setUpWire(t)
  const cookie = await enter()
  assert.equal((await check('caddy', '/x', { cookie })).status, 200)
  await db.updateTable('sessions').set({ ended_at: Date.now() }).execute()
  assert.equal((await check('caddy', '/x', { cookie })).status, 401)
  await db.updateTable('sessions').set({ ended_at: null }).execute()
  await apps.remove(db, 'wiki')
  assert.notEqual((await check('caddy', '/x', { cookie })).status, 200)
})

test('checks of a proxy keep the session alive like any other use', async (t) => {
  const { check, enter, pass, limits, untilSeen } = await setUpWire(t)
  const cookie = await enter()
  const status = async () => (await check('caddy', '/x', { cookie })).status
  for (let time = 0; time < 3; time += 1) {
    pass(limits.idle / 2)
    assert.equal(await status(), 200)
    await untilSeen()
  }
  pass(limits.idle)
  assert.equal(await status(), 401)
})

test('an app can get the identity as a signed token, only for itself and valid for five minutes', async (t) => {
  const { check, enter, apps, db, ask, userId, pass } = await setUpWire(t)
  await apps.change(db, 'wiki', { settings: { addresses: [origin], tokenHeader: 'X-Identity' } })
  const cookie = await enter()
  pass(seconds(2))
  const { headers } = await check('caddy', '/x', { cookie })
  const token = `${headers['x-identity']}`
  const { text } = await ask('/forward-auth/jwks')
  assert.doesNotMatch(text, /"d"/)
  const keys = createLocalJWKSet(JSON.parse(text))
  const { payload, protectedHeader } = await jwtVerify(token, keys, {
    issuer: `${loginOrigin}/forward-auth`,
    audience: 'wiki',
    typ: 'identity+jwt',
  })
  assert.equal(protectedHeader.alg, 'ES256')
  assert.deepEqual(
    [payload.sub, payload.preferred_username, payload.name, payload.groups],
    [userId, 'erika', 'erika Müller', ['office']],
  )
  assert.equal(Number(payload.exp) - Number(payload.iat), 300)
  const again = await check('caddy', '/y', { cookie })
  assert.equal(again.headers['x-identity'], token)
  pass(minutes(1))
  assert.notEqual((await check('caddy', '/y', { cookie })).headers['x-identity'], token)
  const disguised = await check('caddy', '/x', { cookie, x_identity: 'forged' })
  assert.equal(disguised.status, 400)
})

test('a login code from another browser is refused, and a browser without cookies gets a page instead of a loop', async (t) => {
  const { ask, session } = await setUpWire(t)
  const proxied = { 'x-forwarded-proto': 'https', 'x-forwarded-host': host }
  const begun = await ask('/forward-auth/app/login?to=/x?a=1', proxied)
  assert.match(
    `${begun.cookies}`,
    /^__Host-einlass_visitor=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
  )
  const path = (location = '') => location.replace(/^https:\/\/[^/]+/, '')
  const entered = await ask(path(begun.headers.location), { cookie: session })
  const callback = path(entered.headers.location)
  assert.match(callback, /^\/forward-auth\/app\/callback\?code=[\w-]{43}&to=\/x\?a=1$/)
  const without = await ask(callback, proxied)
  assert.equal(
    without.headers.location,
    `${loginOrigin}/forward-auth/problem?problem=no_cookies&app=wiki`,
  )
  const other = await ask(callback, { ...proxied, cookie: '__Host-einlass_visitor=another' })
  assert.equal(
    other.headers.location,
    `${loginOrigin}/forward-auth/problem?problem=code_expired&app=wiki`,
  )
  const cookie = `${begun.cookies}`.split(';')[0] ?? ''
  const right = await ask(callback, { ...proxied, cookie })
  assert.equal(right.headers.location, `${origin}/x?a=1`)
  const own = right.cookies[0]?.split(';')[0] ?? ''
  const again = await ask(callback, { ...proxied, cookie: `${cookie}; ${own}` })
  assert.equal(again.headers.location, `${origin}/x?a=1`)
  for (const [query, pattern] of [
    ['problem=%3Cscript%3E', /invalid_request/],
    ['problem=no_cookies&app=none', /invalid_request/],
    ['problem=no_cookies&app=wiki', /href="https:\/\/wiki\.example\.org"/],
    ['problem=code_expired&app=wiki', /href="https:\/\/wiki\.example\.org"/],
  ] as const) {
    assert.match((await ask(`/forward-auth/problem?${query}`)).text, pattern, query)
  }
})

test('A27: the return address after the login is always in the app', async (t) => {
  const { ask, session, origin: einlass } = await setUpWire(t)
  const proxied = { 'x-forwarded-proto': 'https', 'x-forwarded-host': host }
  const paths = ['//evil.example', '/\\evil.example', '/%5cevil', '/x%2f..%2f', '@evil.example', '']
  for (const to of [...paths, '.evil.example/', '/a;b', 'https://evil.example/']) {
    const { headers } = await ask(`/forward-auth/app/login?to=${to}`, proxied)
    const location = new URL(headers.location ?? '')
    assert.equal(location.origin, loginOrigin, to)
    if (location.pathname === '/forward-auth/problem') continue
    const entered = await ask(`${location.pathname}${location.search}`, { cookie: session })
    assert.match(
      entered.headers.location ?? '',
      /^https:\/\/wiki\.example\.org\/forward-auth\/app\/callback\?code=[\w-]+&to=\/$/,
    )
  }
  for (const query of ['', '?request=x', '?request=e30.x']) {
    assert.equal((await ask(`/forward-auth/enter${query}`, { cookie: session })).status, 400)
  }
  assert.equal(
    (await ask('/forward-auth/app/login?to=/', { ...proxied, 'x-forwarded-host': 'evil.example' }))
      .headers.location,
    `${loginOrigin}/forward-auth/problem?problem=invalid_request`,
  )
  const posted = await sendRequest(einlass, {
    method: 'POST',
    path: '/forward-auth/enter',
    headers: { host: 'x' },
  })
  assert.equal(posted.status, 405)
})

test('a path that requires a level leads to a login for it, and opens with that level', async (t) => {
  const { check, enter, signIn, userId, origin: einlass, ask } = await setUpWire(t)
  const cookie = await enter()
  const weak = await check('caddy', '/vault/x', { cookie, ...page })
  assert.equal(weak.headers.location, `${origin}/forward-auth/app/login?to=/vault/x`)
  assert.equal((await check('caddy', '/vault/x', { cookie })).status, 401)
  const proxied = { 'x-forwarded-proto': 'https', 'x-forwarded-host': host }
  const begun = await ask('/forward-auth/app/login?to=/vault/x', proxied)
  const path = (begun.headers.location ?? '').replace(loginOrigin, '')
  const asked = await ask(path, { cookie: await signIn(userId) })
  assert.match(asked.headers.location ?? '', /^\/login\?continue=/)
  const strong = await signIn(userId, acrPhishingResistant)
  const inside = await enterApp({ einlass, host, session: strong, to: '/vault/x' })
  assert.equal((await check('caddy', '/vault/x', { cookie: inside })).status, 200)
})
