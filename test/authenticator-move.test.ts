// The Einlass authenticator moves to a new phone: a desktop, the old phone and the new one, each in a browser of its own.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { createHasher } from '../src/identity/users/hasher.ts'
import { createUsers } from '../src/identity/users/users.ts'
import { silentLog } from '../src/platform/kernel/log.ts'
import {
  createPhoneStage,
  enrol,
  followLink,
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
  const address = phone.page.locator('.address')
  return (await address.count()) === 0 ? '' : ((await address.textContent()) ?? '')
}

/** From the number on the new phone until both phones say that it is done. */
async function confirmMove(old: Page, next: Page, code: string): Promise<void> {
  await old.locator('#code').waitFor()
  await old.fill('#code', code)
  await old.locator('button[type=submit]').click()
  await next.locator('.sign.done').waitFor()
  await old.locator('.sign.done').waitFor()
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
  test(`a user moves an account from an old phone to a new one without a computer (${locale})`, async (t) => {
    const stage = await createPhoneStage(t, browser, { locale })
    const next = await person(t, browser, { ...phoneScreen, locale })
    await enrol(stage)
    const { desktop, phone, login } = stage
    const link = await showLink(stage)
    await showsNothingWrong(phone.page)
    const code = await arrive(next.page, link)
    // The old phone shows the question without a tap.
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

test('a wrong password shows no code, and the user refuses a foreign phone on the old phone', async (t) => {
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

test('a user moves several accounts of an old phone one after the other', async (t) => {
  const stage = await createPhoneStage(t, browser)
  const { publicUrl, parts, db, desktop, phone, login } = stage
  const max = { username: 'max', password: 'Kaffee um halb acht' }
  const hasher = createHasher({ cores: 1, log: silentLog })
  await createUsers(parts.platform).create(db, {
    ...{ username: max.username, displayName: 'Max Muster' },
    passwordHash: await hasher.hash(max.password),
  })
  const next = await person(t, browser, phoneScreen)
  await enrol(stage)
  await login(max)
  await desktop.page.locator('button[value=authenticator]').click()
  await followLink(stage)

  await confirmMove(phone.page, next.page, await arrive(next.page, await showLink(stage)))
  await phone.page.getByRole('button', { name: 'Auch max umziehen' }).click()
  await phone.page.locator('#password:focus').waitFor()
  await phone.page.fill('#password', max.password)
  await phone.page.locator('button[type=submit]').click()
  await phone.page.locator('.qr').waitFor()
  const link = (await phone.page.locator('.address').textContent()) ?? ''
  await confirmMove(phone.page, next.page, await arrive(next.page, link))
  await phone.page.getByRole('button', { name: 'Fertig' }).click()
  await phone.page.locator('.accounts').waitFor()
  const noted = phone.page.getByText('Umgezogen auf Ihr neues Telefon, „Neues Telefon“.')
  assert.equal(await noted.count(), 2)
  await showsNothingWrong(phone.page)
  await openApp(next.page, `${publicUrl}/authenticator`)
  await next.page.locator('.accounts .card').nth(1).waitFor()
  const devices = db.selectFrom('authenticator_devices').select(['name', 'status'])
  const active = await devices.where('status', '=', 'active').execute()
  assert.deepEqual(
    active.map(({ name }) => name),
    ['Neues Telefon', 'Neues Telefon'],
  )
  assert.deepEqual([...phone.errors, ...next.errors], [])
})
