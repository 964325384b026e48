import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import * as client from 'openid-client'
import { createBrowser } from '../../../dev/test-support/oidc-browser.ts'
import { startSignedIn } from '../../../dev/test-support/oidc-server.ts'

/** An app's side of back-channel logout: keeps the tokens it was sent. */
async function startReceiver(t: TestContext, status = 200) {
  const tokens: Record<string, unknown>[] = []
  const headers: Record<string, unknown>[] = []
  const receiver = createServer(async (req, res) => {
    let body = ''
    for await (const chunk of req) body += chunk
    const token = new URLSearchParams(body).get('logout_token') ?? ''
    const [header = '', claims = ''] = token.split('.')
    headers.push(JSON.parse(Buffer.from(header, 'base64url').toString()))
    tokens.push(JSON.parse(Buffer.from(claims, 'base64url').toString()))
    res.writeHead(status).end('ignored')
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    receiver.closeAllConnections()
    receiver.close()
  })
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`
  return { url, tokens, headers }
}

function settings(id: string, backchannelLogoutUri: string) {
  return {
    redirectUris: [`http://127.0.0.1:1/${id}`],
    postLogoutRedirectUris: [`http://127.0.0.1:1/${id}/bye`],
    backchannelLogoutUri,
  }
}

test('each app of a login is notified of its end exactly once', async (t) => {
  const { server, erika, browser, login } = await startSignedIn(t)
  const receiver = await startReceiver(t)
  const mail = await server.addApp({ id: 'mail', settings: settings('mail', receiver.url) })
  await server.addApp({ id: 'wiki', settings: settings('wiki', receiver.url) })
  await mail.signIn(browser)
  const claims = (await mail.signIn(browser)).claims()
  await server.sessions.end(server.db, login, 'test')
  await Promise.all([server.sessions.announceEnd([login]), server.sessions.announceEnd([login])])
  assert.equal(receiver.tokens.length, 1)
  const { iat, exp, jti, ...token } = receiver.tokens[0] ?? {}
  assert.ok(iat && exp && jti)
  assert.deepEqual(token, {
    sub: erika.id,
    iss: server.oidc.issuer,
    aud: 'mail',
    sid: claims?.sid,
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  })
  assert.equal(receiver.headers[0]?.typ, 'logout+jwt')
  assert.equal(receiver.headers[0]?.alg, 'RS256')
})

test('an app that fails or does not answer is logged, and does not stop the logout of the others', async (t) => {
  const { server, browser, login } = await startSignedIn(t)
  const receiver = await startReceiver(t)
  const broken = await startReceiver(t, 500)
  const places = { mail: receiver.url, wiki: broken.url, away: 'http://127.0.0.1:1/' }
  for (const [id, url] of Object.entries(places)) {
    const app = await server.addApp({ id, settings: settings(id, url) })
    await app.signIn(browser)
  }
  await server.sessions.end(server.db, login, 'test')
  await server.sessions.announceEnd([login])
  assert.equal(receiver.tokens.length, 1)
  const warnings = server.entries.filter(({ level }) => level === 'warn')
  assert.deepEqual(warnings.map(({ entry }) => (entry as { appId: string }).appId).sort(), [
    'away',
    'wiki',
  ])
})

test('a logout with a valid hint ends the login and leads back to the app', async (t) => {
  const { server, erika, browser, login } = await startSignedIn(t)
  const receiver = await startReceiver(t)
  const mail = await server.addApp({ id: 'mail', settings: settings('mail', receiver.url) })
  const tokens = await mail.signIn(browser)
  const bye = `${mail.redirectUri}/bye`
  const url = client.buildEndSessionUrl(mail.config, {
    id_token_hint: tokens.id_token ?? '',
    post_logout_redirect_uri: bye,
    state: 'some state',
  })
  const end = await browser.open(url, bye)
  assert.equal(end.url.href, `${bye}?state=some+state`)
  assert.equal(await server.sessions.findById(login), undefined)
  assert.equal(browser.cookie('login'), undefined)
  assert.equal(browser.cookie('einlass-oidc'), undefined)
  assert.equal(receiver.tokens.length, 1)
  await assert.rejects(client.fetchUserInfo(mail.config, tokens.access_token, erika.id))
  const ended = await server.db
    .selectFrom('audit_events')
    .select('data')
    .where('type', '=', 'session_ended')
    .execute()
  assert.equal(JSON.parse(ended[0]?.data ?? '{}').reason, 'logout')
})

test('if another app requires the browser, the logout first goes to the logout page', async (t) => {
  const { server, erika, browser, login } = await startSignedIn(t)
  const mail = await server.addApp({
    id: 'mail',
    settings: settings('mail', 'http://127.0.0.1:1/'),
  })
  const tokens = await mail.signIn(browser)
  const now = Date.now()
  await server.db
    .insertInto('logout_queue')
    .values({
      ...{ id: 'one', session_id: login, app_id: 'owa', user_id: erika.id, protocol: 'wsfed' },
      ...{ data: '{}', status: 'waiting', attempts: 1, created_at: now, due_at: now + 60_000 },
      ...{ finished_at: null, reason: 'in_browser' },
    })
    .execute()
  const url = client.buildEndSessionUrl(mail.config, {
    id_token_hint: tokens.id_token ?? '',
    post_logout_redirect_uri: `${mail.redirectUri}/bye`,
    state: 'some state',
  })
  const reply = await browser.fetch(url)
  assert.deepEqual([reply.status, reply.headers.get('location')], [303, '/logout'])
  assert.equal(reply.headers.get('clear-site-data'), '"cache"')
  assert.deepEqual(server.loggedOut, [
    { appName: 'mail', url: `${mail.redirectUri}/bye?state=some+state` },
  ])
})

test('without a hint the user is asked, and only the form with its token ends the login', async (t) => {
  const { server, browser, login } = await startSignedIn(t)
  const receiver = await startReceiver(t)
  const mail = await server.addApp({ id: 'mail', settings: settings('mail', receiver.url) })
  await mail.signIn(browser)
  const bye = `${mail.redirectUri}/bye`
  const url = client.buildEndSessionUrl(mail.config, { post_logout_redirect_uri: bye })
  const page = await browser.fetch(url)
  const form = (await page.json()) as {
    action: string
    fields: Record<string, string>
    appName: string
  }
  assert.equal(form.appName, 'mail')
  const submit = (fields: Record<string, string>) =>
    browser.fetch(form.action, { method: 'POST', body: new URLSearchParams(fields) })
  assert.equal((await submit({ logout: 'yes', xsrf: 'guess' })).status, 400)
  assert.ok(await server.sessions.findById(login))
  const done = await submit(form.fields)
  // A page leads back, as browsers apply the policy of the page with the form to redirects.
  assert.equal(done.status, 200)
  assert.deepEqual(await done.json(), { appName: 'mail', url: bye })
  assert.equal(done.headers.get('clear-site-data'), '"cache"')
  assert.equal(await server.sessions.findById(login), undefined)
  assert.equal(receiver.tokens.length, 1)
})

test('the ID token of another user does not log out this user without a question', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const max = await server.addUser('max')
  const mail = await server.addApp({ id: 'mail' })
  const { id_token = '' } = await mail.signIn(browser)
  const second = createBrowser()
  const login = await server.logIn(second, max.id)
  await mail.signIn(second)
  const url = client.buildEndSessionUrl(mail.config, { id_token_hint: id_token })
  assert.equal((await second.fetch(url)).status, 200)
  assert.ok(await server.sessions.findById(login))
})

test('an ID token of an earlier login does not end a later login of the same user without a question', async (t) => {
  const { server, erika, browser, login } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { id_token = '' } = await mail.signIn(browser)
  await server.sessions.end(server.db, login, 'test')
  const later = await server.logIn(browser, erika.id)
  const current = await mail.signIn(browser)
  const logOut = (hint: string) =>
    browser.fetch(client.buildEndSessionUrl(mail.config, { id_token_hint: hint }))
  const page = await logOut(id_token)
  assert.equal(page.status, 200)
  assert.equal(((await page.json()) as { appName: string }).appName, 'mail')
  assert.ok(await server.sessions.findById(later))
  assert.equal((await logOut(current.id_token ?? '')).status, 303)
  assert.equal(await server.sessions.findById(later), undefined)
})

test('an ID token of another browser does not end the login of this browser without a question', async (t) => {
  const { server, erika, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { id_token = '' } = await mail.signIn(browser)
  const second = createBrowser()
  const login = await server.logIn(second, erika.id)
  await mail.signIn(second)
  const url = client.buildEndSessionUrl(mail.config, { id_token_hint: id_token })
  assert.equal((await second.fetch(url)).status, 200)
  assert.ok(await server.sessions.findById(login))
})

test('an app without back-channel logout can end its login without a question, also after a refresh', async (t) => {
  const { server, browser, login } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const offline = { scope: 'openid offline_access', prompt: 'consent' }
  const first = await mail.signIn(browser, offline)
  const { id_token = '' } = await client.refreshTokenGrant(mail.config, first.refresh_token ?? '')
  const url = client.buildEndSessionUrl(mail.config, { id_token_hint: id_token })
  assert.equal((await browser.fetch(url)).status, 303)
  assert.equal(await server.sessions.findById(login), undefined)
})

test('a script that asks for a logout gets an empty answer and no page', async (t) => {
  const { server, browser, login } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { id_token = '' } = await mail.signIn(browser)
  const url = client.buildEndSessionUrl(mail.config, { id_token_hint: id_token })
  const headers = { accept: 'application/json' }
  const ended = await browser.fetch(url, { headers })
  assert.deepEqual([ended.status, ended.headers.get('content-type')], [204, null])
  assert.equal(await server.sessions.findById(login), undefined)
  const again = await browser.fetch(url, { headers })
  assert.deepEqual([again.status, again.headers.get('content-type')], [204, null])
})

test("an app cannot log out with another app's ID token", async (t) => {
  const { server, browser, login } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const wiki = await server.addApp({ id: 'wiki' })
  const { id_token = '' } = await mail.signIn(browser)
  const { id_token: own = '' } = await wiki.signIn(browser)
  const bye = `${wiki.redirectUri}/bye`
  const logOut = (hint: string) =>
    client.buildEndSessionUrl(wiki.config, { id_token_hint: hint, post_logout_redirect_uri: bye })
  // As a browser asks.
  const headers = { accept: 'text/html' }
  const nameless = logOut(id_token)
  nameless.searchParams.delete('client_id')
  for (const url of [logOut(id_token), nameless]) {
    const refused = await browser.fetch(url, { headers })
    assert.equal(refused.status, 400)
    // The page leads to the logout here.
    assert.match(await refused.text(), /, to the logout$/)
  }
  assert.ok(await server.sessions.findById(login))
  assert.equal((await browser.fetch(logOut(own))).status, 303)
  assert.equal(await server.sessions.findById(login), undefined)
})

test('a logout without a session continues without a question', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { id_token = '' } = await mail.signIn(browser)
  const anonymous = createBrowser()
  const bye = `${mail.redirectUri}/bye`
  const hints = { id_token_hint: id_token, post_logout_redirect_uri: bye }
  const back = await anonymous.open(client.buildEndSessionUrl(mail.config, hints), bye)
  assert.equal(back.url.href, bye)
  const done = await anonymous.open(`${server.origin}/oidc/session/end`, bye)
  assert.equal(await done.response?.text(), 'page /logout')
})

test('a logout never redirects to an address that the app did not register (A27)', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { id_token = '' } = await mail.signIn(browser)
  for (const target of ['https://evil.example/', `${mail.redirectUri}/bye/`, mail.redirectUri]) {
    const hints = { id_token_hint: id_token, post_logout_redirect_uri: target }
    const response = await browser.fetch(client.buildEndSessionUrl(mail.config, hints))
    assert.equal(response.status, 400, target)
    assert.equal(response.headers.get('Location'), null)
  }
  const nobody = new URL(`${server.origin}/oidc/session/end`)
  nobody.searchParams.set('post_logout_redirect_uri', 'https://evil.example/')
  const page = await browser.fetch(nobody)
  assert.equal(((await page.json()) as { redirectOrigin?: string }).redirectOrigin, undefined)
})
