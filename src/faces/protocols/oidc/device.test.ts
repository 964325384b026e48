import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import * as client from 'openid-client'
import { type Browser, createBrowser } from '../../../dev/test-support/oidc-browser.ts'
import {
  signInOn,
  start,
  startTestServer,
  type TestServer,
} from '../../../dev/test-support/oidc-server.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { readJwt } from '../../../dev/test-support/read-jwt.ts'
import { acrPassword } from '../../../identity/policy/assurance.ts'
import type { OwnPolicy } from '../../../identity/policy/policy.ts'
import { minutes, seconds } from '../../../platform/kernel/clock.ts'
import type { OpenDatabase } from '../../../platform/storage/database.ts'
import { transact } from '../../../platform/storage/transact.ts'
import { formatUserCode, normalizeUserCode } from './user-codes.ts'

/** A device of the app `tv`, and Erika, who is logged in in a browser. */
async function setUp(
  t: TestContext,
  policy: OwnPolicy = { secondFactor: 'none' },
  database?: OpenDatabase,
) {
  const started = database === undefined ? start(t) : startTestServer(t, database)
  const { server, erika, browser } = await signInOn(await started)
  const { app } = await server.apps.create(server.db, {
    id: 'tv',
    name: 'Television',
    settings: { redirectUris: [], grants: ['device_code'], tokenEndpointAuthMethod: 'none' },
    policy,
  })
  const config = await client.discovery(new URL(server.oidc.issuer), app.id, {}, client.None(), {
    execute: [client.allowInsecureRequests],
  })
  const begin = (parameters: Record<string, string> = {}) =>
    client.initiateDeviceAuthorization(config, { scope: 'openid profile', ...parameters })
  /** Fetches the tokens, once. */
  const fetchTokens = ({ device_code }: client.DeviceAuthorizationResponse) =>
    fetch(`${server.oidc.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        client_id: 'tv',
        device_code,
      }),
    }).then(async (answer) => ({ status: answer.status, body: await answer.json() }))
  return { server, erika, browser, config, begin, fetchTokens, ...createPages(server) }
}

function createPages({ oidc, origin }: TestServer) {
  const post = async (browser: Browser, path: string, fields: Record<string, string>) => {
    const answer = await browser.fetch(`${oidc.issuer}${path}`, {
      method: 'POST',
      body: new URLSearchParams(fields),
    })
    const location = answer.headers.get('location')
    return { status: answer.status, location, text: await answer.text() }
  }
  const confirm = async (browser: Browser, code: string) => {
    const { url, response } = await browser.open(
      `${oidc.issuer}/device/confirm?user_code=${code}`,
      `${origin}/login`,
    )
    return { url, page: response && (await response.json()) }
  }
  const answer = (browser: Browser, code: string, how: 'allow' | 'deny') =>
    post(browser, '/device/confirm', { user_code: code, answer: how })
  return { post, confirm, answer }
}

test('a user approves a device, and the device gets tokens of this login', async (t) => {
  const { begin, fetchTokens, browser, post, confirm, answer, erika, server } = await setUp(t)
  const begun = await begin()
  assert.match(begun.user_code, /^[B-Z]{4}-[B-Z]{4}$/)
  assert.equal(begun.verification_uri, `${server.oidc.issuer}/device`)
  assert.equal(begun.interval, 5)
  const found = await post(browser, '/device', { user_code: begun.user_code.toLowerCase() })
  assert.equal(found.status, 303)
  assert.equal(found.location, `/oidc/device/confirm?user_code=${begun.user_code}`)
  const { page } = await confirm(browser, begun.user_code)
  assert.deepEqual(
    [page.page, page.code, page.appName, page.username, page.address],
    ['confirm', begun.user_code, 'Television', 'erika', '127.0.0.1'],
  )
  const done = await answer(browser, begun.user_code, 'allow')
  assert.deepEqual(JSON.parse(done.text), { page: 'done', appName: 'Television', isAllowed: true })
  const { status, body } = await fetchTokens(begun)
  assert.equal(status, 200, JSON.stringify(body))
  const { payload } = readJwt(body.id_token)
  assert.deepEqual(
    [payload.sub, payload.acr, payload.preferred_username],
    [erika.id, acrPassword, 'erika'],
  )
  const events = await server.db
    .selectFrom('audit_events')
    .select('data')
    .where('type', '=', 'oidc_signed_in')
    .execute()
  assert.deepEqual(
    events.map(({ data }) => JSON.parse(data).appId),
    ['tv'],
  )
})

test('A33: a second use of a device code is refused, and ends the tokens of the first use', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const { begin, fetchTokens, browser, answer, server } = await setUp(t)
  const begun = await begin()
  await answer(browser, begun.user_code, 'allow')
  const { body } = await fetchTokens(begun)
  const ask = () =>
    fetch(`${server.oidc.issuer}/me`, { headers: { Authorization: `Bearer ${body.access_token}` } })
  assert.equal((await ask()).status, 200)
  t.mock.timers.tick(seconds(5))
  assert.equal((await fetchTokens(begun)).body.error, 'invalid_grant')
  assert.equal((await ask()).status, 401)
})

test('ten minutes after a device began, its user code is unknown, and the device learns that its code has expired', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const { begin, fetchTokens, browser, post, answer } = await setUp(t)
  const approved = await begin()
  await answer(browser, approved.user_code, 'allow')
  const open = await begin()
  assert.equal(open.expires_in, 600)
  t.mock.timers.tick(minutes(10) - seconds(1))
  const found = await post(browser, '/device', { user_code: open.user_code })
  assert.equal(found.status, 303)
  t.mock.timers.tick(seconds(1))
  for (const how of ['/device', '/device/confirm']) {
    const { text } = await post(browser, how, { user_code: open.user_code, answer: 'allow' })
    assert.equal(JSON.parse(text).isUnknown, true, how)
  }
  for (const begun of [approved, open]) {
    assert.equal((await fetchTokens(begun)).body.error, 'expired_token')
  }
  t.mock.timers.tick(minutes(10))
  for (const begun of [approved, open]) {
    assert.equal((await fetchTokens(begun)).body.error, 'invalid_grant')
  }
})

test('A37: an address can try ten wrong user codes in a minute, on all pages together; right codes are free', async (t) => {
  const { begin, browser, server } = await setUp(t)
  const { user_code: code } = await begin()
  const headers = { 'X-Forwarded-For': '192.0.2.1' }
  const type = (typed: string, from = headers) => {
    const body = new URLSearchParams({ user_code: typed })
    return browser.fetch(`${server.oidc.issuer}/device`, { method: 'POST', body, headers: from })
  }
  const open = (typed: string) =>
    browser.fetch(`${server.oidc.issuer}/device/confirm?user_code=${typed}`, { headers })
  for (let times = 0; times < 12; times++) assert.equal((await type(code)).status, 303)
  for (let times = 0; times < 5; times++) {
    assert.equal((await (await type('BBBB-BBBB')).json()).isUnknown, true)
    assert.equal((await (await open('BBBB-BBBC')).json()).isUnknown, true)
  }
  for (const answer of [await type('BBBB-BBBD'), await type(code), await open(code)]) {
    assert.deepEqual([answer.status, await answer.text()], [429, 'error page: too_many_requests'])
  }
  assert.equal((await type(code, { 'X-Forwarded-For': '198.51.100.1' })).status, 303)
})

test('the tokens of a device end with the login that approved it', async (t) => {
  const { begin, fetchTokens, browser, answer, server, erika } = await setUp(t)
  const begun = await begin()
  await answer(browser, begun.user_code, 'allow')
  const { body } = await fetchTokens(begun)
  const ask = () =>
    fetch(`${server.oidc.issuer}/me`, { headers: { Authorization: `Bearer ${body.access_token}` } })
  assert.equal((await ask()).status, 200)
  await transact(server.db, (tx) =>
    server.logins.endAll(tx, { userId: erika.id, reason: 'user_disabled' }),
  )
  assert.equal((await ask()).status, 401)
})

test('a poll of a device says that the request is pending, that the device must slow down, or that it was denied', async (t) => {
  const { begin, fetchTokens, browser, answer } = await setUp(t)
  const begun = await begin()
  assert.equal((await fetchTokens(begun)).body.error, 'authorization_pending')
  assert.equal((await fetchTokens(begun)).body.error, 'slow_down')
  const other = await begin()
  await answer(browser, other.user_code, 'deny')
  assert.equal((await fetchTokens(other)).body.error, 'access_denied')
})

onEachEngine(({ name, open }) => {
  test(`the denial of a device is in the audit log once, with its user (${name})`, async (t) => {
    const scene = await setUp(t, { secondFactor: 'none' }, await open(t))
    const { begin, browser, answer, server, erika } = scene
    const begun = await begin()
    await answer(createBrowser(), begun.user_code, 'deny')
    assert.deepEqual(await server.listAudit('oidc_device_denied'), [])
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => answer(browser, begun.user_code, 'deny')),
    )
    const pages = answers.map(({ text }) => JSON.parse(text).page)
    assert.equal(pages.filter((page) => page === 'done').length, 1)
    const [session] = await server.sessions.listOf(erika.id)
    assert.deepEqual(await server.listAudit('oidc_device_denied'), [
      { userId: erika.id, sessionId: session?.id, appId: 'tv' },
    ])
    assert.deepEqual(await server.listAudit('oidc_signed_in'), [])
  })
})

test('of simultaneous answers to a user code only one succeeds', async (t) => {
  const { begin, browser, answer, server } = await setUp(t)
  const begun = await begin()
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => answer(browser, begun.user_code, 'allow')),
  )
  const pages = answers.map(({ text }) => JSON.parse(text).page)
  assert.equal(pages.filter((page) => page === 'done').length, 1)
  const records = await server.db.selectFrom('participants').selectAll().execute()
  assert.equal(records.length, 1)
})

test('a browser without a session must log in first, and then gets the page of the device code', async (t) => {
  const { begin, confirm, answer, server, erika, fetchTokens } = await setUp(t)
  const begun = await begin()
  const browser = createBrowser()
  const { url } = await confirm(browser, begun.user_code)
  assert.equal(url.pathname, '/login')
  const wish = server.continuations.open(url.searchParams.get('continue') ?? '')
  assert.deepEqual(
    [wish?.appId, wish?.returnTo],
    ['tv', `/oidc/device/confirm?user_code=${begun.user_code}`],
  )
  const refused = await answer(browser, begun.user_code, 'allow')
  assert.match(refused.location ?? '', /^\/login/)
  assert.equal((await fetchTokens(begun)).body.error, 'authorization_pending')
  await server.logIn(browser, erika.id)
  assert.equal((await confirm(browser, begun.user_code)).page.page, 'confirm')
})

test('CVE-2024-38371: a user who may not enter the app cannot approve a device', async (t) => {
  const policy: OwnPolicy = { secondFactor: 'none', allowedGroups: ['staff'] }
  const { begin, browser, answer, fetchTokens } = await setUp(t, policy)
  const begun = await begin()
  const { text } = await answer(browser, begun.user_code, 'allow')
  assert.equal(JSON.parse(text).page, 'refused')
  assert.equal((await fetchTokens(begun)).body.error, 'authorization_pending')
})

test('a user who may not enter the app can deny the device, and an anonymous browser cannot', async (t) => {
  const policy: OwnPolicy = { secondFactor: 'none', allowedGroups: ['staff'] }
  const { begin, browser, confirm, answer, fetchTokens, server } = await setUp(t, policy)
  const begun = await begin()
  const { page } = await confirm(browser, begun.user_code)
  assert.deepEqual(
    [page.page, page.username, page.action, page.code],
    ['refused', 'erika', '/oidc/device/confirm', begun.user_code],
  )
  assert.match(`${page.otherLoginUrl}`, /^\/login/)
  assert.match(`${(await answer(createBrowser(), begun.user_code, 'deny')).location}`, /^\/login/)
  const { text } = await answer(browser, begun.user_code, 'deny')
  assert.deepEqual(JSON.parse(text), { page: 'done', appName: 'Television', isAllowed: false })
  assert.equal((await fetchTokens(begun)).body.error, 'access_denied')
  assert.equal((await server.listAudit('oidc_device_denied')).length, 1)
})

test('the gate decides again when the device fetches its tokens', async (t) => {
  const { begin, browser, answer, fetchTokens, server } = await setUp(t)
  const begun = await begin()
  await answer(browser, begun.user_code, 'allow')
  await server.apps.change(server.db, 'tv', {
    policy: { secondFactor: 'none', allowedGroups: ['board'] },
  })
  assert.equal((await fetchTokens(begun)).body.error, 'access_denied')
})

test('the page says that a code is wrong, and the database has no code in plain text', async (t) => {
  const { begin, browser, post, server } = await setUp(t)
  const { user_code: code } = await begin()
  for (const typed of ['', 'BBBB-BBBB', 'x', code.slice(0, 8), `${code}B`, 'B'.repeat(5000)]) {
    const { text } = await post(browser, '/device', { user_code: typed })
    assert.equal(JSON.parse(text).isUnknown, true, typed)
  }
  const rows = await server.db.selectFrom('oidc_records').selectAll().execute()
  const plain = normalizeUserCode(code) ?? ''
  assert.doesNotMatch(JSON.stringify(rows), new RegExp(`${plain}|${formatUserCode(plain)}`))
})

test('an app cannot use the device code of another app', async (t) => {
  const { begin, browser, answer, server } = await setUp(t)
  await server.apps.create(server.db, {
    id: 'other',
    name: 'Other',
    settings: { redirectUris: [], grants: ['device_code'], tokenEndpointAuthMethod: 'none' },
    policy: { secondFactor: 'none' },
  })
  const begun = await begin()
  await answer(browser, begun.user_code, 'allow')
  const stolen = await fetch(`${server.oidc.issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      client_id: 'other',
      device_code: begun.device_code,
    }),
  })
  assert.equal((await stolen.json()).error, 'invalid_grant')
})
