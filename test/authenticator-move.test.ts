// The Einlass authenticator moves to a new phone: a desktop, the old phone and the new one, each in a browser of its own.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import {
  createPhoneStage,
  enrol,
  openApp,
  type PhoneStage,
  phoneScreen,
  readCode,
} from './support/app-stage.ts'
import { launchChromium } from './support/browser.ts'
import { showsNothingWrong } from './support/faults.ts'
import { person, readText } from './support/guide.ts'
import { erika } from './support/in-process.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

/** The old phone shows the code. @returns the address in it */
async function showLink(
  { publicUrl, phone }: PhoneStage,
  password = erika.password,
): Promise<string> {
  await openApp(phone.page, `${publicUrl}/authenticator`)
  await phone.page.locator('.accounts .card').first().click()
  await phone.page.getByRole('button', { name: /umziehen|move to/i }).click()
  await showsNothingWrong(phone.page)
  await phone.page.fill('#password', password)
  await phone.page.locator('button[type=submit]').click()
  await phone.page.locator('.qr, .status.error').waitFor()
  const address = phone.page.locator('#address')
  return (await address.count()) === 0 ? '' : await address.inputValue()
}

/** The new phone opens the address, and shows the number. */
async function arrive(page: Page, link: string): Promise<string> {
  await openApp(page, link)
  await page.locator('#name').fill('Neues Telefon')
  await showsNothingWrong(page)
  await page.locator('button[type=submit]').click()
  await page.locator('.shown.digits').waitFor()
  await showsNothingWrong(page)
  return await readCode(page)
}

for (const locale of ['de-DE', 'en-GB']) {
  test(`a new phone takes the place of the old one, with both in hand and no computer (${locale})`, async (t) => {
    const stage = await createPhoneStage(t, browser, { locale })
    const next = await person(t, browser, { ...phoneScreen, locale })
    await enrol(stage)
    const { desktop, phone, login } = stage
    const link = await showLink(stage)
    await showsNothingWrong(phone.page)
    const code = await arrive(next.page, link)
    // The old phone comes to the question by itself.
    await phone.page.locator('#code').waitFor()
    assert.match(await readText(phone.page, '.facts'), /Neues Telefon/)
    await showsNothingWrong(phone.page)
    await phone.page.fill('#code', code)
    await phone.page.locator('button[type=submit]').click()
    await next.page.locator('.sign.done').waitFor()
    await phone.page.locator('.sign.done').waitFor()
    await Promise.all([showsNothingWrong(next.page), showsNothingWrong(phone.page)])
    await phone.page.locator('button.primary').click()
    await phone.page.locator('.empty').waitFor()

    await login()
    await desktop.page.locator('.digits').waitFor()
    await openApp(next.page, `${stage.publicUrl}/authenticator`)
    await next.page.locator('.call').click()
    await next.page.fill('#code', await readCode(desktop.page))
    await next.page.locator('button[type=submit]').click()
    await next.page.locator('.sign.done').waitFor()
    await desktop.page.locator('a[href="/account"]').first().waitFor()
    assert.deepEqual([...desktop.errors, ...phone.errors, ...next.errors], [])
    assert.deepEqual(stage.errors, [])
  })
}

test('a wrong password shows no code, and another phone that has seen the code is refused on the old one', async (t) => {
  const stage = await createPhoneStage(t, browser)
  await enrol(stage)
  const { phone } = stage
  assert.equal(await showLink(stage, 'something else'), '')
  await showsNothingWrong(phone.page)
  const thief = await person(t, browser, phoneScreen)
  await arrive(thief.page, await showLink(stage))
  await phone.page.getByRole('button', { name: 'Ablehnen' }).click()
  await phone.page.locator('.sign.stop').waitFor()
  await thief.page.locator('.sign.stop').waitFor()
  await showsNothingWrong(thief.page)
  await openApp(phone.page, `${stage.publicUrl}/authenticator`)
  await phone.page.locator('.accounts .card').waitFor()
  assert.deepEqual([...phone.errors, ...thief.errors], [])
})
