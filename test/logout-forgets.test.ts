// What Chromium forgets at a logout, and what it keeps: the keys of the phone's app are stored at the same origin.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listIconNames, saveIcon } from '../src/identity/apps/app-icons.ts'
import { launchChromium } from './support/browser.ts'
import { person, signIn } from './support/guide.ts'
import { erika, startInProcess } from './support/in-process.ts'

const icon = '<svg xmlns="http://www.w3.org/2000/svg"/>'

test('a logout clears the cache of the browser and does not change the stored data of the phone’s app', async (t) => {
  const config = { default_policy: { second_factor: 'none' } }
  const { publicUrl, db } = await startInProcess(t, config, undefined, 'localhost')
  await saveIcon(db, 'wiki', { mediaType: 'image/svg+xml', bytes: Buffer.from(icon) })
  const [name] = (await listIconNames(db)).values()
  const iconUrl = `${publicUrl}/app-icons/${name}`
  const browser = await launchChromium()
  t.after(() => browser.close())
  const { page, errors } = await person(t, browser)

  /** How many bytes of the picture come over the network; of one in the cache: none. */
  const load = () =>
    page.evaluate(async (url) => {
      performance.clearResourceTimings()
      await (await fetch(url)).text()
      const [entry] = performance.getEntriesByName(url) as PerformanceResourceTiming[]
      return entry?.transferSize
    }, iconUrl)
  const listStored = () =>
    page.evaluate(async () => ({
      databases: (await indexedDB.databases()).map((one) => one.name),
      caches: await caches.keys(),
      workers: (await navigator.serviceWorker.getRegistrations()).map((one) => one.scope),
      items: localStorage.getItem('item'),
    }))

  await page.goto(`${publicUrl}/authenticator`)
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready
    localStorage.setItem('item', 'kept')
    await caches.open('kept')
    const opened = indexedDB.open('kept')
    await new Promise((done) => opened.addEventListener('success', done))
    opened.result.close()
  })
  await page.goto(`${publicUrl}/account`)
  await signIn(page, erika)
  await page.waitForURL(`${publicUrl}/account`)
  const stored = await listStored()
  assert.ok(stored.databases.includes('kept') && stored.caches.includes('kept'))
  assert.deepEqual(stored.workers, [`${publicUrl}/authenticator`])
  await load()
  assert.equal(await load(), 0, 'it is in the cache')

  await page.getByRole('link', { name: 'Abmelden' }).click()
  await page.locator('main form button').first().click()
  await page.getByRole('heading', { name: 'Sie sind abgemeldet' }).waitFor()
  assert.notEqual(await load(), 0, 'it is no longer in the cache')
  assert.deepEqual(await listStored(), stored)
  assert.deepEqual(errors, [])
  await page.goBack()
  assert.doesNotMatch((await page.locator('main').textContent()) ?? '', /erika/i)
})

test('account pages in other tabs go to the login after a logout', async (t) => {
  const config = { default_policy: { second_factor: 'none' } }
  const { publicUrl } = await startInProcess(t, config)
  const browser = await launchChromium()
  t.after(() => browser.close())
  const { page, errors } = await person(t, browser)
  await page.goto(`${publicUrl}/account`)
  await signIn(page, erika)
  await page.waitForURL(`${publicUrl}/account`)
  const other = await page.context().newPage()
  await other.goto(`${publicUrl}/account/sessions#main`)
  await other.getByRole('heading', { name: 'Anmeldungen' }).waitFor()
  await page.getByRole('link', { name: 'Abmelden' }).click()
  await page.locator('main form button').first().click()
  await other.waitForURL(/\/login\?continue=/)
  assert.deepEqual(errors, [])
})
