// Each screen of the phone's app, in both languages and both colour schemes: nothing that hinders a person, and no text beyond
// the edge, also on a small phone and with large text.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { createRequest, startAppServer, storeAccounts } from './support/app-server.ts'
import { addAuthenticator } from './support/authenticator.ts'
import { launchChromium } from './support/browser.ts'
import { showsNothingWrong } from './support/faults.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } as const
const iPhone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1'

const setFontSize = (page: Page, size: string) =>
  page.evaluate((wanted) => {
    document.documentElement.style.fontSize = wanted
  }, size)

/** A long text may be wrapped, but not wider than the smallest phone, also where a person has doubled its size. */
async function check(page: Page, name: string): Promise<void> {
  try {
    await page.evaluate(() =>
      Promise.all(document.getAnimations().map((one) => one.finished.catch(() => undefined))),
    )
    await showsNothingWrong(page)
    await setFontSize(page, '200%')
    await showsNothingWrong(page, { hasScripts: false })
    await setFontSize(page, '')
    await page.setViewportSize({ width: 320, height: 640 })
    await showsNothingWrong(page, { hasScripts: false })
  } catch (cause) {
    throw new Error(`the screen ${name}`, { cause })
  } finally {
    await setFontSize(page, '')
    await page.setViewportSize(phone.viewport)
  }
}

async function setStage(t: Scope, look: { locale: string; colorScheme: 'light' | 'dark' }) {
  const server = await startAppServer(t)
  const context = await browser.newContext({ ...phone, ...look, serviceWorkers: 'block' })
  t.after(() => context.close())
  const page = await context.newPage()
  const mistakes: string[] = []
  page.on('pageerror', (error) => void mistakes.push(String(error)))
  const open = async (address: string) => {
    await page.goto('about:blank')
    await page.goto(address)
    await page.locator('h1').waitFor()
  }
  return { ...server, context, page, mistakes, open }
}

type Stage = Awaited<ReturnType<typeof setStage>>

const accounts = [
  { id: 'plain', state: 'active' },
  { id: 'new', state: 'new' },
  { id: 'ended', state: 'ended' },
  { id: 'long', state: 'active' },
]

async function seeEmpty({ page, url, link, open }: Stage): Promise<void> {
  await open(url)
  await page.locator('.empty').waitFor()
  await check(page, 'home-empty')
  await page.locator('.bottom button').click()
  await page.locator('.status.error').waitFor()
  await page.locator('summary').last().click()
  await check(page, 'scan-no-camera')
  await page.fill('#link', link('https://login.other.example'))
  await page.locator('details:has(#link) button').click()
  await page.locator('a.button').waitFor()
  await check(page, 'link-elsewhere')
  await open(`${url}#enrol.1.broken`)
  await page.locator('.sign.stop').waitFor()
  await check(page, 'link-wrong')
  await open(link())
  await page.locator('#name').waitFor()
  await check(page, 'link-offer')
}

async function seeAccounts(stage: Stage): Promise<void> {
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
  await check(page, 'home')
  state.waiting = { ...state.waiting, plain: [createRequest('r1'), createRequest('r3')] }
  await page.locator('.call').nth(2).waitFor()
  assert.equal(await page.locator('.code').first().isVisible(), true)
  state.waiting = { ...state.waiting, plain: [createRequest('r1')] }
  await open(link())
  await page.locator('.note').waitFor()
  await check(page, 'link-twice')
  for (const [at, name] of [
    [0, 'account'],
    [2, 'account-long'],
    [3, 'account-ended'],
  ] as const) {
    await open(url)
    await page.locator('.accounts .card').nth(at).click()
    await page.locator('.facts').waitFor()
    for (const summary of await page.locator('summary').all()) await summary.click()
    await check(page, name)
  }
  await seeRequests(stage)
  await page.context().setOffline(true)
  await page.locator('.accounts li:first-child > .note').waitFor()
  await check(page, 'home-offline')
  await page.context().setOffline(false)
}

async function seeRequests({ page, url, state, open }: Stage): Promise<void> {
  for (const [at, name] of [
    [0, 'request'],
    [1, 'request-long'],
  ] as const) {
    await open(url)
    await page.locator('.call').nth(at).click()
    await page.locator('#code').waitFor()
    await check(page, name)
  }
  state.outcome = 'wrong_code'
  await page.fill('#code', '123456')
  await page.locator('button[type=submit]').click()
  await page.locator('.status.error').waitFor()
  await page.locator('[aria-expanded=false]').last().click()
  await check(page, 'request-wrong-code')
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
    await check(page, `request-${outcome}`)
  }
  await page.locator('.result button').click()
  await page.locator('.accounts').waitFor()
}

async function seeLock({ page, url, open }: Stage): Promise<void> {
  await addAuthenticator(page)
  await open(url)
  await page.locator('section > .quiet').click()
  await page.locator('h2').first().waitFor()
  await check(page, 'settings')
  await page.locator('button.secondary').first().click()
  await page.getByRole('button', { name: /ausschalten|Turn off/ }).waitFor()
  await check(page, 'settings-locked')
  await open(url)
  await page.locator('.sign.lock').waitFor()
  await page.locator('summary').click()
  await check(page, 'locked')
  assert.equal(await page.locator('.accounts').count(), 0)
  await page.locator('.result .primary').click()
  await page.locator('.accounts').waitFor()
}

for (const locale of ['de-DE', 'en-GB']) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`each screen can be used by everybody (${locale}, ${colorScheme})`, async (t) => {
      const stage = await setStage(t, { locale, colorScheme })
      await seeEmpty(stage)
      await seeAccounts(stage)
      await seeLock(stage)
      assert.deepEqual(stage.mistakes, [])
    })
  }
}

test('on an iPhone the steps to the home screen are shown, and are in nobody’s way', async (t) => {
  const server = await startAppServer(t)
  const context = await browser.newContext({ ...phone, locale: 'de-DE', userAgent: iPhone })
  t.after(() => context.close())
  const page = await context.newPage()
  await page.goto(server.link())
  await page.locator('.steps').waitFor()
  await check(page, 'install-apple')
  await page.getByRole('button', { name: 'Ohne Home-Bildschirm weiter' }).click()
  await page.locator('#name').waitFor()
  await check(page, 'link-offer-apple')
})
