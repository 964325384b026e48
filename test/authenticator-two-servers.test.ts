// A phone with accounts of two servers, of which a browser lets one wake it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { startAppServer, storeAccounts } from './support/app-server.ts'
import { phoneScreen } from './support/app-stage.ts'
import { launchWholeChromium } from './support/browser.ts'
import { showsNothingWrong } from './support/faults.ts'
import { person } from './support/guide.ts'

let browser: Browser
before(async () => {
  browser = await launchWholeChromium()
})
after(() => browser.close())

/** As a browser does: one subscription for the app, with the key of one server. It stays when the page goes. */
function pretendToSubscribe(): void {
  const name = 'subscribed with'
  const make = (key: string): PushSubscription => {
    const applicationServerKey = Uint8Array.from(atob(key), (one) => one.charCodeAt(0)).buffer
    const keys = { p256dh: `B${'A'.repeat(86)}`, auth: 'A'.repeat(22) }
    return {
      toJSON: () => ({ endpoint: `https://push.example/${encodeURIComponent(key)}`, keys }),
      options: { applicationServerKey, userVisibleOnly: true },
      async unsubscribe() {
        localStorage.removeItem(name)
        return true
      },
    } as unknown as PushSubscription
  }
  const read = () => {
    const key = localStorage.getItem(name)
    return key === null ? null : make(key)
  }
  PushManager.prototype.getSubscription = async () => read()
  PushManager.prototype.subscribe = async (options = {}) => {
    if (read() !== null) throw new DOMException('another key', 'InvalidStateError')
    const key = btoa(String.fromCharCode(...(options.applicationServerKey as Uint8Array)))
    localStorage.setItem(name, key)
    return make(key)
  }
}

const vapidKey = (byte: number): string => Buffer.alloc(65, byte).toString('base64url')

test('the app shows which of two servers can wake it, and notifies the server that no longer can', async (t) => {
  const server = await startAppServer(t)
  const { state, url } = server
  const permissions = ['notifications']
  const { page } = await person(t, browser, { ...phoneScreen, locale: 'de-DE', permissions })
  await page.addInitScript(pretendToSubscribe)
  await page.goto(url)
  await page.locator('.empty').waitFor()
  const accounts = [
    { id: 'plain', state: 'active', vapid: vapidKey(4) },
    { id: 'long', state: 'active', vapid: vapidKey(5) },
  ]
  await storeAccounts(page, accounts, server)
  const open = async (at: number) => {
    await page.goto(url)
    await page.locator('.accounts .card').nth(at).click()
    await page.locator('h1').waitFor()
  }
  /** What was said to servers since the last look. */
  const takeChanges = () =>
    state.changes.splice(0).map(({ sub, subscription }) => {
      const at = subscription as { readonly endpoint?: string } | string
      return `${sub} ${typeof at === 'string' ? at : 'is woken'}`
    })

  await open(0)
  await page.getByRole('button', { name: 'Mitteilungen erlauben' }).click()
  await page.getByText('Mitteilungen sind an').waitFor()
  assert.deepEqual(takeChanges(), ['plain is woken'])

  await open(1)
  await page.getByText('zurzeit „Beispiel Versicherung“').waitFor()
  await showsNothingWrong(page)
  assert.deepEqual(takeChanges(), [])
  await page.getByRole('button', { name: 'Stattdessen von diesem Dienst' }).click()
  await page.getByText('Mitteilungen sind an').waitFor()
  assert.deepEqual(takeChanges().sort(), ['long is woken', 'plain none'])

  await open(0)
  await page.getByText('zurzeit „Donaudampf').waitFor()
  await showsNothingWrong(page)
  await page.getByRole('button', { name: 'Stattdessen von diesem Dienst' }).click()
  await page.getByText('Mitteilungen sind an').waitFor()
  assert.deepEqual(takeChanges().sort(), ['long none', 'plain is woken'])
})
