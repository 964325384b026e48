// The demo with the phone in a second window, in the steps of the README.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { createWelcome } from '../src/dev/demo/demo.ts'
import { openApp, readCode } from './support/app-stage.ts'
import { launchChromium } from './support/browser.ts'
import { erika, person, readText, setStage, signIn } from './support/guide.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

test('a new user connects the demo phone in a second window, and approves the next login there', async (t) => {
  const stage = await setStage(t)
  const { page, errors } = await person(t, browser)
  const phone = await person(t, browser, { viewport: { width: 420, height: 800 } })
  const welcome = createWelcome(stage.demo, {})
  const logIn = async () => {
    await page.context().clearCookies()
    await page.goto(stage.webmail)
    await page
      .getByRole('link', { name: 'Anmelden' })
      .or(page.getByRole('button', { name: 'Anmelden' }))
      .click()
    await signIn(page, erika)
  }
  await logIn()
  await page.getByRole('button', { name: /^Einlass Authenticator benutzen/ }).click()
  await page.getByText('QR-Code lässt sich nicht scannen?').click()
  const address = (await readText(page, 'code:visible')).replace(/\s/g, '')
  await openApp(phone.page, address)
  assert.equal(await phone.page.evaluate(() => isSecureContext), true)
  await phone.page.getByRole('button', { name: 'Konto hinzufügen' }).click()
  await phone.page.locator('#code').waitFor()
  await page.locator('.digits').waitFor()
  await phone.page.fill('#code', await readCode(page))
  await phone.page.getByRole('button', { name: 'Bestätigen', exact: true }).click()
  await page.getByRole('button', { name: 'Weiter zu Webmail' }).click()
  await page.waitForURL(`${stage.webmail}/**`)
  assert.match(await readText(page, 'main'), /urn:einlass:acr:code/)

  const again = /^ {2}(http\S+\/authenticator)$/m.exec(welcome)?.[1] ?? ''
  await openApp(phone.page, again)
  await phone.page.locator('.accounts').waitFor()
  await logIn()
  await page.locator('.digits').waitFor()
  await phone.page.locator('.call').click()
  await phone.page.fill('#code', await readCode(page))
  await phone.page.getByRole('button', { name: 'Bestätigen', exact: true }).click()
  await page.waitForURL(`${stage.webmail}/**`)
  assert.deepEqual([...errors, ...phone.errors], [])
})
