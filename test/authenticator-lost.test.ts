// The phone with the Einlass authenticator is lost, or its request is not the owner's: what the pages offer, and what ends.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import {
  beginLogin,
  connectPhone,
  createPhoneStage,
  enrol,
  followLink,
  openApp,
  phoneScreen,
  readCode,
} from './support/app-stage.ts'
import { launchChromium } from './support/browser.ts'
import { showsNothingWrong } from './support/faults.ts'
import { person } from './support/guide.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

/** The page after the enrolment offers codes for such a day. @returns one of them */
async function writeCodesDown(page: Page): Promise<string> {
  await page.locator('button[value=recovery]').click()
  const [first = ''] = await page.locator('.codes code').allTextContents()
  await page.locator('button[value=saved]').click()
  await page.locator('button[value=left]').click()
  return first
}

test('a user replaces a lost phone with a recovery code on the waiting page, and the old phone ends at once', (t) =>
  replaceLost(t, {}))

test('a user replaces a lost phone that has one-time codes in the same way, and its codes end with it', (t) =>
  replaceLost(t, { combined_totp: true }))

/** @param section of the configuration, `authenticator` */
async function replaceLost(t: Scope, section: object): Promise<void> {
  const stage = await createPhoneStage(t, browser, { section })
  const { publicUrl, desktop, phone, login } = stage
  await connectPhone(stage)
  const code = await writeCodesDown(desktop.page)
  const listCodes = () => stage.db.selectFrom('totp_authenticators').select('id').execute()
  const lostCodes = await listCodes()
  assert.equal(lostCodes.length, 'combined_totp' in section ? 1 : 0)
  const next = await person(t, browser, phoneScreen)
  // The app on a phone without an account leads there.
  await openApp(next.page, `${publicUrl}/authenticator`)
  await next.page.getByText('Telefon verloren?').click()
  await showsNothingWrong(next.page)
  const link = next.page.getByRole('link', { name: 'Anmeldung öffnen' })
  assert.equal(await link.getAttribute('href'), `${publicUrl}/login`)

  await login()
  await desktop.page.locator('.digits').waitFor()
  await desktop.page.locator('button[value=trouble]').click()
  await showsNothingWrong(desktop.page)
  await desktop.page.locator('button[value=lost]').click()
  await desktop.page.locator('button[value=recovery]').click()
  await desktop.page.fill('[name=code]', code)
  await desktop.page.locator('button[value=confirm]').click()
  await followLink({ desktop, phone: next })
  const left = await listCodes()
  assert.deepEqual(
    left.filter(({ id }) => lostCodes.some((lost) => lost.id === id)),
    [],
  )
  await openApp(phone.page, `${publicUrl}/authenticator`)
  await phone.page.getByText('nicht mehr angemeldet').waitFor()
  await showsNothingWrong(phone.page)
  assert.deepEqual([...desktop.errors, ...phone.errors, ...next.errors], [])
}

test('a phone that its owner removes in the account shows that it has ended', async (t) => {
  // Where a factor is required, the last one cannot be removed.
  const config = { default_policy: { second_factor: 'optional', skips: 9 } }
  const stage = await createPhoneStage(t, browser, { config })
  const { publicUrl, desktop, phone } = stage
  await enrol(stage)
  await desktop.page.goto(`${publicUrl}/account/authenticators`)
  await desktop.page
    .locator('a[href*="/account/authenticators/"]', { hasText: /Browser/ })
    .first()
    .click()
  await desktop.page.locator('a[href$="/remove"], button[formaction$="/remove"]').first().click()
  await showsNothingWrong(desktop.page)
  await desktop.page.locator('form[action$="/remove"] button').first().click()
  await desktop.page.locator('.digits').waitFor()
  await openApp(phone.page, `${publicUrl}/authenticator`)
  await phone.page.locator('.call').click()
  await phone.page.fill('#code', await readCode(desktop.page))
  await phone.page.locator('button[type=submit]').click()
  await desktop.page.waitForURL(/removed|authenticators$/)
  await openApp(phone.page, `${publicUrl}/authenticator`)
  await phone.page.getByText('nicht mehr angemeldet').waitFor()
  assert.deepEqual([...desktop.errors, ...phone.errors], [])
})

test('when the owner reports a login on the phone, it ends, and both screens say what follows', async (t) => {
  const stage = await createPhoneStage(t, browser)
  const { desktop, phone, db } = stage
  await enrol(stage)
  await beginLogin(stage)
  await phone.page.getByRole('button', { name: 'Das war ich nicht' }).click()
  await showsNothingWrong(phone.page)
  await phone.page.getByRole('button', { name: 'Ja, das war ich nicht' }).click()
  await phone.page.getByRole('heading', { name: 'Danke für den Hinweis' }).waitFor()
  await desktop.page.locator('.digits').waitFor({ state: 'detached' })
  await showsNothingWrong(desktop.page)
  const reported = db.selectFrom('authenticator_challenges').select('status')
  const rows = await reported.where('purpose', '=', 'login').execute()
  assert.deepEqual(rows, [{ status: 'reported' }])
  assert.deepEqual([...desktop.errors, ...phone.errors], [])
})

test('an unanswered request expires on both screens, and the page can send a new one', async (t) => {
  const stage = await createPhoneStage(t, browser)
  const { desktop, phone, clock } = stage
  await enrol(stage)
  await beginLogin(stage)
  const address = desktop.page.url()
  await desktop.page.goto('about:blank')
  clock.offset += 3 * 60_000
  await desktop.page.goto(address)
  await desktop.page.locator('button[value=resend]').waitFor()
  assert.equal(await desktop.page.locator('.digits').count(), 0)
  await showsNothingWrong(desktop.page)
  await phone.page.getByText('Die Zeit ist abgelaufen').waitFor()
  assert.equal(await phone.page.locator('button[type=submit]').count(), 0)
  await showsNothingWrong(phone.page)
  await desktop.page.locator('button[value=resend]').click()
  await desktop.page.locator('.digits').waitFor()
  await phone.page.locator('.call').click()
  await phone.page.fill('#code', await readCode(desktop.page))
  await phone.page.locator('button[type=submit]').click()
  await phone.page.locator('.sign.done').waitFor()
  await desktop.page.locator('a[href="/account"]').first().waitFor()
  assert.deepEqual([...desktop.errors, ...phone.errors], [])
})

test('a user who removes the account on the phone is not asked there any more: the page that waits says so', async (t) => {
  const stage = await createPhoneStage(t, browser)
  const { publicUrl, desktop, phone, db } = stage
  await enrol(stage)
  await beginLogin(stage)
  await openApp(phone.page, `${publicUrl}/authenticator`)
  await phone.page.locator('.accounts button').first().click()
  await phone.page.getByText('Von diesem Telefon entfernen', { exact: true }).click()
  await showsNothingWrong(phone.page)
  await phone.page.locator('button.danger').click()
  await phone.page.locator('.empty').waitFor()
  await desktop.page.getByText('Kein Telefon erreichbar').waitFor()
  await showsNothingWrong(desktop.page)
  const rows = await db.selectFrom('authenticator_devices').select(['status', 'left_at']).execute()
  assert.deepEqual(
    rows.map(({ status, left_at: leftAt }) => [status, leftAt !== null]),
    [['active', true]],
  )
})
