// Attacks by the browser of another person, and by what it left behind.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as client from 'openid-client'
import { type Browser, createBrowser } from '../../../dev/test-support/oidc-browser.ts'
import { startSignedIn } from '../../../dev/test-support/oidc-server.ts'
import { acrNumber, acrPassword } from '../../../identity/policy/assurance.ts'

const libraryCookies = ['einlass-oidc', 'einlass-oidc.sig']

test('A24, CVE-2026-7507: every address of a pending request requires the cookie of its own browser', async (t) => {
  const { server, browser, login } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const attacker = createBrowser()
  const page = await attacker.open((await mail.begin()).url, mail.redirectUri)
  const wish = server.continuations.open(page.url.searchParams.get('continue') ?? '')
  const [own = ''] = (wish?.returnTo ?? '').split('?')
  const uid = own.split('/').at(-1)
  for (const path of [
    own,
    `${own}/continue`,
    `${own}/other`,
    `${own}/cancel`,
    `/oidc/auth/${uid}`,
  ]) {
    const response = await browser.fetch(`${server.origin}${path}`)
    assert.equal(response.headers.get('Location'), null, path)
  }
  const [before] = await server.db
    .selectFrom('sessions')
    .selectAll()
    .where('id', '=', login)
    .execute()
  assert.equal(before?.ended_at, null)
  const end = await attacker.open(`${server.origin}${wish?.returnTo}`, mail.redirectUri)
  assert.equal(end.url.pathname, '/login', 'the attacker is still not logged in')
})

test('A24: a library session that an attacker planted in a browser has no effect', async (t) => {
  const { server, erika, browser } = await startSignedIn(t)
  const max = await server.addUser('max')
  const mail = await server.addApp({ id: 'mail' })
  const attacker = createBrowser()
  await server.logIn(attacker, max.id)
  await mail.signIn(attacker)
  plant(attacker, browser)
  assert.equal((await mail.signIn(browser)).claims()?.sub, erika.id)
  const planted = createBrowser()
  plant(attacker, planted)
  const { url } = await mail.begin({ prompt: 'none' })
  const refused = await planted.open(url, mail.redirectUri)
  assert.equal(refused.url.searchParams.get('error'), 'login_required')
})

for (const [what, request, proof] of [
  ['a repeated login', { prompt: 'login' }, { amr: ['pwd'], acr: acrPassword }],
  ['a step-up', { acr_values: acrNumber }, { amr: ['pwd', 'mca', 'mfa'], acr: acrNumber }],
] as const)
  test(`A24: ${what} that an app requests changes the id of the library session`, async (t) => {
    const { server, browser, login } = await startSignedIn(t)
    const mail = await server.addApp({ id: 'mail' })
    await mail.signIn(browser)
    const before = browser.cookie('einlass-oidc')
    const attempt = await mail.begin(request)
    const page = await browser.open(attempt.url, mail.redirectUri)
    const wish = server.continuations.open(page.url.searchParams.get('continue') ?? '')
    const fresh = { ...proof, amr: [...proof.amr], authenticatedAt: Date.now() }
    const made = await server.sessions.strengthen(server.db, login, fresh)
    browser.setCookie('login', made?.token ?? '')
    const end = await browser.open(`${server.origin}${wish?.returnTo}`, mail.redirectUri)
    assert.ok(end.url.searchParams.has('code'))
    assert.notEqual(browser.cookie('einlass-oidc'), before)
    const older = createBrowser()
    older.setCookie('einlass-oidc', before ?? '')
    const { url } = await mail.begin({ prompt: 'none' })
    const refused = await older.open(url, mail.redirectUri)
    assert.equal(refused.url.searchParams.get('error'), 'login_required')
  })

test('A26, CVE-2025-12390: after a logout without cookies the next user never gets tokens of the first one', async (t) => {
  const { server, erika, browser, login } = await startSignedIn(t)
  const max = await server.addUser('max')
  const mail = await server.addApp({ id: 'mail' })
  const { id_token = '' } = await mail.signIn(browser)
  const own = browser.cookie('login') ?? ''
  // The browser loses the cookie of the login, and the logout of the app finds nobody.
  browser.setCookie('login', '')
  const out = client.buildEndSessionUrl(mail.config, { id_token_hint: id_token })
  assert.equal((await browser.fetch(out)).status, 303)
  await server.logIn(browser, max.id)
  for (const wish of [{}, { prompt: 'none' }, { login_hint: 'erika' }]) {
    const tokens = await mail.signIn(browser, wish)
    assert.equal(tokens.claims()?.sub, max.id)
    const info = await client.fetchUserInfo(mail.config, tokens.access_token, max.id)
    assert.equal(info.preferred_username, 'max')
  }
  // Nobody has ended the session of the first person, and it is still theirs alone.
  assert.ok(await server.sessions.findById(login))
  browser.setCookie('login', own)
  assert.equal((await mail.signIn(browser)).claims()?.sub, erika.id)
})

test('A33: a code works only for its app and redirect URI, and its answer names the issuer', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const settings = { redirectUris: ['http://127.0.0.1:1/mail', 'http://127.0.0.1:1/other'] }
  const mail = await server.addApp({ id: 'mail', settings })
  const wiki = await server.addApp({ id: 'wiki' })
  const refused = { error: 'invalid_grant' }
  const foreign = await mail.begin()
  const { url } = await browser.open(foreign.url, mail.redirectUri)
  assert.equal(url.searchParams.get('iss'), server.oidc.issuer)
  await assert.rejects(wiki.finish(url, foreign), refused)
  const moved = await mail.begin()
  const { url: answer } = await browser.open(moved.url, mail.redirectUri)
  const elsewhere = new URL(answer)
  elsewhere.pathname = '/other'
  await assert.rejects(mail.finish(elsewhere, moved), refused)
})

test('A33: of 200 simultaneous uses of a code at most one succeeds, and its tokens are revoked', async (t) => {
  const { server, erika, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const attempt = await mail.begin()
  const { url } = await browser.open(attempt.url, mail.redirectUri)
  const uses = await Promise.allSettled(
    Array.from({ length: 200 }, () => mail.finish(url, attempt)),
  )
  const won = uses.flatMap((use) => (use.status === 'fulfilled' ? [use.value] : []))
  assert.ok(won.length <= 1)
  for (const { access_token } of won) {
    await assert.rejects(client.fetchUserInfo(mail.config, access_token, erika.id))
  }
})

test('A33: answers with a code, a token or user data have no-store', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const attempt = await mail.begin()
  const code = await browser.fetch(attempt.url)
  assert.equal(code.headers.get('Cache-Control'), 'no-store')
  const { access_token } = await mail.finish(new URL(code.headers.get('Location') ?? ''), attempt)
  const info = await fetch(`${server.oidc.issuer}/me`, {
    headers: { Authorization: `Bearer ${access_token}` },
  })
  assert.equal(info.headers.get('Cache-Control'), 'no-store')
  const token = await fetch(`${server.oidc.issuer}/token`, { method: 'POST' })
  assert.equal(token.headers.get('Cache-Control'), 'no-store')
})

function plant(from: Browser, into: Browser): void {
  for (const name of libraryCookies) into.setCookie(name, from.cookie(name) ?? '')
}
