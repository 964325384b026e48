// A login page and the Einlass authenticator on one phone, in two tabs of its browser.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { createPhoneStage, enrol, openApp, phoneScreen, readCode } from './support/app-stage.ts'
import { launchChromium } from './support/browser.ts'
import { showsNothingWrong } from './support/faults.ts'
import { person, signIn } from './support/guide.ts'
import { erika } from './support/in-process.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

/** Follows a link into a tab of its own; the page with the link stays. */
async function follow(page: Page, name: string): Promise<Page> {
  const before = page.url()
  const link = page.getByRole('link', { name })
  const [tab] = await Promise.all([page.context().waitForEvent('page'), link.click()])
  assert.equal(page.url(), before)
  return tab
}

async function confirm(app: Page, code: string): Promise<void> {
  await app.fill('#code', code)
  await app.locator('button[type=submit]').click()
  await app.locator('.sign.done').waitFor()
}

test('on one phone, the login page links to the app, the app leads back, and the login completes', async (t) => {
  const { publicUrl, phone, errors } = await createPhoneStage(t, browser)
  const login = phone.page
  await login.goto(`${publicUrl}/login`)
  await signIn(login, erika)
  await login.locator('button[value=authenticator]').click()
  await showsNothingWrong(login)
  await login.getByText('Warten auf Ihr Telefon …').waitFor()
  const enrolling = await follow(login, 'Auf diesem Telefon öffnen')
  await enrolling.locator('#name').waitFor()
  await enrolling.locator('button[type=submit]').click()
  await enrolling.locator('#code').waitFor()
  await enrolling.getByText('wechseln Sie zu ihrem Tab').waitFor()
  await login.locator('.digits').waitFor()
  await confirm(enrolling, await readCode(login))
  await enrolling.getByText('diesen Tab können Sie schließen').waitFor()
  await login.locator('button[value=left]').click()
  await enrolling.close()

  await login.context().clearCookies()
  await login.goto(`${publicUrl}/login`)
  await signIn(login, erika)
  await login.locator('.digits').waitFor()
  await showsNothingWrong(login)
  const app = await follow(login, 'Authenticator öffnen')
  await confirm(app, await readCode(login))
  await login.locator('a[href="/account"]').first().waitFor()
  assert.deepEqual([phone.errors, errors], [[], []])
})

test('the link to the app contains no secret, and the user must still type the code', async (t) => {
  const stage = await createPhoneStage(t, browser)
  const { db, desktop, phone } = stage
  await enrol(stage)
  await stage.login()
  await desktop.page.locator('.digits').waitFor()
  const read = () =>
    db
      .selectFrom('authenticator_challenges')
      .select(['id', 'scan', 'code', 'status'])
      .orderBy('created_at', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
  const { id, scan } = await read()
  const links = await desktop.page.$$eval('a[target=_blank]', (all) =>
    all.map((one) => one.getAttribute('href') ?? ''),
  )
  assert.equal(links.length, 1)
  const [link = ''] = links
  assert.ok(link.endsWith(`/authenticator#request/${id}`))
  assert.ok(!link.includes(`${scan}`) && !link.includes(await readCode(desktop.page)))
  await openApp(phone.page, link)
  await phone.page.locator('#code').waitFor()
  assert.equal(await phone.page.inputValue('#code'), '')
  await phone.page.locator('button[type=submit]').click()
  await phone.page.locator('.status.error').waitFor()
  assert.equal((await read()).status, 'waiting')
})

test('if a linked request does not wait on this phone, the app says that the login page names the right phone', async (t) => {
  const stage = await createPhoneStage(t, browser)
  const { publicUrl, phone, desktop } = stage
  const lead = phone.page.getByText('Die Anmeldeseite nennt das Telefon, das gefragt wird.')
  await openApp(phone.page, `${publicUrl}/authenticator#request/unknown`)
  await lead.waitFor()
  await phone.page.getByText('neu einrichten müssen Sie nichts').waitFor()
  await showsNothingWrong(phone.page)
  await enrol(stage)
  await openApp(phone.page, `${publicUrl}/authenticator#request/unknown`)
  await lead.waitFor()
  await phone.page.getByText('Dann ist die Zeit abgelaufen').waitFor()
  await showsNothingWrong(phone.page)
  await stage.login()
  await phone.page.locator('.call').waitFor()
  const address = await desktop.page.locator('a[target=_blank]').first().getAttribute('href')
  await phone.page.locator('.call').click()
  await confirm(phone.page, await readCode(desktop.page))
  await openApp(phone.page, address ?? '')
  await phone.page.getByRole('heading', { name: 'Schon beantwortet' }).waitFor()
})

test('a narrow page names the phone that gets the request', async (t) => {
  const stage = await createPhoneStage(t, browser)
  await enrol(stage)
  const other = await person(t, browser, phoneScreen)
  await other.page.goto(`${stage.publicUrl}/login`)
  await signIn(other.page, erika)
  await other.page.getByText('Öffnen Sie auf „Browser“ den Authenticator.').waitFor()
  await showsNothingWrong(other.page)
})
