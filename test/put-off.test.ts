/** A second factor that was deferred in one app: what another app asks, and when it asks for the password. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from './support/browser.ts'
import { showsNothingWrong } from './support/faults.ts'
import { heading, person, readText, scanPhone, setStage, signIn } from './support/guide.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const max = { username: 'max.muster', password: 'Kaffee um halb acht' }

async function enterApp(page: Page, app: string): Promise<void> {
  await page.goto(app)
  await page.locator('a[href="/login"], form[action="/login"] button').first().click()
}

test('after deferring in one app, a user sees the offer again in a stricter app, without the password', async (t) => {
  const stage = await setStage(t)
  const { page, errors } = await person(t, browser)
  await enterApp(page, stage.portal)
  await signIn(page, max)
  await page.locator('button[value=skip]').click()
  await page.waitForURL(`${stage.portal}/**`)
  await page.goto(stage.demo.publicUrl)
  assert.match(await readText(page, 'main'), /Max Muster/)

  await enterApp(page, stage.webmail)
  assert.equal(await heading(page), 'Schützen Sie Ihr Konto')
  assert.equal(await page.locator('input[type=password]').count(), 0)
  await showsNothingWrong(page)
  await page.locator('button[value=skip]').click()
  await page.waitForURL(`${stage.webmail}/**`)
  await page.goto(`${stage.portal}/login`)
  assert.ok(page.url().startsWith(stage.portal), 'of two rules neither asks again')
  assert.deepEqual(errors, [])
})

test('a phone enrolled for the stricter app raises the level of the session', async (t) => {
  const stage = await setStage(t)
  const { page, errors } = await person(t, browser)
  await enterApp(page, stage.portal)
  await signIn(page, max)
  await page.locator('button[value=skip]').click()
  await page.waitForURL(`${stage.portal}/**`)
  await enterApp(page, stage.webmail)
  await page.locator('button[value=register]').click()
  assert.match(await readText(page, 'main'), /Dafür prüfen wir, dass Sie es sind/)
  await showsNothingWrong(page)
  await page.fill('[name=password]', max.password)
  await page.press('[name=password]', 'Enter')
  await scanPhone(page, stage.phone('max'))
  await page.waitForURL(`${stage.webmail}/**`)
  assert.match(await readText(page, 'body'), /urn:einlass:acr:number/)
  assert.deepEqual(errors, [])
})

test('after a while the stricter app asks for the password again', async (t) => {
  const stage = await setStage(t)
  const { page } = await person(t, browser)
  await enterApp(page, stage.portal)
  await signIn(page, max)
  await page.locator('button[value=skip]').click()
  await page.waitForURL(`${stage.portal}/**`)
  stage.pass(16 * 60_000)
  await enterApp(page, stage.webmail)
  assert.equal(await page.locator('input[type=password]').count(), 1)
})
