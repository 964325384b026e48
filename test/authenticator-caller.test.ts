// A caller at the service desk whose phone has the Einlass authenticator: the real command, a running server and the app.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { followLink, openApp, phoneScreen } from './support/app-stage.ts'
import { launchChromium } from './support/browser.ts'
import { showsNothingWrong } from './support/faults.ts'
import { person, readText, signIn } from './support/guide.ts'
import { erika } from './support/in-process.ts'
import { createInstallation } from './support/installation.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const config = {
  authenticator: { enabled: true },
  default_policy: { second_factor: 'required', skips: 0 },
}

/** A server of its own process, and a phone that is enrolled there. */
async function openDesk(t: Scope & Parameters<typeof createInstallation>[0], locale: string) {
  const installation = await createInstallation(t, { config })
  await installation.addUser({ ...erika, displayName: 'Erika Mustermann' })
  await installation.serve()
  const desktop = await person(t, browser, { locale })
  const phone = await person(t, browser, { ...phoneScreen, locale })
  await desktop.page.goto(`${installation.publicUrl}/login`)
  await signIn(desktop.page, erika)
  await desktop.page.locator('button[value=authenticator]').click()
  await followLink({ desktop, phone })
  await desktop.page.locator('button[value=left]').click()
  return { ...installation, phone }
}

for (const [locale, title, show] of [
  ['de-DE', 'Telefonieren Sie gerade mit dem Service Desk?', 'Ja, Ziffern zeigen'],
  ['en-GB', 'Are you on the telephone with the service desk?', 'Yes, show the digits'],
] as const) {
  test(`the app shows that the service desk asks, and the digits that the caller reads out (${locale})`, async (t) => {
    const { converse, phone, publicUrl } = await openDesk(t, locale)
    const desk = await converse(['verify-caller', 'erika'])
    await desk.untilAsked(/of erika \(Erika Mustermann\) is asked/)
    const { page } = phone
    await openApp(page, `${publicUrl}/authenticator`)
    await page.locator('.call').click()
    await page.getByRole('heading', { name: title }).waitFor()
    await showsNothingWrong(page)
    assert.equal(await page.locator('.result .code').count(), 0)
    await page.getByRole('button', { name: show }).click()
    await page.locator('.result .code').waitFor()
    await showsNothingWrong(page)
    const digits = (await readText(page, '.result .code')).replace(/\D/g, '')
    assert.match(digits, /^\d{6}$/)
    await desk.untilAsked(/: $/)
    assert.ok(!desk.asked().includes(digits))
    desk.type(digits)
    const { code, stdout } = await desk.ended
    assert.deepEqual([code, stdout], [0, 'Verified: the caller holds an authenticator of erika.\n'])
    assert.deepEqual(phone.errors, [])
  })
}

test('an owner who did not call denies the request in the app, and the service desk reads that', async (t) => {
  const { converse, phone, publicUrl } = await openDesk(t, 'de-DE')
  const desk = await converse(['verify-caller', 'erika'])
  await desk.untilAsked(/is asked/)
  await openApp(phone.page, `${publicUrl}/authenticator`)
  await phone.page.locator('.call').click()
  await phone.page.getByRole('button', { name: 'Ablehnen' }).click()
  await phone.page.locator('.sign.stop').waitFor()
  const { code, stdout } = await desk.ended
  assert.equal(code, 1)
  assert.match(stdout, /^Not verified: the request was denied/)
})
