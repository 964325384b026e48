// Each screen of the phone's app, in both languages and both colour schemes: nothing that hinders a person, and no text beyond
// the edge, also on a small phone and with large text.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { encodeBase64Url } from '#authenticator'
import { checkScreen, looks, type ScreenStage, setScreenStage } from './support/app-screens.ts'
import { createRequest, startAppServer, storeAccounts } from './support/app-server.ts'
import { phoneScreen } from './support/app-stage.ts'
import { addAuthenticator } from './support/authenticator.ts'
import { launchChromium } from './support/browser.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const iPhone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1'

const accounts = [
  { id: 'plain', state: 'active' },
  { id: 'new', state: 'new' },
  { id: 'ended', state: 'ended' },
  { id: 'long', state: 'active' },
]

async function seeEmpty({ page, url, link, open }: ScreenStage): Promise<void> {
  await open(url)
  await page.locator('.empty').waitFor()
  await checkScreen(page, 'home-empty')
  await open(`${url}#request/unknown`)
  await page.locator('h2').waitFor()
  await checkScreen(page, 'absent-empty')
  await open(url)
  await page.locator('.bottom button').click()
  await page.locator('.status.error').waitFor()
  assert.equal(await page.getByText(/Richten Sie die Kamera|Point the camera/).isVisible(), false)
  await page.locator('summary').last().click()
  await checkScreen(page, 'scan-no-camera')
  await page.fill('#link', link('https://login.other.example'))
  await page.locator('details:has(#link) button').click()
  await page.locator('a.button').waitFor()
  await checkScreen(page, 'link-elsewhere')
  await open(`${url}#enrol.1.broken`)
  await page.locator('.sign.stop').waitFor()
  await checkScreen(page, 'link-wrong')
  await open(link())
  await page.locator('#name').waitFor()
  await checkScreen(page, 'link-offer')
}

async function seeAccounts(stage: ScreenStage): Promise<void> {
  const { page, url, state, link, open } = stage
  await storeAccounts(page, accounts, stage)
  const long = {
    app: 'Wortungetüm '.repeat(5).trim(),
    place: 'Donaudampfschifffahrtsstraße'.repeat(2),
  }
  state.waiting = { plain: [createRequest('r1')], long: [createRequest('r2', long)] }
  await open(url)
  await page.locator('.call').nth(1).waitFor()
  await page.locator('.codes > button').first().click()
  await page.locator('.code').first().waitFor()
  await checkScreen(page, 'home')
  state.waiting = { ...state.waiting, plain: [createRequest('r1'), createRequest('r3')] }
  await page.locator('.call').nth(2).waitFor()
  assert.equal(await page.locator('.code').first().isVisible(), true)
  state.waiting = { ...state.waiting, plain: [createRequest('r1')] }
  await open(link())
  await page.locator('.note').waitFor()
  await checkScreen(page, 'link-twice')
  for (const [at, name] of [
    [0, 'account'],
    [2, 'account-long'],
    [3, 'account-ended'],
  ] as const) {
    await open(url)
    await page.locator('.accounts .card').nth(at).click()
    await page.locator('.facts').waitFor()
    for (const summary of await page.locator('summary').all()) await summary.click()
    await checkScreen(page, name)
  }
  await seeRequests(stage)
  await page.context().setOffline(true)
  await page.locator('.accounts li:first-child > .note').waitFor()
  await checkScreen(page, 'home-offline')
  await page.context().setOffline(false)
}

async function seeRequests({ page, url, state, open }: ScreenStage): Promise<void> {
  for (const [at, name] of [
    [0, 'request'],
    [1, 'request-long'],
  ] as const) {
    await open(url)
    await page.locator('.call').nth(at).click()
    await page.locator('#code').waitFor()
    await checkScreen(page, name)
  }
  state.outcome = 'wrong_code'
  await page.fill('#code', '123456')
  await page.locator('button[type=submit]').click()
  await page.locator('.status.error').waitFor()
  await page.locator('[aria-expanded=false]').last().click()
  await checkScreen(page, 'request-wrong-code')
  for (const [outcome, sign] of [
    ['approved', 'done'],
    ['expired', 'stop'],
    ['reported', 'stop'],
  ] as const) {
    state.outcome = outcome
    await open(url)
    await page.locator('.call').first().click()
    await page.fill('#code', '123456')
    await page.locator('button[type=submit]').click()
    await page.locator(`.sign.${sign}`).waitFor()
    await checkScreen(page, `request-${outcome}`)
  }
  await page.locator('.result button').click()
  await page.locator('.accounts').waitFor()
}

/** Each kind of request, and what is said of one that was answered already. */
async function seeKinds({ page, url, state, open }: ScreenStage): Promise<void> {
  const openCall = async (more: object) => {
    state.waiting = { plain: [createRequest('r5', more)] }
    await open(url)
    await page.locator('.call').click()
    await page.locator('form .primary').waitFor()
  }
  for (const [more, name] of [
    [{ kind: 'enrolment' }, 'request-enrolment'],
    [{ kind: 'test' }, 'request-test'],
    [{ confirms: 'account' }, 'request-account'],
    [{ asks: 'app', purpose: 'Beleg 4711, Kasse 3 im Untergeschoss links' }, 'request-app'],
    [{ kind: 'caller' }, 'request-caller'],
  ] as const) {
    await openCall(more)
    await checkScreen(page, name)
  }
  state.outcome = 'approved'
  state.more = { answer: { code: '480263' } }
  await page.locator('form .primary').click()
  await page.locator('.result .code').waitFor()
  await checkScreen(page, 'caller-digits')
  state.more = {}
  state.outcome = 'denied'
  await openCall({ confirms: 'account' })
  await page.locator('section > .secondary').click()
  await page.getByText(/An Ihrem Konto wurde nichts|Nothing was changed in your/).waitFor()
  await checkScreen(page, 'request-denied')
  state.waiting = {}
  await open(`${url}#request/r5`)
  await page.locator('.sign.stop').waitFor()
  await checkScreen(page, 'answered-here')
  await open(`${url}#request/unknown`)
  await page.locator('h2').waitFor()
  await checkScreen(page, 'absent')
}

async function seeLock({ page, url, state, link, open }: ScreenStage): Promise<void> {
  const finger = await addAuthenticator(page)
  const challenge = encodeBase64Url(new Uint8Array(32))
  state.more = { offer: { credential: { challenge, use: 'preferred' } } }
  await open(link())
  await page.locator('#name').waitFor()
  await checkScreen(page, 'link-offer-lock')
  await finger.set({ verified: false })
  await page.locator('button[type=submit]').click()
  await page.locator('.status.error').waitFor()
  await checkScreen(page, 'link-offer-not-verified')
  state.more = {}
  await finger.set({ verified: true })
  await open(url)
  await page.locator('section > .quiet').click()
  await page.locator('h2').first().waitFor()
  await checkScreen(page, 'settings')
  await page.locator('button.secondary').first().click()
  await page.getByRole('button', { name: /ausschalten|Turn off/ }).waitFor()
  await checkScreen(page, 'settings-locked')
  await open(url)
  await page.locator('.sign.lock').waitFor()
  await page.locator('summary').click()
  await checkScreen(page, 'locked')
  assert.equal(await page.locator('.accounts').count(), 0)
  await finger.set({ verified: false })
  await page.locator('.result .primary').click()
  await page.locator('.status.error').waitFor()
  await checkScreen(page, 'locked-refused')
  await finger.set({ verified: true })
  await page.locator('.result .primary').click()
  await page.locator('.accounts').waitFor()
}

for (const look of looks) {
  test(`each screen of the app is accessible (${look.locale}, ${look.colorScheme})`, async (t) => {
    const stage = await setScreenStage(t, browser, look)
    await seeEmpty(stage)
    await seeAccounts(stage)
    await seeKinds(stage)
    await seeLock(stage)
    assert.deepEqual(stage.mistakes, [])
  })
}

test('on an iPhone the app shows the steps to the home screen, and the user can continue without them', async (t) => {
  const server = await startAppServer(t)
  const context = await browser.newContext({ ...phoneScreen, locale: 'de-DE', userAgent: iPhone })
  t.after(() => context.close())
  const page = await context.newPage()
  await page.goto(server.link())
  await page.locator('.steps').waitFor()
  await checkScreen(page, 'install-apple')
  await page.getByRole('button', { name: 'Ohne Home-Bildschirm weiter' }).click()
  await page.locator('#name').waitFor()
  await checkScreen(page, 'link-offer-apple')
})
