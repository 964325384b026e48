/** The way of the guide, from an app to the phone and back into the app, in a real browser. See also the tasks. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from './support/browser.ts'
import { showsNothingWrong } from './support/faults.ts'
import {
  comeBackAfter,
  connectPhone,
  erika,
  heading,
  leaveDone,
  max,
  person,
  readPushUri,
  readText,
  setStage,
  shownNumber,
  signIn,
} from './support/guide.ts'
import { prepareErika } from './support/prepared.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

async function enterApp(page: Page, app: string): Promise<void> {
  await page.goto(app)
  await page.locator('a[href="/login"], form[action="/login"] button').first().click()
}

test('the page reports a wrong password, and the offer links to the app for the phone', async (t) => {
  const stage = await setStage(t)
  const { page, errors } = await person(t, browser)
  await enterApp(page, stage.webmail)
  assert.equal(await heading(page), 'Anmelden')
  await signIn(page, { ...erika, password: 'falsch' })
  assert.match(await readText(page, 'main'), /Benutzername oder Passwort ist nicht richtig/)
  await showsNothingWrong(page)
  await signIn(page, erika)
  assert.equal(await heading(page), 'Schützen Sie Ihr Konto')
  await page.locator('button[value=get_app]').click()
  assert.equal(await page.locator('svg[role=img]:visible').count(), 2)
  await showsNothingWrong(page)
  await page.locator('button[value=register]').click()
  assert.equal(await heading(page), 'Telefon verbinden')
  assert.deepEqual(errors, [])
})

test('a denial ends the login, and the user can begin again', async (t) => {
  const stage = await setStage(t)
  const { page } = await person(t, browser)
  const phone = stage.phone('erika')
  await prepareErika(stage, phone)
  await enterApp(page, stage.webmail)
  await signIn(page, erika)
  await page.locator('.number').waitFor()
  await phone.answer('d')
  await page.getByRole('heading', { name: 'Auf dem Telefon wurde abgelehnt' }).waitFor()
  assert.equal(await page.locator('button[value=resend]').count(), 0)
  await showsNothingWrong(page)

  await page.getByRole('link', { name: 'Zurück zur Anmeldung' }).click()
  await signIn(page, erika)
  await page.locator('.number').waitFor()
  await phone.answer(await shownNumber(page))
  await page.waitForURL(`${stage.webmail}/**`)
})

test('a QR code that nobody scans expires, and the user gets a new one', async (t) => {
  const stage = await setStage(t)
  const { page } = await person(t, browser)
  await enterApp(page, stage.webmail)
  await signIn(page, erika)
  await page.locator('button[value=register]').click()
  const before = await readPushUri(page)
  await comeBackAfter(stage, page, 6 * 60_000)
  assert.equal(await heading(page), 'Der Code ist abgelaufen')
  await showsNothingWrong(page)
  await page.locator('button[value=renew]').click()
  assert.notEqual(await readPushUri(page), before)
})

test('a second phone with the same code is refused, and the page says so', async (t) => {
  const stage = await setStage(t)
  const { page } = await person(t, browser)
  await enterApp(page, stage.webmail)
  await signIn(page, erika)
  await page.locator('button[value=register]').click()
  const uri = await readPushUri(page)
  stage.phone('first').scan(uri)
  await page.locator('.number').waitFor()
  const second = stage.phone('second')
  second.scan(uri)
  await second.says(/refused|not registered/i)
  await page.getByRole('heading', { name: 'Ein zweites Telefon wollte sich verbinden' }).waitFor()
  await showsNothingWrong(page)
})

test('a user can skip the second factor at each login, as often as the policy allows', async (t) => {
  const stage = await setStage(t)
  const { page } = await person(t, browser)
  for (const left of ['3-mal', '2-mal', 'einmal']) {
    await enterApp(page, stage.webmail)
    await signIn(page, max)
    assert.match(await readText(page, 'button[value=skip]'), new RegExp(`Noch ${left} möglich`))
    assert.equal(await page.locator('button[value=decline]').count(), 0)
    await page.locator('button[value=skip]').click()
    await page.waitForURL(`${stage.webmail}/**`)
    assert.match(await readText(page, 'body'), /urn:einlass:acr:password/)
    await page.context().clearCookies()
  }
  await enterApp(page, stage.webmail)
  await signIn(page, max)
  assert.equal(await page.locator('button[value=skip]').count(), 0)
  assert.match(await readText(page, 'main'), /Überspringen ist nicht mehr möglich/)
  await showsNothingWrong(page)
  await page.getByRole('link', { name: 'Abbrechen' }).click()
  await page.waitForURL(`${stage.webmail}/**`)
  assert.match(await readText(page, 'body'), /access_denied/)
})

test('a user who reads the page about forgotten passwords returns to the same login', async (t) => {
  const stage = await setStage(t)
  const { page } = await person(t, browser)
  await enterApp(page, stage.portal)
  await page.getByRole('link', { name: 'Passwort vergessen?' }).click()
  await showsNothingWrong(page)
  await page.getByRole('link', { name: 'Zurück zur Anmeldung' }).click()
  await signIn(page, max)
  await page.locator('button[value=skip]').click()
  await page.waitForURL(`${stage.portal}/**`)
})

test('going back from the app after a login shows a link to the app, and no error', async (t) => {
  const stage = await setStage(t)
  const { page, errors } = await person(t, browser)
  await enterApp(page, stage.portal)
  await signIn(page, max)
  await page.locator('button[value=skip]').click()
  await page.waitForURL(`${stage.portal}/**`)

  await page.goBack()
  await page.getByRole('heading', { name: 'Sie sind schon angemeldet' }).waitFor()
  assert.doesNotMatch(await readText(page, 'main'), /falsch|Service Desk|invalid/)
  await showsNothingWrong(page)
  const address = page.url()
  await page.getByRole('link', { name: 'Portal öffnen' }).click()
  await page.waitForURL(`${stage.portal}/**`)
  assert.match(await readText(page, 'body'), /Max Muster/)

  await page.context().clearCookies()
  await page.goto(address)
  assert.equal(await heading(page), 'Diese Anmeldung ist schon beendet')
  await showsNothingWrong(page)
  await page.getByRole('link', { name: 'Portal öffnen' }).click()
  await page.waitForURL(`${stage.portal}/**`)
  assert.deepEqual(errors, [])
})

test('a user declines the second factor, is not asked again, and can undo that', async (t) => {
  const stage = await setStage(t)
  const { page } = await person(t, browser)
  await enterApp(page, stage.portal)
  await signIn(page, max)
  await page.locator('button[value=decline]').click()
  await page.locator('[name=reason]').waitFor()
  await showsNothingWrong(page)
  await page.fill('[name=reason]', 'Kein Telefon')
  await page.locator('button[value=decline]').click()
  await page.waitForURL(`${stage.portal}/**`)
  await page.context().clearCookies()
  await enterApp(page, stage.portal)
  await signIn(page, max)
  await page.waitForURL(`${stage.portal}/**`)

  // A user who has declined elsewhere may still enter the account pages.
  await page.goto(stage.demo.publicUrl)
  await page.getByRole('link', { name: 'Doch einrichten' }).waitFor()
  await showsNothingWrong(page)
  await page.getByRole('link', { name: 'Doch einrichten' }).click()
  await page.getByRole('heading', { name: 'Zweiten Faktor wieder anbieten?' }).waitFor()
  await showsNothingWrong(page)
  await page.getByRole('button', { name: 'Wieder anbieten' }).click()
  await page.waitForLoadState()
  await page.context().clearCookies()
  await enterApp(page, stage.portal)
  await signIn(page, max)
  assert.equal(await heading(page), 'Schützen Sie Ihr Konto')
})

test('an app with a higher required level asks only for the second factor', async (t) => {
  const stage = await setStage(t)
  const { page } = await person(t, browser)
  await enterApp(page, stage.portal)
  await signIn(page, erika)
  await page.locator('button[value=skip]').click()
  await page.waitForURL(`${stage.portal}/**`)
  const phone = stage.phone('erika')
  await prepareErika(stage, phone)

  await enterApp(page, stage.webmail)
  assert.equal(await heading(page), 'Noch eine Bestätigung')
  await showsNothingWrong(page)
  await page.locator('button[value=begin]').click()
  await page.locator('.number').waitFor()
  await phone.answer(await shownNumber(page))
  await page.waitForURL(`${stage.webmail}/**`)
  assert.match(await readText(page, 'body'), /urn:einlass:acr:number/)
})

test('the mailbox of the demo shows the notices that a user gets by mail', async (t) => {
  const stage = await setStage(t)
  const { page, errors } = await person(t, browser)
  await prepareErika(stage, stage.phone('erika'))
  await page.goto(stage.demo.mailbox.url)
  const until = Date.now() + 30_000
  while ((await page.locator('ol').count()) === 0) {
    assert.ok(Date.now() < until, 'no mail has come')
    await wait(500)
    await page.reload()
  }
  await showsNothingWrong(page)
  assert.match(await readText(page, 'li'), /erika\.mustermann@example\.org/)
  await page.getByRole('link', { name: /Neues|Telefon/ }).click()
  assert.match(await readText(page, 'body'), /Guten Tag/)
  await page.getByRole('link').first().click()
  await page.waitForURL(`${stage.demo.publicUrl}/**`)
  assert.deepEqual(errors, [])
})

test('a logout at Einlass ends the login in the app', async (t) => {
  const stage = await setStage(t)
  const { page } = await person(t, browser)
  for (const app of [stage.portal]) {
    await enterApp(page, app)
    await signIn(page, max)
    await page.locator('button[value=skip]').click()
    await page.waitForURL(`${app}/**`)
  }
  await page.goto(`${stage.demo.publicUrl}/logout`)
  await showsNothingWrong(page)
  await page.getByRole('button', { name: 'Abmelden' }).click()
  assert.equal(await heading(page), 'Sie sind abgemeldet')
  await page.getByRole('listitem').getByText('Abgemeldet').waitFor()
  await showsNothingWrong(page)
  await page.goto(stage.portal)
  assert.doesNotMatch(await readText(page, 'body'), /Max Muster/)
})

test('a logout in an app ends the login at Einlass', async (t) => {
  const stage = await setStage(t)
  const { page } = await person(t, browser)
  await enterApp(page, stage.portal)
  await signIn(page, max)
  await page.locator('button[value=skip]').click()
  await page.waitForURL(`${stage.portal}/**`)
  await page.locator('a[href="/logout"], form[action="/logout"] button').first().click()
  await page.waitForURL(`${stage.portal}/**`)
  await page.goto(stage.demo.publicUrl)
  assert.equal(await heading(page), 'Anmelden')
})

test('enrolment and login work in English on a narrow phone', async (t) => {
  const stage = await setStage(t)
  const viewport = { width: 320, height: 640 }
  const { page, errors } = await person(t, browser, { locale: 'en-GB', viewport })
  const phone = stage.phone('erika')
  await enterApp(page, stage.webmail)
  assert.equal(await heading(page), 'Sign in')
  await showsNothingWrong(page)
  await signIn(page, erika)
  await showsNothingWrong(page)
  await page.locator('button[value=register]').click()
  await showsNothingWrong(page)
  phone.scan(await readPushUri(page))
  await page.locator('.number').waitFor()
  await showsNothingWrong(page)
  await phone.answer(await shownNumber(page))
  await page.getByRole('heading', { name: 'Done' }).waitFor()
  await showsNothingWrong(page)
  await leaveDone(page)
  await page.waitForURL(`${stage.webmail}/**`)
  assert.deepEqual(errors, [])
})

test('the language switch is remembered and changes nothing else', async (t) => {
  const stage = await setStage(t)
  const { page } = await person(t, browser)
  await enterApp(page, stage.webmail)
  await signIn(page, erika)
  const address = page.url()
  await page.getByRole('link', { name: 'English' }).click()
  assert.equal(page.url(), address)
  assert.equal(await page.locator('html').getAttribute('lang'), 'en')
  await page.goto(`${stage.demo.publicUrl}/login`)
  assert.equal(await page.locator('html').getAttribute('lang'), 'en')
})

test('enrolment and login work without scripts', async (t) => {
  const stage = await setStage(t)
  const { page } = await person(t, browser, { javaScriptEnabled: false })
  const phone = stage.phone('erika')
  await enterApp(page, stage.webmail)
  await signIn(page, erika)
  await connectPhone(page, phone)
  await page.waitForURL(`${stage.webmail}/**`)
})

test('a browser that receives no events polls instead', async (t) => {
  const stage = await setStage(t)
  const { page } = await person(t, browser)
  const phone = stage.phone('erika')
  await prepareErika(stage, phone)
  await page.route('**/events', (route) => route.abort())
  await enterApp(page, stage.webmail)
  await signIn(page, erika)
  await page.locator('.number').waitFor()
  await phone.answer(await shownNumber(page))
  await page.waitForURL(`${stage.webmail}/**`)
})

test('cancelling goes back to the app, where the login can begin again', async (t) => {
  const stage = await setStage(t)
  const { page } = await person(t, browser)
  const phone = stage.phone('erika')
  await prepareErika(stage, phone)
  await enterApp(page, stage.webmail)
  await signIn(page, erika)
  await page.locator('button[value=cancel]').click()
  await page.waitForURL(`${stage.webmail}/callback?**error=access_denied**`)
  await enterApp(page, stage.webmail)
  await signIn(page, erika)
  await page.locator('.number').waitFor()
  await phone.end()
})
