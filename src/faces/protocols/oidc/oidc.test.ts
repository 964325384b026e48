import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as client from 'openid-client'
import { createBrowser } from '../../../dev/test-support/oidc-browser.ts'
import { start, startSignedIn } from '../../../dev/test-support/oidc-server.ts'
import { acrNumber, acrPassword } from '../../../identity/policy/assurance.ts'

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
    email_verified: true,
  })
})

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

test('prompt=none gives login_required without a session, and a login with one', async (t) => {
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

test('prompt=none accepts a user who has logged in without an app, unless the app requires more', async (t) => {
  const { server, erika, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const bank = await server.addApp({ id: 'bank', policy: { secondFactor: 'required' } })
  assert.equal((await mail.signIn(browser, { prompt: 'none' })).claims()?.sub, erika.id)
  const { url } = await bank.begin({ prompt: 'none' })
  const refused = await browser.open(url, bank.redirectUri)
  assert.equal(refused.url.searchParams.get('error'), 'login_required')
})

test('prompt=login and max_age=0 require a new login, also after a recent one, and accept it', async (t) => {
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

test('prompt=select_account asks which account to use, before a login that the app also requires', async (t) => {
  const { server, erika, browser } = await startSignedIn(t)
  const max = await server.addUser('max')
  const mail = await server.addApp({ id: 'mail' })
  const bank = await server.addApp({ id: 'bank', policy: { secondFactor: 'required' } })
  const choose = async (app: typeof mail, prompt: string) => {
    const attempt = await app.begin({ prompt })
    const { response } = await browser.open(attempt.url, app.redirectUri)
    return { attempt, choice: (await response?.json()) as Record<string, string> }
  }
  const { attempt, choice } = await choose(mail, 'select_account')
  assert.deepEqual([choice.appName, choice.username], ['mail', 'erika'])
  const end = await browser.open(`${server.origin}${choice.continueUrl}`, mail.redirectUri)
  assert.equal((await mail.finish(end.url, attempt)).claims()?.sub, erika.id)

  for (const [app, prompt] of [
    [bank, 'select_account'],
    [mail, 'select_account login'],
    [mail, 'login select_account'],
  ] as const) {
    const more = (await choose(app, prompt)).choice
    const page = await browser.open(`${server.origin}${more.continueUrl}`, app.redirectUri)
    assert.equal(page.url.pathname, '/login', prompt)
  }

  const other = await choose(mail, 'select_account')
  const page = await browser.open(`${server.origin}${other.choice.otherUrl}`, mail.redirectUri)
  const wish = server.continuations.open(page.url.searchParams.get('continue') ?? '')
  assert.equal(wish?.loginHint, '')
  await server.logIn(browser, max.id)
  const last = await browser.open(`${server.origin}${wish?.returnTo}`, mail.redirectUri)
  assert.equal((await mail.finish(last.url, other.attempt)).claims()?.sub, max.id)
})

test('the login gets the login_hint for any user name, and the browser remembers the requested language', async (t) => {
  const server = await start(t)
  const mail = await server.addApp({ id: 'mail' })
  for (const [login_hint, expected] of [
    ['erika', 'erika'],
    ['nobody@example.org', 'nobody@example.org'],
    ['x'.repeat(129), undefined],
  ] as const) {
    const browser = createBrowser()
    const { url } = await mail.begin({ login_hint, ui_locales: 'en' })
    const page = await browser.open(url, mail.redirectUri)
    const wish = server.continuations.open(page.url.searchParams.get('continue') ?? '')
    assert.equal(wish?.loginHint, expected)
    assert.equal(browser.cookie('asked_language'), 'en')
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

test('an app with a stronger rule requires a step-up, and then every app gets the new level', async (t) => {
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

test('acr_values can require a higher level, and unknown values are ignored', async (t) => {
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

test('if another user logs in during a request, the app gets this new user', async (t) => {
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

test('an older login does not replace the recent login that an app requires', async (t) => {
  const { server, erika, browser, login } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const older = browser.cookie('login') ?? ''
  await server.db
    .updateTable('sessions')
    .set({ authenticated_at: Date.now() - 120_000 })
    .where('id', '=', login)
    .execute()
  const attempt = await mail.begin({ max_age: '60' })
  const page = await browser.open(attempt.url, mail.redirectUri)
  const continued = server.continuations.open(page.url.searchParams.get('continue') ?? '')
  await server.logIn(browser, erika.id)
  const back = await browser.fetch(`${server.origin}${continued?.returnTo}`)
  browser.setCookie('login', older)
  const resume = new URL(back.headers.get('Location') ?? '', server.origin)
  assert.match(resume.pathname, /^\/oidc\/auth\//)
  assert.equal((await browser.open(resume, mail.redirectUri)).url.pathname, '/login')
})

test('the gate is asked only once for a request, also if it refuses a direct answer', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const policy = { secondFactor: 'required' } as const
  const strict = await server.addApp({ id: 'strict', policy })
  const answer = await browser.fetch((await strict.begin()).url)
  assert.match(answer.headers.get('location') ?? '', /\/sso\/oidc\//)
  assert.deepEqual(server.checks, ['strict'])
})
