// Where the focus of the phone's app is after a change of the screen, what an iPad shows, and what stays visible with the
// colours of the system.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { encodeBase64Url } from '#authenticator'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { checkScreen } from './support/app-screens.ts'
import { createRequest, startAppServer, storeAccounts } from './support/app-server.ts'
import { phoneScreen } from './support/app-stage.ts'
import { launchChromium } from './support/browser.ts'
import { showsNothingWrong } from './support/faults.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

async function setStage(t: Scope, more: BrowserContextOptions = {}) {
  const server = await startAppServer(t)
  const context = await browser.newContext({
    ...{ ...phoneScreen, locale: 'de-DE', serviceWorkers: 'block' },
    ...more,
  })
  t.after(() => context.close())
  const page = await context.newPage()
  const open = async (address = server.url) => {
    await page.goto('about:blank')
    await page.goto(address)
  }
  await page.goto(server.url)
  await page.locator('.empty').waitFor()
  return { ...server, context, page, open }
}

/** The element with the focus: its kind and its text. */
const readFocus = (page: Page) =>
  page.evaluate(() => {
    const { localName, textContent } = document.activeElement ?? document.body
    return `${localName} ${textContent}`.trim()
  })

test('each new screen has the focus on its heading, also if it replaces only its own content', async (t) => {
  const stage = await setStage(t)
  const { page, state, link, open } = stage
  state.more = {
    offer: { from: 'Altes Telefon', vapid: encodeBase64Url(new Uint8Array(65)) },
    new: { code: '480263' },
  }
  await open(link())
  await page.locator('#name').waitFor()
  assert.equal(await readFocus(page), `h1 ${await page.locator('h1').textContent()}`)
  await page.getByRole('button', { name: 'Konto hinzufügen' }).click()
  await page.locator('.shown.digits').waitFor()
  assert.equal(await readFocus(page), `h1 ${await page.locator('h1').textContent()}`)
  state.more = { new: { state: 'active' } }
  await page.locator('.sign.done').waitFor()
  assert.equal(await readFocus(page), 'h1 Ihr Telefon ist verbunden')
  await page.locator('.result button').click()
  await page.locator('.result').waitFor({ state: 'detached' })
  assert.equal(await readFocus(page), `h1 ${await page.locator('h1').textContent()}`)
})

test('the screen that asks for notifications gives the focus to the screen that follows', async (t) => {
  const { page, state, link, open } = await setStage(t, { permissions: ['notifications'] })
  state.more = { offer: { vapid: encodeBase64Url(new Uint8Array(65)) } }
  await open(link())
  await page.locator('#name').waitFor()
  await page.getByRole('button', { name: 'Konto hinzufügen' }).click()
  await page.locator('#name').waitFor({ state: 'detached' })
  const later = page.getByRole('button', { name: 'Später' })
  if (await later.isVisible()) await later.click()
  await page.getByText('Wird geprüft').waitFor()
  assert.equal(await readFocus(page), 'h1 Einlass Authenticator')
})

test('a button that was pressed keeps the focus if its work fails', async (t) => {
  const stage = await setStage(t)
  const { page, state, link, open } = stage
  await storeAccounts(page, [{ id: 'plain', state: 'active' }], stage)
  state.waiting = { plain: [createRequest('r1')] }
  await open()
  await page.locator('.call').click()
  await page.route('**/authenticator/v1/answer', (route) => route.fulfill({ status: 429 }))
  const deny = page.getByRole('button', { name: 'Ablehnen' })
  await deny.click()
  await page.locator('.status.error').waitFor()
  assert.equal(await readFocus(page), 'button Ablehnen')
  await page.route('**/authenticator/v1/enrol', (route) => route.fulfill({ status: 429 }))
  await open(link())
  await page.locator('#name').waitFor()
  await page.getByRole('button', { name: 'Konto hinzufügen' }).click()
  await page.locator('.status.error').waitFor()
  assert.equal(await readFocus(page), 'button Konto hinzufügen')
})

test('a change of the list leaves the focus where it is, and on the heading if its place is gone', async (t) => {
  const stage = await setStage(t)
  const { page, state, open } = stage
  await storeAccounts(page, [{ id: 'plain', state: 'active' }], stage)
  await open()
  await page.getByText('Es wartet keine Anmeldung.').waitFor()
  await page.locator('.accounts .card').focus()
  state.waiting = { plain: [createRequest('r1'), createRequest('r2')] }
  await page.locator('.call').nth(1).waitFor()
  assert.match(await readFocus(page), /^button Beispiel Versicherung/)
  await page.locator('.call').first().focus()
  state.waiting = { plain: [createRequest('r1')] }
  await page.locator('.call').nth(1).waitFor({ state: 'detached' })
  assert.match(await readFocus(page), /^button Anmeldung bei Webmail/)
  state.waiting = {}
  await page.locator('.call').waitFor({ state: 'detached' })
  assert.equal(await readFocus(page), 'h1 Einlass Authenticator')
})

test('an iPad that says that it is a Mac shows the steps to the home screen', async (t) => {
  const userAgent =
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15'
  const { page, link, open } = await setStage(t, { userAgent })
  await page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, 'maxTouchPoints', { get: () => 5 })
  })
  await open(link())
  await page.locator('.steps').waitFor()
  await page.getByText('Tippen Sie oben auf „Teilen“').waitFor()
  await checkScreen(page, 'install-pad')
  await page.getByRole('button', { name: 'Ohne Home-Bildschirm weiter' }).click()
  await page.locator('#name').waitFor()
  assert.equal(await page.inputValue('#name'), 'iPad')
  assert.match(await readFocus(page), /^h1 /)
})

/** The colours of drawings and disabled buttons, and those of the system. */
const readColours = (page: Page) =>
  page.evaluate(() => {
    const probe = document.body.appendChild(document.createElement('span'))
    probe.style.forcedColorAdjust = 'none'
    const system = (name: string) => {
      probe.style.color = name
      return getComputedStyle(probe).color
    }
    const read = (selector: string, property: 'stroke' | 'color') => {
      const found = document.querySelector(selector)
      return found === null ? 'absent' : getComputedStyle(found)[property]
    }
    const [text, highlight, gray] = ['CanvasText', 'Highlight', 'GrayText'].map(system)
    probe.remove()
    return {
      text,
      highlight,
      gray,
      read: {
        ring: read('.ring .rest', 'stroke'),
        ground: read('.ring .ground', 'stroke'),
        sign: read('.sign .icon', 'stroke'),
        step: read('.step-picture', 'stroke'),
        place: read('.step-picture .place', 'stroke'),
      },
    }
  })

for (const colorScheme of ['light', 'dark'] as const) {
  test(`with the colours of the system the drawings, numbers and buttons stay visible (${colorScheme})`, async (t) => {
    const stage = await setStage(t, { forcedColors: 'active', colorScheme })
    const { page, state, open } = stage
    await storeAccounts(page, [{ id: 'plain', state: 'active' }], stage)
    await open()
    await page.locator('.codes > button').click()
    await page.locator('.code').waitFor()
    const home = await readColours(page)
    assert.deepEqual([home.read.ring, home.read.ground], [home.highlight, home.gray])
    await page.getByRole('button', { name: 'Einstellungen' }).click()
    await page.locator('.steps').waitFor()
    const settings = await readColours(page)
    assert.deepEqual([settings.read.step, settings.read.place], [settings.text, settings.highlight])
    state.waiting = { plain: [createRequest('r1')] }
    state.outcome = 'approved'
    await open()
    await page.locator('.call').click()
    await page.fill('#code', '123456')
    await page.route('**/authenticator/v1/answer', () => undefined)
    const button = page.locator('button[type=submit]')
    const border = () => button.evaluate((one) => getComputedStyle(one).borderTopWidth)
    assert.equal(await border(), '3px')
    await button.click()
    const disabled = page.locator('button[type=submit]:disabled')
    await disabled.waitFor()
    const look = await disabled.evaluate((one) => {
      const { opacity, color } = getComputedStyle(one)
      return { opacity, color }
    })
    assert.deepEqual(look, { opacity: '1', color: settings.gray })
    await page.unroute('**/authenticator/v1/answer')
    await open()
    await page.locator('.call').click()
    await page.fill('#code', '123456')
    await button.click()
    await page.locator('.sign.done').waitFor()
    const done = await readColours(page)
    assert.equal(done.read.sign, done.text)
    await showsNothingWrong(page)
  })
}
