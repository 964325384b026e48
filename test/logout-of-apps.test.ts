/** The logout of all apps in Chromium, with an app that is down at that moment. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { protocols } from '../src/faces/protocols/index.ts'
import { createApps } from '../src/identity/apps/apps.ts'
import { seconds } from '../src/platform/kernel/clock.ts'
import { launchChromium } from './support/browser.ts'
import { showsNothingWrong } from './support/faults.ts'
import { heading, max, person, readText, type Stage, setStage, signIn } from './support/guide.ts'
import { listen } from './support/listen.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

/** Max in both apps, by one login with the password. */
async function enterBoth(t: Scope, options = {}): Promise<{ stage: Stage; page: Page }> {
  const stage = await setStage(t)
  const { db } = stage.demo.parts.platform.database
  const apps = createApps({ ...stage.demo.parts.platform, protocols })
  for (const id of ['webmail', 'portal']) {
    await apps.change(db, id, { policy: { secondFactor: 'none' } })
  }
  const { page } = await person(t, browser, options)
  await page.goto(`${stage.webmail}/login`)
  await signIn(page, max)
  await page.waitForURL(`${stage.webmail}/**`)
  await page.goto(`${stage.portal}/login`)
  await page.waitForURL(`${stage.portal}/**`)
  return { stage, page }
}

/** An app that answers again where another one was, and what it hears. */
async function comeUp(t: Scope, url: string): Promise<{ readonly heard: Promise<string> }> {
  const heard = Promise.withResolvers<string>()
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const piece of request) body += piece
    response.end()
    heard.resolve(body)
  }).listen(Number(new URL(url).port), 'localhost')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { heard: heard.promise }
}

for (const scripts of [true, false]) {
  test(`the page after a logout updates itself until every app is logged out (scripts: ${scripts})`, async (t) => {
    const { stage, page } = await enterBoth(t, { javaScriptEnabled: scripts })
    const [webmail] = stage.demo.apps
    await webmail?.party.close()
    await page.goto(`${stage.demo.publicUrl}/logout`)
    await page.getByRole('button', { name: 'Abmelden' }).click()
    assert.equal(await heading(page), 'Sie sind abgemeldet')
    const list = page.getByRole('listitem')
    await list.filter({ hasText: 'Portal' }).getByText('Abgemeldet').waitFor()
    await list.filter({ hasText: 'Webmail' }).getByText('Noch nicht erreicht').waitFor()
    assert.match(await readText(page, '.note'), /schließen Sie alle Fenster des Browsers/)
    if (scripts) await showsNothingWrong(page)

    const { heard } = await comeUp(t, stage.webmail)
    stage.pass(seconds(10))
    assert.match(await heard, /^logout_token=/)
    await list.filter({ hasText: 'Webmail' }).getByText('Abgemeldet').waitFor()
    assert.equal(await page.locator('.note').count(), 0)
  })
}

test('a logout that an app starts leads back to the app, also if it redirects to another origin', async (t) => {
  const { stage, page } = await enterBoth(t)
  const inside = `http://localhost:${await listen(t, (_, response) => void response.end('Bye'))}/`
  const port = await listen(t, (_, response) => {
    response.writeHead(303, { location: inside }).end()
  })
  const bye = `http://localhost:${port}/bye`
  const { platform } = stage.demo.parts
  const settings = { redirectUris: [bye], postLogoutRedirectUris: [bye] }
  const apps = createApps({ ...platform, protocols })
  await apps.create(platform.database.db, { id: 'wiki', name: 'Wiki', settings })
  const query = new URLSearchParams({ client_id: 'wiki', post_logout_redirect_uri: bye })
  await page.goto(`${stage.demo.publicUrl}/oidc/session/end?${query}`)
  await page.getByRole('button', { name: 'Abmelden' }).click()
  await page.waitForURL(inside)
})

test('a logout that an app starts without a return address leads to the page with all apps', async (t) => {
  const { stage, page } = await enterBoth(t)
  await page.goto(`${stage.demo.publicUrl}/oidc/session/end`)
  await page.getByRole('button', { name: 'Abmelden' }).click()
  await page.waitForURL(`${stage.demo.publicUrl}/logout`)
  const list = page.getByRole('listitem')
  for (const name of ['Portal', 'Webmail']) {
    assert.match(`${await list.filter({ hasText: name }).textContent()}`, /Abgemeldet/)
  }
  const { page: other } = await person(t, browser)
  await other.goto(`${stage.demo.publicUrl}/logout`)
  assert.doesNotMatch(await readText(other, 'body'), /Portal|Webmail/)
})
