// The phone's app after a while out of sight, after its tab was frozen, and where the browser offers to install it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { setScreenStage } from './support/app-screens.ts'
import { createRequest, storeAccounts } from './support/app-server.ts'
import { addAuthenticator } from './support/authenticator.ts'
import { launchChromium } from './support/browser.ts'
import { showsNothingWrong } from './support/faults.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const look = { locale: 'de-DE', colorScheme: 'light' } as const

/** Makes the page hidden or visible, as the browser reports it. */
const setVisibility = (page: Page, state: 'hidden' | 'visible') =>
  page.evaluate((wanted) => {
    Object.defineProperty(document, 'visibilityState', { value: wanted, configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  }, state)

test('an app with a lock asks for its owner again after a minute out of sight, and not before', async (t) => {
  const { page, url, open, mistakes } = await setScreenStage(t, browser, look)
  await page.clock.install()
  await addAuthenticator(page)
  await open(url)
  await page.locator('section > .quiet').click()
  await page.locator('button.secondary').first().click()
  await page.getByRole('button', { name: 'Sperre ausschalten' }).waitFor()
  await page.locator('section > .quiet').click()
  await page.locator('.empty').waitFor()
  await setVisibility(page, 'hidden')
  await page.clock.fastForward(59_000)
  await setVisibility(page, 'visible')
  await page.locator('section > .quiet').click()
  await page.getByRole('heading', { name: 'Einstellungen' }).waitFor()
  await setVisibility(page, 'hidden')
  await page.clock.fastForward(61_000)
  await setVisibility(page, 'visible')
  await page.locator('.sign.lock').waitFor()
  await page.locator('.result .primary').click()
  // It goes on where it was.
  await page.getByRole('heading', { name: 'Einstellungen' }).waitFor()
  assert.deepEqual(mistakes, [])
})

test('a button installs the app if the browser offers it, and written steps follow if the user declines', async (t) => {
  const { page, url, open, mistakes } = await setScreenStage(t, browser, look)
  await open(url)
  await page.locator('.empty').waitFor()
  const isHeldBack = await page.evaluate(() => {
    const offer = new Event('beforeinstallprompt', { cancelable: true })
    const prompt = async () => {
      document.body.setAttribute('data-asked', '')
      return { outcome: 'dismissed' }
    }
    dispatchEvent(Object.assign(offer, { prompt }))
    return offer.defaultPrevented
  })
  assert.equal(isHeldBack, true)
  await page.locator('section > .quiet').click()
  await page.getByRole('button', { name: 'Hinzufügen' }).waitFor()
  assert.equal(await page.locator('.steps').count(), 0)
  await showsNothingWrong(page)
  await page.getByRole('button', { name: 'Hinzufügen' }).click()
  await page.locator('[data-asked] .steps').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Hinzufügen' }).count(), 0)
  assert.deepEqual(mistakes, [])
})

test('an app whose tab was frozen shows a request that arrived in the meantime', async (t) => {
  const stage = await setScreenStage(t, browser, look)
  const { page, context, url, state, open, mistakes } = stage
  await open(url)
  await page.locator('.empty').waitFor()
  await storeAccounts(page, [{ id: 'plain', state: 'active' }], stage)
  await open(url)
  await page.getByText('Es wartet keine Anmeldung.').waitFor()
  const devtools = await context.newCDPSession(page)
  await devtools.send('Page.setWebLifecycleState', { state: 'frozen' })
  state.waiting = { plain: [createRequest('r1')] }
  await devtools.send('Page.setWebLifecycleState', { state: 'active' })
  await page.locator('.call').waitFor()
  assert.deepEqual(mistakes, [])
})
