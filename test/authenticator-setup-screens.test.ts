// The screens with which a phone is set up, moves and scans, in both languages and both colour schemes.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { encodeBase64Url } from '#authenticator'
import { checkScreen, looks, type ScreenStage, setScreenStage } from './support/app-screens.ts'
import { createRequest, storeAccounts } from './support/app-server.ts'
import { launchWholeChromium } from './support/browser.ts'

let browser: Browser
before(async () => {
  browser = await launchWholeChromium(['--use-fake-device-for-media-stream'])
})
after(() => browser.close())

const longPhone = 'Diensttelefon der Donaudampfschifffahrtsgesellschaft für den Binnenverkehr'

/** The phone is added; the next screen asks for notifications. */
async function seeNotify({ page, url, state, link, open }: ScreenStage): Promise<void> {
  state.more = { offer: { vapid: encodeBase64Url(new Uint8Array(65)) } }
  await open(link())
  await page.locator('#name').waitFor()
  await page.locator('button[type=submit]').click()
  await page.getByText(/Soll sich Ihr Telefon melden|Shall your phone notify you/).waitFor()
  await checkScreen(page, 'notify')
  await page.locator('button.quiet').click()
  await page.getByText(/Wird geprüft|Checking/).waitFor()
  await checkScreen(page, 'notify-checking')
  await open(url)
  await page.locator('.accounts .note').waitFor()
  await checkScreen(page, 'home-not-finished')
}

/** The new phone of a move. */
async function seeArrive(stage: ScreenStage): Promise<void> {
  const { page, url, state, link, open } = stage
  state.more = { offer: { from: longPhone }, new: { code: '480263' } }
  await open(link())
  await page.locator('#name').waitFor()
  await checkScreen(page, 'arrive-offer')
  await page.locator('button[type=submit]').click()
  await page.locator('.shown.digits').waitFor()
  await checkScreen(page, 'arrive')
  state.more = { new: { state: 'active' } }
  await page.locator('.sign.done').waitFor()
  await checkScreen(page, 'arrive-done')

  await storeAccounts(
    page,
    [{ id: 'new', state: 'new', from: longPhone, credentialId: 'AAAA' }],
    stage,
  )
  state.more = { new: { code: '480263' } }
  state.waiting = { new: [createRequest('r1', { kind: 'enrolment' })] }
  await open(url)
  await page.locator('.accounts .card').click()
  await page.locator('button.primary').waitFor()
  await checkScreen(page, 'arrive-confirm')
  state.waiting = {}
  state.more = {}
  await page.locator('.sign.stop').waitFor()
  await checkScreen(page, 'arrive-refused')
}

/** The old phone of a move. */
async function seeMove(stage: ScreenStage): Promise<void> {
  const { page, url, state, link, open } = stage
  await storeAccounts(page, [{ id: 'long', state: 'active' }], stage)
  const begin = async () => {
    await open(url)
    await page.locator('.accounts .card').click()
    await page.getByRole('button', { name: /neues Telefon umziehen|Move to a new phone/ }).click()
    await page.locator('#password').waitFor()
  }
  const show = async (seconds: number) => {
    const exp = Math.floor(Date.now() / 1000) + seconds
    state.outcome = 'open'
    state.more = { move: { link: link(), exp } }
    await page.fill('#password', 'something')
    await page.locator('button[type=submit]').click()
  }
  await begin()
  await page.locator('button[type=submit]').click()
  await page.locator('.status.error').waitFor()
  await checkScreen(page, 'move')
  state.outcome = 'wrong_password'
  await page.fill('#password', 'something')
  await page.locator('button[type=submit]').click()
  await page.getByText(/Passwort ist nicht richtig|password is not right/).waitFor()
  await checkScreen(page, 'move-wrong-password')
  await show(2)
  await page.locator('.sign.stop').waitFor()
  await checkScreen(page, 'move-expired')
  await begin()
  await show(300)
  await page.locator('.qr').waitFor()
  await page.locator('summary').click()
  // No end of it is cut off.
  assert.equal(await page.locator('.address').textContent(), link())
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: /Kopieren|Copy/ }).click()
  await page.getByText(/Die Adresse ist kopiert|The address is copied/).waitFor()
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), link())
  await checkScreen(page, 'move-code')

  state.waiting = { long: [createRequest('r1', { kind: 'move', device: longPhone })] }
  await page.locator('#code').waitFor()
  await checkScreen(page, 'move-request')
  state.outcome = 'approved'
  await page.fill('#code', '480263')
  await page.locator('button[type=submit]').click()
  await page.getByText(/Gleich fertig|Almost done/).waitFor()
  await checkScreen(page, 'moved')
  await page.route('**/authenticator/v1/fetch', (route) =>
    route.fulfill({ status: 410, json: { error: 'ended' } }),
  )
  await page.locator('.sign.done').waitFor()
  await checkScreen(page, 'moved-done')
  await page.unroute('**/authenticator/v1/fetch')
  await open(url)
  await page.locator('.accounts .note').waitFor()
  await checkScreen(page, 'home-moved')
}

async function seeCamera({ page, url, open }: ScreenStage): Promise<void> {
  await open(url)
  await page.locator('.bottom button').click()
  await page.waitForFunction(() => (document.querySelector('video')?.videoWidth ?? 0) > 0)
  await checkScreen(page, 'camera')
}

for (const look of looks) {
  const { locale, colorScheme } = look
  test(`each screen for setup, move and scan is accessible (${locale}, ${colorScheme})`, async (t) => {
    const permissions = ['notifications', 'camera']
    const stage = await setScreenStage(t, browser, { ...look, permissions })
    await seeNotify(stage)
    await seeArrive(stage)
    await seeMove(stage)
    await seeCamera(stage)
    assert.deepEqual(stage.mistakes, [])
    // Permissions that are not listed are refused, so the browser asks no question.
    const refused = await setScreenStage(t, browser, { ...look, permissions: ['notifications'] })
    await refused.open(refused.url)
    await refused.page.locator('.bottom button').click()
    await refused.page.locator('.status.error').waitFor()
    await checkScreen(refused.page, 'camera-refused')
    assert.deepEqual(refused.mistakes, [])
  })
}
