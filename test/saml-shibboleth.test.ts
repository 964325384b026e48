/** SAML with an app that others wrote: the Shibboleth service provider in Debian's Apache, over TLS, in Chromium. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocols } from '../src/faces/protocols/index.ts'
import { createApps } from '../src/identity/apps/apps.ts'
import { enrolCodeAppInSession } from './support/enrol-code-app.ts'
import { person, readText, signIn } from './support/guide.ts'
import { erika } from './support/in-process.ts'
import { seesApp, setShibbolethStage } from './support/shibboleth.ts'

test('a user logs in to a Shibboleth app, enters the password again when it asks, and logs out there', async (t) => {
  const { server, origin, browser } = await setShibbolethStage(t)
  const { page } = await person(t, browser)
  const secure = `${origin}/secure/`
  await page.goto(`${secure}?a=1&b=2`)
  assert.match(page.url(), /^https:\/\/localhost:\d+\/login/)
  await signIn(page, erika)
  await seesApp(page, `${secure}?a=1&b=2`)
  assert.equal(await readText(page, '#display'), 'Erika Mustermann')
  assert.match(await readText(page, '#class'), /:PasswordProtectedTransport$/)
  const instant = await readText(page, '#instant')

  const target = encodeURIComponent(secure)
  await page.goto(`${origin}/Shibboleth.sso/Login?target=${target}&forceAuthn=true`)
  await page.locator('[name=password]').waitFor()
  await signIn(page, erika)
  await seesApp(page, secure)
  assert.notEqual(await readText(page, '#instant'), instant)

  await page.goto(`${origin}/Shibboleth.sso/Logout`)
  await page.waitForURL((url) => url.origin === origin)
  await page.goto(`${server.publicUrl}/account`)
  await page.locator('[name=username]').waitFor()
  assert.deepEqual(server.errors, [])
})

test('a second Shibboleth app opens without a login, and a logout at one ends both', async (t) => {
  const { server, origin, browser } = await setShibbolethStage(t)
  const { page } = await person(t, browser)
  await page.goto(`${origin}/secure/`)
  await signIn(page, erika)
  await seesApp(page, `${origin}/secure/`)
  await page.goto(`${origin}/second/`)
  await seesApp(page, `${origin}/second/`)
  await page.goto(`${origin}/second/Shibboleth.sso/Logout`)
  await page.waitForURL((url) => url.pathname.startsWith('/second/'))
  for (const name of ['secure', 'second']) {
    await page.goto(`${origin}/${name}/`)
    await page.locator('[name=username]').waitFor()
  }
  assert.deepEqual(server.errors, [])
})

test('a Shibboleth app that requests a second factor gets it', async (t) => {
  const { server, origin, browser } = await setShibbolethStage(t)
  const apps = createApps({ ...server.parts.platform, protocols })
  await apps.change(server.db, 'shib', { policy: { secondFactor: 'optional' } })
  const { page } = await person(t, browser)
  await page.goto(`${origin}/second/`)
  await signIn(page, erika)
  await seesApp(page, `${origin}/second/`)
  const wanted = 'https://refeds.org/profile/mfa'
  const query = new URLSearchParams({ target: `${origin}/secure/`, authnContextClassRef: wanted })
  await page.goto(`${origin}/Shibboleth.sso/Login?${query}`)
  assert.match(page.url(), /^https:\/\/localhost:\d+\/login/)
  await enrolCodeAppInSession(page, erika.password)
  await seesApp(page, `${origin}/secure/`)
  assert.equal(await readText(page, '#class'), wanted)
})

test('a Shibboleth app is closed to a user outside its group, and gets the refusal', async (t) => {
  const { server, origin, browser } = await setShibbolethStage(t)
  const apps = createApps({ ...server.parts.platform, protocols })
  const policy = { secondFactor: 'none' as const, allowedGroups: ['board'] }
  await apps.change(server.db, 'shib', { policy })
  const { page } = await person(t, browser)
  await page.goto(`${origin}/secure/`)
  await signIn(page, erika)
  await page.locator('a[href^="/saml/refused"]').click()
  await page.waitForURL(`${origin}/Shibboleth.sso/SAML2/POST`)
})

test('a passive login without a session returns to the app without a page of Einlass', async (t) => {
  const { origin, browser } = await setShibbolethStage(t)
  const { page } = await person(t, browser)
  const target = encodeURIComponent(`${origin}/secure/`)
  await page.goto(`${origin}/Shibboleth.sso/Login?target=${target}&isPassive=true`)
  await page.waitForURL((url) => url.origin === origin)
})

test('a logout at the login ends the session of a Shibboleth app', async (t) => {
  const { server, origin, browser } = await setShibbolethStage(t)
  const { page } = await person(t, browser)
  await page.goto(`${origin}/secure/`)
  await signIn(page, erika)
  await seesApp(page, `${origin}/secure/`)
  await page.goto(`${server.publicUrl}/logout`)
  await page.locator('form[action="/logout"] button').click()
  await page.getByText('Shibboleth').first().waitFor()
  await page.goto(`${origin}/secure/`)
  await page.locator('[name=username]').waitFor()
})

test('a logout works in both directions for a Shibboleth app that accepts it only by form', async (t) => {
  const { server, origin, browser } = await setShibbolethStage(t)
  const { parts, db } = server
  const apps = createApps({ ...parts.platform, protocols })
  const { settings } = (await apps.find(db, 'shib')) ?? {}
  const logoutUrl = `${origin}/Shibboleth.sso/SLO/POST`
  await apps.change(db, 'shib', { settings: { ...settings, logoutUrl, logoutBinding: 'post' } })
  const { page } = await person(t, browser)
  await page.goto(`${origin}/secure/`)
  await signIn(page, erika)
  await seesApp(page, `${origin}/secure/`)
  const posted = page.waitForRequest((one) => one.url() === logoutUrl && one.method() === 'POST')
  await page.goto(`${server.publicUrl}/logout`)
  await page.locator('form[action="/logout"] button').click()
  await posted
  await page.locator('ul.rows').getByText('Shibboleth').waitFor()
  await page.goto(`${origin}/secure/`)
  await signIn(page, erika)
  await seesApp(page, `${origin}/secure/`)
  const answered = page.waitForRequest((one) => one.url() === logoutUrl)
  await page.goto(`${origin}/Shibboleth.sso/Logout`)
  assert.match((await answered).postData() ?? '', /^SAMLResponse=/)
  await page.waitForURL((url) => url.origin === origin)
  assert.deepEqual(server.errors, [])
})
