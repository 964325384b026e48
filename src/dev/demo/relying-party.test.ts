import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { acrPassword } from '../../identity/policy/assurance.ts'
import { systemClock } from '../../platform/kernel/clock.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import { startSignedIn, type TestServer } from '../test-support/oidc-server.ts'
import { relyingPartyUrls, startRelyingParty } from './relying-party.ts'

async function startApp(t: TestContext, server: TestServer, id: string) {
  const { clientSecret = '' } = await server.apps.create(server.db, {
    id,
    name: id,
    settings: { redirectUris: ['http://localhost:1/'] },
    policy: { secondFactor: 'none' },
  })
  const app = await startRelyingParty({
    name: { de: `${id} deutsch`, en: `${id} english` },
    port: 0,
    issuer: server.oidc.issuer,
    clientId: id,
    clientSecret,
    clock: systemClock,
    random: systemRandom,
  })
  t.after(() => app.close())
  const urls = relyingPartyUrls(Number(new URL(app.url).port))
  await server.apps.change(server.db, id, {
    settings: {
      redirectUris: [urls.redirectUri],
      postLogoutRedirectUris: [urls.postLogoutRedirectUri],
      backchannelLogoutUri: urls.backchannelLogoutUri,
    },
  })
  return app
}

const nowhere = 'no such address'

test('the app shows who signed in and how, in the language of the browser', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await startApp(t, server, 'mail')
  const first = await (await browser.fetch(mail.url)).text()
  assert.match(first, /nicht angemeldet/)
  const { url, response } = await browser.open(`${mail.url}/login`, nowhere)
  assert.equal(url.href, `${mail.url}/`)
  const page = (await response?.text()) ?? ''
  for (const fact of ['erika Muster', 'erika', acrPassword, 'pwd']) assert.ok(page.includes(fact))
  const english = await browser.fetch(mail.url, { headers: { 'Accept-Language': 'en' } })
  assert.match(await english.text(), /Hello, erika Muster/)
})

test('two apps on one machine have separate logins, and a logout in one ends both', async (t) => {
  const { server, browser, login } = await startSignedIn(t)
  const mail = await startApp(t, server, 'mail')
  const wiki = await startApp(t, server, 'wiki')
  const showsErika = async (url: string) =>
    (await (await browser.fetch(url)).text()).includes('erika')
  await browser.open(`${mail.url}/login`, nowhere)
  assert.deepEqual([await showsErika(mail.url), await showsErika(wiki.url)], [true, false])
  await browser.open(`${wiki.url}/login`, nowhere)
  assert.deepEqual([await showsErika(mail.url), await showsErika(wiki.url)], [true, true])
  const leaving = await browser.fetch(`${mail.url}/logout`, { method: 'POST' })
  const end = await browser.open(leaving.headers.get('Location') ?? '', nowhere)
  assert.equal(end.url.href, `${mail.url}/`)
  assert.equal(await server.sessions.findById(login), undefined)
  assert.deepEqual([await showsErika(mail.url), await showsErika(wiki.url)], [false, false])
})

test('the app does not use an unexpected login response: it starts the login again, once', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await startApp(t, server, 'mail')
  const stray = await fetch(`${mail.url}/callback?code=x&state=y`, { redirect: 'manual' })
  const begun = new URL(stray.headers.get('Location') ?? '')
  assert.deepEqual([stray.status, begun.origin], [303, new URL(server.oidc.issuer).origin])
  const state = begun.searchParams.get('state')
  const second = await fetch(`${mail.url}/callback?code=x&state=${state}`, { redirect: 'manual' })
  assert.equal(second.status, 400)
  assert.match(await second.text(), /no_attempt/)
  const { url } = await browser.open(`${mail.url}/callback?code=x&state=y`, nowhere)
  assert.equal(url.href, `${mail.url}/`)
  assert.match(await (await browser.fetch(mail.url)).text(), /erika Muster/)
  await browser.fetch(`${mail.url}/login`)
  const forged = await browser.fetch(`${mail.url}/callback?code=x&state=y`)
  assert.equal(forged.status, 400)
})

test('the app shows a refusal by the login server with its error code', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await startApp(t, server, 'mail')
  const begun = await browser.fetch(`${mail.url}/login`)
  const state = new URL(begun.headers.get('Location') ?? '').searchParams.get('state')
  const issuer = encodeURIComponent(server.oidc.issuer)
  const refused = await browser.fetch(
    `${mail.url}/callback?error=access_denied&state=${state}&iss=${issuer}`,
  )
  assert.equal(refused.status, 400)
  assert.match(await refused.text(), /access_denied/)
})

test('a malformed or missing logout token is refused', async (t) => {
  const { server } = await startSignedIn(t)
  const mail = await startApp(t, server, 'mail')
  for (const body of [new URLSearchParams({ logout_token: 'a.b.c' }), new URLSearchParams()]) {
    const response = await fetch(`${mail.url}/backchannel-logout`, { method: 'POST', body })
    assert.equal(response.status, 400)
  }
})
