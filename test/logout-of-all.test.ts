/** One logout of seven apps of four protocols, in Chromium, with each app in turn dead, slow, broken or redirecting. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { seconds } from '../src/platform/kernel/clock.ts'
import { launchChromium } from './support/browser.ts'
import { openFirefox } from './support/firefox.ts'
import {
  type Estate,
  type EstateApp,
  estateApps,
  type Fault,
  nameOf,
  startEstate,
} from './support/logout-estate.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

/** A browser with a session in all apps, each of which has a cookie there. */
async function enterAll(estate: Estate, options: BrowserContextOptions = {}) {
  const { cookies, proxied } = await estate.enterAll()
  const context = await browser.newContext({ locale: 'en-US', ...options })
  const of = (url: string) => (one: { name: string; value: string }) => ({ ...one, url })
  await context.addCookies(cookies.map(of(estate.publicUrl)))
  await context.addCookies(
    estateApps.map((app) => of(estate.at(app))({ name: `in_${app}`, value: '1' })),
  )
  const page = await context.newPage()
  return { context, page, proxied }
}

async function logOut(page: Page, { publicUrl }: Estate): Promise<void> {
  await page.goto(`${publicUrl}/logout`)
  await page.getByRole('button', { name: 'Sign out' }).click()
  // Frames of apps that never answer may keep the page from being complete.
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
}

const said = {
  signedOut: 'Signed out',
  asked: 'Asked to sign out. This app gives no answer.',
  again: 'Not reached yet. We keep trying.',
  open: 'Not signed out',
}

const waitFor = (page: Page, app: EstateApp, text: string) =>
  page
    .getByRole('listitem')
    .filter({ hasText: nameOf(app) })
    .getByText(text, { exact: true })
    .waitFor()

const isSaml = (app: EstateApp) => ['notes', 'board', 'files'].includes(app)
const isNotified = (app: EstateApp) => ['mail', 'portal'].includes(app)

function findEnd(app: EstateApp, fault: Fault | undefined): string {
  if (app === 'owa') return said.asked
  if (fault === undefined || app === 'proxied') return said.signedOut
  return isNotified(app) ? said.again : said.open
}

/** Each app heard what it had to, with its own cookie where a browser brought it. */
function checkHeard({ heard }: Estate, spared?: EstateApp): void {
  for (const app of estateApps) {
    const of = heard.filter((one) => one.app === app)
    const paths = of.map(({ path }) => path.replace(/\?.*/, '')).sort()
    if (app === spared) continue
    if (app === 'owa') assert.deepEqual(paths, ['/ecp/', '/owa/'], app)
    else if (app === 'proxied') assert.deepEqual(paths, [], app)
    else assert.deepEqual(paths, [isSaml(app) ? '/slo' : '/logout'], app)
    if (isSaml(app) || app === 'owa')
      for (const one of of) assert.match(one.cookie, new RegExp(`in_${app}=1`), one.path)
  }
}

async function endAll(estate: Estate, page: Page, bad?: readonly [EstateApp, Fault]) {
  const faultOf = (app: EstateApp) => (bad?.[0] === app ? bad[1] : undefined)
  for (const app of estateApps) {
    if (app !== 'owa' && faultOf(app) === undefined) await waitFor(page, app, said.signedOut)
  }
  // The answer of an app that never comes, and the frame that nobody can read.
  estate.clock.pass(seconds(10))
  for (const app of estateApps) await waitFor(page, app, findEnd(app, faultOf(app)))
  assert.equal(page.url(), `${estate.publicUrl}/logout`)
}

test('a logout ends all apps of a session on one page, each with its own cookies', async (t) => {
  const estate = await startEstate(t)
  const { page, context, proxied } = await enterAll(estate)
  assert.equal(await estate.checkProxied(proxied), 200)
  await logOut(page, estate)
  await endAll(estate, page)
  checkHeard(estate)
  assert.equal(await estate.checkProxied(proxied), 401)
  assert.equal(await page.getByText('Not signed out').count(), 0)
  await page.goto(`${estate.publicUrl}/login`)
  assert.equal(await page.getByText('Not signed out').count(), 0)
  assert.deepEqual(estate.errors, [])
  await context.close()
})

const faults: readonly Fault[] = ['dead', 'slow', 'broken', 'elsewhere']

for (const app of estateApps) {
  test(`whatever ${nameOf(app)} does at a logout, all others are logged out and the page stays`, async (t) => {
    const estate = await startEstate(t)
    for (const fault of faults) {
      await estate.fail(app, fault)
      const { page, context } = await enterAll(estate)
      await logOut(page, estate)
      await endAll(estate, page, [app, fault])
      checkHeard(estate, app)
      await page.goto(`${estate.publicUrl}/login`)
      const isOpen = isSaml(app) || isNotified(app)
      const open = page.getByText(`Not signed out: ${nameOf(app)}.`)
      assert.equal(await open.count(), isOpen ? 1 : 0, fault)
      await context.close()
    }
  })
}

test('an app that does not answer in a frame can be logged out in a new window', async (t) => {
  const estate = await startEstate(t)
  await estate.fail('notes', 'declines')
  const { page, context } = await enterAll(estate)
  await logOut(page, estate)
  await waitFor(page, 'notes', said.open)
  await estate.repair()
  const [opened] = await Promise.all([
    context.waitForEvent('page'),
    page.getByRole('link', { name: 'in a new window' }).click(),
  ])
  await opened.waitForURL(`${estate.publicUrl}/logout`)
  await waitFor(opened, 'notes', said.signedOut)
  await waitFor(page, 'notes', said.signedOut)
  await context.close()
})

test('without scripts an app that takes only forms is logged out in a new window, and the others as usual', async (t) => {
  const estate = await startEstate(t)
  const { page, context } = await enterAll(estate, { javaScriptEnabled: false })
  await logOut(page, estate)
  for (const app of ['mail', 'portal', 'notes', 'board', 'proxied'] as const)
    await waitFor(page, app, said.signedOut)
  estate.clock.pass(seconds(10))
  await waitFor(page, 'owa', said.asked)
  await waitFor(page, 'files', said.open)
  const [opened] = await Promise.all([
    context.waitForEvent('page'),
    page.getByRole('link', { name: 'in a new window' }).click(),
  ])
  await opened.getByRole('button', { name: 'Continue now' }).click()
  await opened.getByRole('button', { name: 'Back' }).click()
  await opened.waitForURL(`${estate.publicUrl}/logout`)
  await waitFor(opened, 'files', said.signedOut)
  checkHeard(estate)
  await context.close()
})

for (const scripts of [true, false]) {
  test(`a logout that an app began leads back to it although another app never answers (scripts: ${scripts})`, async (t) => {
    const estate = await startEstate(t)
    await estate.fail('board', scripts ? 'slow' : 'dead')
    const { page, context } = await enterAll(estate, { javaScriptEnabled: scripts })
    const bye = `${estate.at('mail')}/bye`
    const query = new URLSearchParams({ client_id: 'mail', post_logout_redirect_uri: bye })
    await page.goto(`${estate.publicUrl}/oidc/session/end?${query}`)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await waitFor(page, 'notes', said.signedOut)
    estate.clock.pass(seconds(10))
    await page.waitForURL(bye)
    await page.goto(`${estate.publicUrl}/login`)
    await page.getByText(scripts ? 'Not signed out: Board.' : 'Not signed out: ').waitFor()
    await context.close()
  })
}

test('Firefox logs out the same apps in the same frames', async (t) => {
  const estate = await startEstate(t)
  const { publicUrl } = estate
  const { cookies } = await estate.enterAll()
  const firefox = await openFirefox(t)
  await firefox.goto(`${publicUrl}/login`)
  const all = [
    ...cookies.map(({ name, value }) => `${name}=${value}`),
    // Cookies have no port, so these go to every app.
    ...estateApps.map((app) => `in_${app}=1`),
  ]
  for (const one of all) await firefox.read(`document.cookie = '${one}; path=/'`)
  await firefox.goto(`${publicUrl}/logout`)
  await firefox.read(`document.querySelector('form[action="/logout"] button').click()`)
  const isShown = (app: EstateApp, text: string) =>
    `[...document.querySelectorAll('li')].some((li) => li.textContent === '${nameOf(app)}${text}')`
  const others = estateApps.filter((app) => app !== 'owa')
  await firefox.until(others.map((app) => isShown(app, said.signedOut)).join(' && '))
  estate.clock.pass(seconds(10))
  await firefox.until(isShown('owa', said.asked))
  checkHeard(estate)
})
