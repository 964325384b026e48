// The camera of the phone, for which Chromium shows a film: pictures of pages with their QR codes.
import assert from 'node:assert/strict'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { createQr } from '../src/platform/ui/qr.ts'
import {
  beginLogin,
  createPhoneStage,
  enrol,
  openApp,
  type PhoneStage,
} from './support/app-stage.ts'
import { launchWholeChromium } from './support/browser.ts'
import { showsNothingWrong } from './support/faults.ts'
import { readText } from './support/guide.ts'

let folder: string
let film: string
let browser: Browser
/** With a camera that shows the film, and one without any. */
let withCamera: Browser
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'einlass-film-'))
  film = join(folder, 'film.mjpeg')
  browser = await launchWholeChromium()
  withCamera = await launchWholeChromium([
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-video-capture=${film}`,
  ])
})
after(async () => {
  await Promise.all([browser.close(), withCamera.close()])
  await rm(folder, { recursive: true, force: true })
})

/**
 * The camera sees this page from now on. A film of one picture is shown again and again. Chromium
 * maps the film into its memory, and ends with SIGBUS when a film that it still shows gets shorter:
 * so each film is a new file that takes the name of the last.
 */
async function filmPage(page: Page): Promise<void> {
  const next = `${film}.next`
  await writeFile(next, await page.screenshot({ type: 'jpeg', quality: 95 }))
  await rename(next, film)
}

const mayUseCamera = { permissions: ['camera'] }
/** All that is not named is refused, so no question waits for an answer. */
const mayNotUseCamera = { permissions: ['geolocation'] }

/** The phone looks through its camera. */
async function scan({ publicUrl, phone }: PhoneStage): Promise<void> {
  await openApp(phone.page, `${publicUrl}/authenticator`)
  await phone.page.getByRole('button', { name: /^(Code scannen|Scan a code)$/ }).click()
  await phone.page.locator('video:not([hidden]), .status.error').first().waitFor()
}

for (const locale of ['de-DE', 'en-GB']) {
  test(`the app scans the QR code of the login page, and the user confirms the login without typing (${locale})`, async (t) => {
    const stage = await createPhoneStage(t, browser, {
      ...{ locale, phoneBrowser: withCamera, phone: mayUseCamera },
    })
    await enrol(stage)
    const { desktop, phone, login } = stage
    await login()
    await desktop.page.locator('.digits').waitFor()
    await filmPage(desktop.page)
    // Begun before the app has heard of the login: it looks then.
    await scan(stage)
    await phone.page.locator('.note').waitFor()
    assert.equal(await phone.page.locator('#code').count(), 0)
    await showsNothingWrong(phone.page)
    await phone.page.locator('button[type=submit]').click()
    await phone.page.locator('.sign.done').waitFor()
    await desktop.page.locator('a[href="/account"]').first().waitFor()
    assert.deepEqual([...desktop.errors, ...phone.errors], [])
  })
}

test('the QR code of another login or of another site confirms nothing, and the app says so', async (t) => {
  const stage = await createPhoneStage(t, browser, {
    ...{ phoneBrowser: withCamera, phone: mayUseCamera },
  })
  await enrol(stage)
  const { desktop, phone, login, db } = stage
  await login()
  await desktop.page.locator('.digits').waitFor()
  await filmPage(desktop.page)
  // Another login takes its place, once the pause between two requests is over.
  stage.clock.offset += 30_000
  await login()
  await desktop.page.locator('.digits').waitFor()
  await scan(stage)
  await phone.page.locator('.status.error').waitFor()
  assert.match(await readText(phone.page, '.status'), /wartet nicht auf dieses Telefon/)
  await showsNothingWrong(phone.page)

  const { definition, picture } = createQr('code', 'https://example.org/authenticator', 400)
  await desktop.page.setContent(`<body style="background:#fff">${definition}${picture('')}</body>`)
  await filmPage(desktop.page)
  await scan(stage)
  await phone.page.locator('.status.error').waitFor()
  assert.match(await readText(phone.page, '.status'), /kein Code von Einlass/)
  const waiting = await db
    .selectFrom('authenticator_challenges')
    .select('status')
    .where('purpose', '=', 'login')
    .execute()
  assert.deepEqual(waiting.map(({ status }) => status).sort(), ['superseded', 'waiting'])
  assert.deepEqual(phone.errors, [])
})

test('the app scans the QR code of an enrolment and shows the account to add', async (t) => {
  const stage = await createPhoneStage(t, browser, {
    ...{ phoneBrowser: withCamera, phone: mayUseCamera },
  })
  const { desktop, phone, login } = stage
  await login()
  await desktop.page.locator('button[value=authenticator]').click()
  await desktop.page
    .locator('a[href*="/authenticator#enrol.1."]')
    .first()
    .waitFor({ state: 'attached' })
  await filmPage(desktop.page)
  await scan(stage)
  await phone.page.locator('#name').waitFor()
  assert.match(await readText(phone.page, '.facts'), /erika/)
  assert.deepEqual(phone.errors, [])
})

test('without a camera or a permission for it, the app says what to do, and the user can type the code', async (t) => {
  const refused = await createPhoneStage(t, browser, {
    ...{ phoneBrowser: withCamera, phone: mayNotUseCamera },
  })
  await scan(refused)
  await refused.phone.page.getByText('darf die Kamera nicht benutzen').waitFor()
  await showsNothingWrong(refused.phone.page)

  const none = await createPhoneStage(t, browser, { phone: mayUseCamera })
  await enrol(none)
  await beginLogin(none)
  const { page } = none.phone
  await page.getByRole('button', { name: 'Code scannen statt eintippen' }).click()
  await page.getByText('Hier ist keine Kamera').waitFor()
  await showsNothingWrong(page)
  await page.getByRole('button', { name: 'Abbrechen' }).click()
  await page.locator('#code').waitFor()
})
