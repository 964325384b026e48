// New versions of the phone's app: two of them, served one after the other, to a real browser.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { type AppFiles, loadAppFiles } from '../src/faces/authenticator/app-files.ts'
import { createHeaders, createPolicy } from '../src/faces/authenticator/routes.ts'
import { defaultBrand } from '../src/platform/ui/brand.ts'
import { startAppServer } from './support/app-server.ts'
import { launchChromium } from './support/browser.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const [first, second] = await Promise.all([
  loadAppFiles(defaultBrand),
  loadAppFiles({ ...defaultBrand, colour: '#7a1f5c' }),
])

/** The folder that names the version. */
const findVersion = (text: string): string => /\/app\/([\w-]{16})\//.exec(text)?.[1] ?? ''
const versionOf = (files: AppFiles) => findVersion(String(files.find('/authenticator')?.body))

/** A server that has one version at a time, as after a restart. */
async function startServer(t: Scope) {
  const state = { files: first, isBroken: (_: string): boolean => false }
  const server = createServer(({ url = '' }, response) => {
    const file = state.isBroken(url) ? undefined : state.files.find(url)
    if (file === undefined) return response.writeHead(404).end()
    response.writeHead(200, createHeaders(file, createPolicy([])))
    return response.end(file.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { state, url: `http://127.0.0.1:${port}/authenticator` }
}

async function openApp(t: Scope, url: string) {
  const context = await browser.newContext({ locale: 'de-DE' })
  t.after(() => context.close())
  const page = await context.newPage()
  const mistakes: string[] = []
  page.on('pageerror', (error) => void mistakes.push(String(error)))
  await page.goto(url)
  await page.locator('.empty').waitFor()
  await page.evaluate(async () => void (await navigator.serviceWorker.ready))
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  return { page, mistakes }
}

/** The versions of the files that the page has. */
async function listVersions(page: Page): Promise<string[]> {
  const names = await page.evaluate(() =>
    performance.getEntriesByType('resource').map(({ name }) => name),
  )
  return [...new Set(names.map(findVersion).filter((version) => version !== ''))]
}

const shownVersion = async (page: Page): Promise<string> =>
  findVersion((await page.locator('script').first().getAttribute('src')) ?? '')

const waitForVersion = (page: Page, version: string) =>
  page.locator(`script[src*="/${version}/"]`).waitFor({ state: 'attached' })

test('the app switches to a new version when it is opened again, and keeps no file of the old one', async (t) => {
  const { state, url } = await startServer(t)
  const { page, mistakes } = await openApp(t, url)
  state.files = second
  await page.reload()
  await waitForVersion(page, versionOf(second))
  await page.locator('.empty').waitFor()
  assert.deepEqual(await listVersions(page), [versionOf(second)])
  await page.context().setOffline(true)
  await page.reload()
  await page.locator('.empty').waitFor()
  assert.equal(await shownVersion(page), versionOf(second))
  const names = await page.evaluate(() => caches.keys())
  assert.equal(names.length, 1)
  assert.deepEqual(mistakes, [])
})

test('a new version that cannot be loaded completely is not used', async (t) => {
  const { state, url } = await startServer(t)
  const { page, mistakes } = await openApp(t, url)
  state.files = second
  state.isBroken = (path) => path.endsWith('/scan.js')
  await page.reload()
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready
    await registration.update().catch(() => undefined)
  })
  await page.getByRole('button', { name: 'Code scannen' }).click()
  await page.locator('video, .status.error').first().waitFor({ state: 'attached' })
  assert.equal(await shownVersion(page), versionOf(first))
  state.isBroken = () => false
  await page.reload()
  await waitForVersion(page, versionOf(second))
  assert.deepEqual(mistakes, [])
})

test('a worker of another version than the page files is not installed', async (t) => {
  const { state, url } = await startServer(t)
  const { page } = await openApp(t, url)
  const worker = second.find('/authenticator/worker.js')
  state.files = {
    find: (path) => (path === '/authenticator/worker.js' ? worker : first.find(path)),
  }
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready
    await registration.update().catch(() => undefined)
  })
  await page.reload()
  await page.locator('.empty').waitFor()
  assert.equal(await shownVersion(page), versionOf(first))
})

test('a new version does not replace a screen in use until the user leaves it', async (t) => {
  const { state, url } = await startServer(t)
  const { page, mistakes } = await openApp(t, url)
  await page.getByRole('button', { name: 'Code scannen' }).click()
  await page.locator('summary').click()
  await page.locator('#link').fill('halb')
  state.files = second
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready
    const updated = await registration.update()
    const { installing } = updated
    if (installing === null) return
    await new Promise((resolve) => {
      installing.addEventListener('statechange', resolve)
    })
  })
  assert.equal(await page.locator('#link').inputValue(), 'halb')
  assert.equal(await shownVersion(page), versionOf(first))
  await page.locator('section > button.quiet').last().click()
  await waitForVersion(page, versionOf(second))
  assert.deepEqual(mistakes, [])
})

test('a first visit downloads only the scripts of its screen until that screen is shown', async (t) => {
  const app = await startAppServer(t)
  const context = await browser.newContext({ locale: 'de-DE' })
  t.after(() => context.close())
  const page = await context.newPage()
  const asked: string[] = []
  context.on('request', (request) => void asked.push(new URL(request.url()).pathname))
  const offer = Promise.withResolvers<void>()
  await page.route('**/authenticator/v1/offer', async (route) => {
    await offer.promise
    await route.continue()
  })
  await page.goto(app.link())
  await page.waitForRequest('**/authenticator/v1/offer')
  // Long enough for all that waits for nothing.
  await page.waitForTimeout(1000)
  const names = asked.map((path) => path.replace(/.*\//, '')).filter((name) => name.endsWith('.js'))
  assert.deepEqual(names.sort(), ['english.js', 'german.js', 'link.js', 'main.js'])
  offer.resolve()
  await page.locator('#name').waitFor()
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
})
