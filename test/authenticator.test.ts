// The Einlass authenticator in two browsers: a desktop that logs in, and a phone with the app.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { launchChromium } from './support/browser.ts'
import { showsNothingWrong } from './support/faults.ts'
import { person, readText, signIn } from './support/guide.ts'
import { erika, startInProcess } from './support/in-process.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const phoneScreen = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
} as const

async function setStage(t: Scope, locale = 'de-DE', section: object = {}) {
  const clock = { offset: 0, now: () => Date.now() + clock.offset }
  const config = {
    authenticator: { enabled: true, ...section },
    default_policy: { second_factor: 'required', skips: 0 },
  }
  const { publicUrl, errors, db } = await startInProcess(t, config, clock)
  const desktop = await person(t, browser, { locale })
  const phone = await person(t, browser, { ...phoneScreen, locale })
  const login = async () => {
    await desktop.page.context().clearCookies()
    await desktop.page.goto(`${publicUrl}/login`)
    await signIn(desktop.page, erika)
  }
  return { publicUrl, errors, db, clock, desktop, phone, login }
}

type Stage = Awaited<ReturnType<typeof setStage>>

const readCode = async (page: Page): Promise<string> =>
  (await readText(page, '.digits')).replace(/\D/g, '')

async function openApp(page: Page, address: string): Promise<void> {
  await page.goto('about:blank')
  await page.goto(address)
}

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

/** From the offer to a phone that works. */
async function enrol({ desktop, phone, login }: Stage): Promise<void> {
  await login()
  await desktop.page.locator('button[value=authenticator]').click()
  const link = desktop.page.locator('a[href*="/authenticator#enrol.1."]').first()
  await link.waitFor({ state: 'attached' })
  await openApp(phone.page, (await link.getAttribute('href')) ?? '')
  await phone.page.locator('#name').waitFor()
  await showsNothingWrong(phone.page)
  await phone.page.locator('button[type=submit]').click()
  await phone.page.locator('#code').waitFor()
  await desktop.page.locator('.digits').waitFor()
  await showsNothingWrong(phone.page)
  await phone.page.fill('#code', await readCode(desktop.page))
  await phone.page.locator('button[type=submit]').click()
  await phone.page.locator('.sign.done').waitFor()
  await desktop.page.locator('button[value=left]').click()
}

/** The desktop waits for the phone, and the phone shows the request. */
async function beginLogin({ publicUrl, desktop, phone, login }: Stage): Promise<void> {
  await login()
  await desktop.page.locator('.digits').waitFor()
  await openApp(phone.page, `${publicUrl}/authenticator`)
  await phone.page.locator('.call').click()
  await phone.page.locator('#code').waitFor()
}

for (const locale of ['de-DE', 'en-GB']) {
  test(`a phone is enrolled without a store, and a code that is typed confirms the next login (${locale})`, async (t) => {
    const stage = await setStage(t, locale)
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

test('a wrong code can be tried again, and a denial ends the login', async (t) => {
  const stage = await setStage(t)
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

test('without a network the app starts and shows one-time codes of nobody else', async (t) => {
  const stage = await setStage(t)
  const { publicUrl, phone } = stage
  await enrol(stage)
  await openApp(phone.page, `${publicUrl}/authenticator`)
  await phone.page.evaluate(async () => void (await navigator.serviceWorker.ready))
  await phone.page.context().setOffline(true)
  await phone.page.reload()
  await phone.page.locator('.accounts').waitFor()
  assert.match(await readText(phone.page, '.accounts'), /erika/)
})

test('a phone without a network shows a code that logs in', async (t) => {
  const stage = await setStage(t, 'de-DE', { combined_totp: true })
  const { publicUrl, clock, desktop, phone } = stage
  await enrol(stage)
  await openApp(phone.page, `${publicUrl}/authenticator`)
  await phone.page.locator('.codes button').waitFor()
  await phone.page.evaluate(async () => void (await navigator.serviceWorker.ready))
  // The code of the enrolment's half minute is spent.
  clock.offset = 60_000
  await phone.page.reload()
  await phone.page.waitForFunction(readClockOffset, 50_000)
  await phone.page.context().setOffline(true)
  await phone.page.reload()
  await phone.page.locator('.codes button').click()
  await showsNothingWrong(phone.page)
  await stage.login()
  await desktop.page.click('button[value=other]')
  await desktop.page.click('button[value^=totp]')
  await desktop.page.fill('[name=code]', (await readText(phone.page, '.code')).replace(/\D/g, ''))
  await desktop.page.click('button[value=confirm]')
  await desktop.page.locator('a[href="/account"]').first().waitFor()
  assert.deepEqual([...desktop.errors, ...phone.errors], [])
})

test('a link that another person sent confirms nothing by itself: the code has to be typed', async (t) => {
  const stage = await setStage(t)
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
