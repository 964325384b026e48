// The Einlass authenticator in two browsers: a desktop that logs in, and a phone with the app.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { beginLogin, createPhoneStage, enrol, openApp, readCode } from './support/app-stage.ts'
import { launchChromium } from './support/browser.ts'
import { showsNothingWrong } from './support/faults.ts'
import { readText } from './support/guide.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

/** Whether the app has taken over a clock that is so many milliseconds ahead. */
const readClockOffset = async (least: number): Promise<boolean> => {
  const opening = indexedDB.open('einlass-authenticator')
  await new Promise((resolve) => {
    opening.onsuccess = resolve
  })
  const all = opening.result.transaction('accounts').objectStore('accounts').getAll()
  await new Promise((resolve) => {
    all.onsuccess = resolve
  })
  opening.result.close()
  return all.result.some(({ clockOffset }) => clockOffset > least)
}

/** `page.waitForFunction` takes a promise for an answer and would not wait. */
async function untilClockIsTaken(page: Page, least: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await page.evaluate(readClockOffset, least)) return
    await page.waitForTimeout(50)
  }
  throw new Error('the app does not take over the clock of the server')
}

for (const locale of ['de-DE', 'en-GB']) {
  test(`a user enrols a phone without an app store, and confirms the next login with a typed code (${locale})`, async (t) => {
    const stage = await createPhoneStage(t, browser, { locale })
    const { desktop, phone } = stage
    await enrol(stage)
    await beginLogin(stage)
    await showsNothingWrong(phone.page)
    const code = await readCode(desktop.page)
    assert.equal(code.length, 6)
    await phone.page.fill('#code', code)
    await phone.page.locator('button[type=submit]').click()
    await phone.page.locator('.sign.done').waitFor()
    await desktop.page.locator('a[href="/account"]').first().waitFor()
    assert.deepEqual([...desktop.errors, ...phone.errors], [])
    assert.deepEqual(stage.errors, [])
  })
}

test('after a wrong code the user can still deny the request, which ends the login', async (t) => {
  const stage = await createPhoneStage(t, browser)
  const { desktop, phone } = stage
  await enrol(stage)
  await beginLogin(stage)
  const code = await readCode(desktop.page)
  const wrong = code.startsWith('0') ? `1${code.slice(1)}` : `0${code.slice(1)}`
  await phone.page.fill('#code', wrong)
  await phone.page.locator('button[type=submit]').click()
  await phone.page.locator('.status.error').waitFor()
  await showsNothingWrong(phone.page)
  await phone.page.getByRole('button', { name: 'Ablehnen' }).click()
  await phone.page.locator('.sign.stop').waitFor()
  await desktop.page.getByRole('heading', { name: /abgelehnt/i }).waitFor()
  assert.deepEqual([...desktop.errors, ...phone.errors], [])
})

test('without a network the app starts and shows its account', async (t) => {
  const stage = await createPhoneStage(t, browser)
  const { publicUrl, phone } = stage
  await enrol(stage)
  await openApp(phone.page, `${publicUrl}/authenticator`)
  await phone.page.evaluate(async () => void (await navigator.serviceWorker.ready))
  await phone.page.context().setOffline(true)
  await phone.page.reload()
  await phone.page.locator('.accounts').waitFor()
  assert.match(await readText(phone.page, '.accounts'), /erika/)
})

test('a phone without a network shows a one-time code that is valid for a login', async (t) => {
  const stage = await createPhoneStage(t, browser, { section: { combined_totp: true } })
  const { publicUrl, clock, desktop, phone } = stage
  await enrol(stage)
  await openApp(phone.page, `${publicUrl}/authenticator`)
  await phone.page.locator('.codes > button').waitFor()
  await phone.page.evaluate(async () => void (await navigator.serviceWorker.ready))
  // The code of the enrolment's half minute is spent.
  clock.offset = 60_000
  await phone.page.reload()
  await untilClockIsTaken(phone.page, 50_000)
  await phone.page.context().setOffline(true)
  await phone.page.reload()
  await phone.page.locator('.codes > button').click()
  await showsNothingWrong(phone.page)
  await stage.login()
  await desktop.page.click('button[value=other]')
  await desktop.page.click('button[value^=totp]')
  const code = (await readText(phone.page, '.code:not(:empty)')).replace(/\D/g, '')
  await desktop.page.fill('[name=code]', code)
  await desktop.page.click('button[value=confirm]')
  await desktop.page.locator('a[href="/account"]').first().waitFor()
  assert.deepEqual([...desktop.errors, ...phone.errors], [])
})

test('a link from another person confirms no login, because the user must type the code', async (t) => {
  const stage = await createPhoneStage(t, browser)
  const { publicUrl, db, phone } = stage
  await enrol(stage)
  await beginLogin(stage)
  const { id, scan } = await db
    .selectFrom('authenticator_challenges')
    .select(['id', 'scan'])
    .where('status', '=', 'waiting')
    .executeTakeFirstOrThrow()
  await openApp(phone.page, `${publicUrl}/authenticator#approve.1.${id}.${scan}`)
  await phone.page.locator('#code').waitFor()
  await phone.page.locator('button[type=submit]').click()
  await phone.page.locator('.status.error').waitFor()
  const { status } = await db
    .selectFrom('authenticator_challenges')
    .select('status')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  assert.equal(status, 'waiting')
})
