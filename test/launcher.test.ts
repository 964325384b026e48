// The start page in a real browser: search while typing, the order by keyboard and by pointer, and both without scripts.
import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { protocols } from '../src/faces/protocols/index.ts'
import { saveIcon } from '../src/identity/apps/app-icons.ts'
import { createApps } from '../src/identity/apps/apps.ts'
import { launchChromium } from './support/browser.ts'
import { showsNothingWrong } from './support/faults.ts'
import { max, person, setStage, signIn } from './support/guide.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const names = ['Ärzteverzeichnis', 'GitLab', 'Grafana', 'Jenkins', 'Lernwelt', 'Nextcloud', 'Wiki']
const all = [
  'Ärzteverzeichnis',
  'GitLab',
  'Grafana',
  'Jenkins',
  'Lernwelt',
  'Nextcloud',
  'Portal',
  'Webmail',
  'Wiki',
]
const icon = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="4"/></svg>'

/** Max on the start page, with the two apps of the demo and seven more. */
async function openStartPage(t: TestContext, options: BrowserContextOptions = {}) {
  const stage = await setStage(t)
  const { platform } = stage.demo.parts
  const { db } = platform.database
  const apps = createApps({ ...platform, protocols })
  for (const name of names) {
    const url = `${stage.webmail}/?${encodeURIComponent(name)}`
    const settings = { redirectUris: [url], startUrl: url }
    const { app } = await apps.create(db, { name, settings, policy: { secondFactor: 'none' } })
    if (name === 'Wiki') {
      await saveIcon(db, app.id, { mediaType: 'image/svg+xml', bytes: Buffer.from(icon) })
    }
  }
  const { page, errors } = await person(t, browser, options)
  await page.goto(`${stage.demo.publicUrl}/login`)
  await signIn(page, max)
  await page.locator('button[value=skip]').click()
  await page.waitForURL(`${stage.demo.publicUrl}/`)
  return { page, errors, publicUrl: stage.demo.publicUrl }
}

const listShown = (page: Page) =>
  page.locator('[data-tiles] li:visible .pick-title, [data-rows] .pick-title').allInnerTexts()

test('typing on the page filters the apps, Escape shows all, and Enter opens the only match', async (t) => {
  const { page, errors } = await openStartPage(t)
  assert.deepEqual(await listShown(page), all)
  await showsNothingWrong(page)
  await page.keyboard.type('G')
  assert.deepEqual(await listShown(page), ['GitLab', 'Grafana'])
  assert.equal(await page.locator('[data-said]').textContent(), '2 Anwendungen')
  await page.keyboard.press('Escape')
  assert.deepEqual(await listShown(page), all)
  await page.keyboard.type('arzte')
  assert.deepEqual(await listShown(page), ['Ärzteverzeichnis'])
  await page.keyboard.type('x')
  assert.deepEqual(await listShown(page), [])
  assert.match((await page.locator('[data-none]').textContent()) ?? '', /Keine Ihrer Anwendungen/)
  await showsNothingWrong(page)
  await page.keyboard.press('Backspace')
  await page.keyboard.press('Enter')
  await page.waitForURL(/%C3%84rzteverzeichnis/)
  assert.deepEqual(errors, [])
})

test('the page shows the picture of an app, and the picture runs no script when it is opened directly', async (t) => {
  const { page, publicUrl } = await openStartPage(t)
  const picture = page.locator('li:has-text("Wiki") img')
  assert.equal(await picture.evaluate((one: HTMLImageElement) => one.naturalWidth > 0), true)
  const reply = await page.request.get(`${publicUrl}${await picture.getAttribute('src')}`)
  assert.equal(reply.headers()['content-type'], 'image/svg+xml')
  assert.match(reply.headers()['content-security-policy'] ?? '', /default-src 'none'/)
  assert.match(reply.headers()['cache-control'] ?? '', /immutable/)
  const absent = await page.request.get(`${publicUrl}/app-icons/${'a'.repeat(22)}.svg`)
  assert.equal(absent.status(), 404)
})

test('a user drags an app to another place, and it stays there', async (t) => {
  const { page, errors, publicUrl } = await openStartPage(t)
  await page.getByRole('link', { name: 'Reihenfolge ändern' }).click()
  await showsNothingWrong(page)
  const handles = page.locator('[data-handle]')
  const [from, to] = [await handles.nth(3).boundingBox(), await handles.nth(0).boundingBox()]
  assert.ok(from && to)
  await page.mouse.move(from.x + 8, from.y + 8)
  await page.mouse.down()
  for (const step of [0.25, 0.5, 0.75, 1]) {
    await page.mouse.move(from.x + 8, from.y + (to.y - from.y - 4) * step)
  }
  await page.mouse.up()
  // It is there when the page has come back with another order.
  await page.getByRole('button', { name: 'Nach Namen ordnen' }).waitFor()
  await page.goto(`${publicUrl}/`)
  assert.deepEqual(await listShown(page), ['Jenkins', ...all.filter((name) => name !== 'Jenkins')])
  assert.deepEqual(errors, [])
})

for (const javaScriptEnabled of [true, false]) {
  const look = javaScriptEnabled ? 'with scripts' : 'at 320 px without scripts'
  test(`a user moves an app down and up by keyboard, and the focus stays with it (${look})`, async (t) => {
    const viewport = { width: javaScriptEnabled ? 1366 : 320, height: 625 }
    const { page } = await openStartPage(t, { javaScriptEnabled, viewport })
    await page.getByRole('link', { name: 'Reihenfolge ändern' }).click()
    await showsNothingWrong(page, { hasScripts: javaScriptEnabled })
    await page.getByRole('button', { name: 'GitLab nach unten' }).focus()
    for (const place of [3, 4]) {
      await page.keyboard.press('Enter')
      const said = `GitLab steht jetzt an Stelle ${place} von 9.`
      await page.getByText(said).waitFor({ state: 'attached' })
    }
    assert.deepEqual((await listShown(page)).slice(0, 4), [all[0], all[2], all[3], all[1]])
    await page.getByRole('button', { name: 'GitLab nach oben' }).focus()
    for (const place of [3, 2]) {
      await page.keyboard.press('Enter')
      const said = `GitLab steht jetzt an Stelle ${place} von 9.`
      await page.getByText(said).waitFor({ state: 'attached' })
    }
    assert.deepEqual(await listShown(page), all)
    await page.getByRole('button', { name: 'GitLab nach unten' }).click()
    await page.getByText('GitLab steht jetzt an Stelle 3 von 9.').waitFor({ state: 'attached' })
    await page.getByRole('button', { name: 'Nach Namen ordnen' }).click()
    await page.getByRole('heading', { name: 'Reihenfolge ändern' }).waitFor()
    assert.deepEqual(await listShown(page), all)
  })
}

test('without scripts the search is a form, and a link shows all apps again', async (t) => {
  const options = { javaScriptEnabled: false, viewport: { width: 390, height: 844 } }
  const { page } = await openStartPage(t, options)
  await page.getByRole('searchbox').fill('GRAF')
  await page.getByRole('button', { name: 'Suchen' }).click()
  assert.deepEqual(await listShown(page), ['Grafana'])
  await showsNothingWrong(page, { hasScripts: false })
  await page.getByRole('link', { name: 'Alle zeigen' }).click()
  assert.deepEqual(await listShown(page), all)
})
