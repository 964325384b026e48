// What the phone's app does when the browser closes its storage, or has no room left for another account.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { createRequest, startAppServer, storeAccounts } from './support/app-server.ts'
import { phoneScreen } from './support/app-stage.ts'
import { addAuthenticator } from './support/authenticator.ts'
import { launchChromium } from './support/browser.ts'
import { showsNothingWrong } from './support/faults.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const languages = ['de-DE', 'en-GB'] as const
const name = 'einlass-authenticator'

/** Collects the connections that the app opens. */
function collectConnections(): void {
  const connections: IDBDatabase[] = []
  const { open } = IDBFactory.prototype
  IDBFactory.prototype.open = function openAndCollect(...asked) {
    const opening = open.apply(this, asked)
    opening.addEventListener('success', () => void connections.push(opening.result))
    return opening
  }
  Object.assign(window, { connections })
}

async function setStage(t: Scope, locale: string) {
  const server = await startAppServer(t)
  const context = await browser.newContext({ ...phoneScreen, locale, serviceWorkers: 'block' })
  t.after(() => context.close())
  const page = await context.newPage()
  await page.addInitScript(collectConnections)
  const mistakes: string[] = []
  page.on('pageerror', (error) => void mistakes.push(String(error)))
  await page.goto(server.url)
  await page.locator('.empty').waitFor()
  return { ...server, context, page, mistakes }
}

/** Closes each connection, as the browser does. @returns how many connections there were */
const closeConnections = (page: Page) =>
  page.evaluate(() => {
    const connections = Reflect.get(window, 'connections') as IDBDatabase[]
    for (const one of connections) one.close()
    return connections.length
  })

test('the app opens its storage again after the browser has closed it', async (t) => {
  const stage = await setStage(t, 'de-DE')
  const { page, state, mistakes } = stage
  await storeAccounts(page, [{ id: 'plain', state: 'active' }], stage)
  await page.reload()
  await page.getByText('Es wartet keine Anmeldung.').waitFor()
  await closeConnections(page)
  state.waiting = { plain: [createRequest('r1')] }
  state.outcome = 'approved'
  await page.locator('.call').click()
  await page.fill('#code', '123456')
  const connections = await closeConnections(page)
  await page.locator('button[type=submit]').click()
  await page.locator('.sign.done').waitFor()
  // Calls at the same time share one connection.
  assert.ok(connections <= 3, `${connections}`)
  assert.deepEqual(mistakes, [])
})

for (const [at, locale] of languages.entries()) {
  test(`if its storage cannot be opened again, the app says what the user can do (${locale})`, async (t) => {
    const stage = await setStage(t, locale)
    const { page } = stage
    await storeAccounts(page, [{ id: 'plain', state: 'active' }], stage)
    await page.reload()
    await page.locator('.accounts').waitFor()
    // As a newer version of the app does in another tab.
    await page.evaluate(
      (database) =>
        new Promise<void>((resolve) => {
          const opening = indexedDB.open(database, 2)
          opening.onsuccess = () => {
            opening.result.close()
            resolve()
          }
        }),
      name,
    )
    const message = page
      .getByRole('alert')
      .getByText([/schließen Sie alle Fenster der App/, /close all windows of the app/][at] ?? '')
    await message.waitFor()
    assert.equal(await page.evaluate(() => document.activeElement?.localName), 'h1')
    await showsNothingWrong(page)
    await page.getByRole('button', { name: ['Neu laden', 'Reload'][at] ?? '' }).click()
    await message.waitFor()
    await page.evaluate((database) => void indexedDB.deleteDatabase(database), name)
    await page.getByRole('button', { name: ['Neu laden', 'Reload'][at] ?? '' }).click()
    await page.locator('.empty').waitFor()
  })

  test(`on a phone with a full disk the setup fails before the server learns of it, and works later (${locale})`, async (t) => {
    const { page, context, origin, url, link, mistakes } = await setStage(t, locale)
    const devtools = await context.newCDPSession(page)
    const enrolments: string[] = []
    page.on('request', (request) => {
      if (request.url().endsWith('/enrol')) enrolments.push(request.url())
    })
    await page.goto('about:blank')
    await page.goto(link())
    await page.locator('#name').waitFor()
    await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1_000 })
    await page.locator('button[type=submit]').click()
    await page
      .locator('.status.error')
      .getByText(
        [/Der Speicher dieses Telefons ist voll/, /storage of this phone is full/][at] ?? '',
      )
      .waitFor()
    await showsNothingWrong(page)
    assert.deepEqual(enrolments, [])
    await devtools.send('Storage.overrideQuotaForOrigin', { origin })
    await page.locator('button[type=submit]').click()
    await page.locator('#name').waitFor({ state: 'detached' })
    assert.equal(enrolments.length, 1)
    await page.goto('about:blank')
    await page.goto(url)
    await page.locator('.accounts').waitFor()
    assert.equal(await page.locator('.accounts .card').count(), 1)
    assert.deepEqual(mistakes, [])
  })
}

/** The next write fails. A change of an account is smaller than what Chromium refuses. */
const refuseOnce = (page: Page) =>
  page.evaluate(() => {
    const { put } = IDBObjectStore.prototype
    const refuse = () => {
      IDBObjectStore.prototype.put = put
      throw new DOMException('no room', 'QuotaExceededError')
    }
    IDBObjectStore.prototype.put = refuse
  })

const isFullText = 'Der Speicher dieses Telefons ist voll'

test('a new name of an account that a full disk refuses is not lost, and the app says why', async (t) => {
  const stage = await setStage(t, 'de-DE')
  const { page, mistakes } = stage
  await storeAccounts(page, [{ id: 'plain', state: 'active' }], stage)
  await page.reload()
  await page.locator('.accounts .card').first().click()
  await page.getByText('Namen ändern').click()
  await page.fill('#own-name', 'Büro')
  await refuseOnce(page)
  await page.locator('form button[type=submit]').click()
  await page.locator('.status.error').getByText(isFullText).waitFor()
  assert.equal(await page.inputValue('#own-name'), 'Büro')
  await showsNothingWrong(page)
  await page.locator('form button[type=submit]').click()
  await page.getByRole('heading', { name: 'Büro' }).waitFor()
  assert.deepEqual(mistakes, [])
})

test('a lock of the app that a full disk refuses stays off, and the app says why', async (t) => {
  const { page, mistakes } = await setStage(t, 'de-DE')
  await addAuthenticator(page)
  await page.locator('section > .quiet').click()
  const turnOn = page.getByRole('button', { name: 'Sperre einschalten' })
  await turnOn.waitFor()
  await refuseOnce(page)
  await turnOn.click()
  await page.locator('.status.error').getByText(isFullText).waitFor()
  await showsNothingWrong(page)
  await turnOn.click()
  await page.getByRole('button', { name: 'Sperre ausschalten' }).waitFor()
  assert.deepEqual(mistakes, [])
})

test('an answer from a phone with a full disk is not sent, and the user can answer again', async (t) => {
  const stage = await setStage(t, 'de-DE')
  const { page, state, mistakes } = stage
  await storeAccounts(page, [{ id: 'plain', state: 'active' }], stage)
  state.waiting = { plain: [createRequest('r1')] }
  state.outcome = 'approved'
  await page.reload()
  await page.locator('.call').click()
  await page.fill('#code', '123456')
  await refuseOnce(page)
  await page.locator('button[type=submit]').click()
  await page.locator('.status.error').getByText('Der Speicher dieses Telefons ist voll').waitFor()
  await page.locator('button[type=submit]').click()
  await page.locator('.sign.done').waitFor()
  assert.deepEqual(mistakes, [])
})
