/** Two tabs of one browser: the one that was superseded goes on by itself, and none of them ends with an error. */
import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { de } from '../src/platform/ui/messages/de.ts'
import { launchChromium } from './support/browser.ts'
import {
  connectPhone,
  erika,
  heading,
  person,
  setStage,
  shownNumber,
  signIn,
} from './support/guide.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

/** Erika's phone is connected, and her first tab waits for it. */
async function setUp(t: TestContext, options: BrowserContextOptions = {}) {
  const stage = await setStage(t)
  const phone = stage.phone('erika')
  const { page: first } = await person(t, browser)
  await first.goto(`${stage.webmail}/login`)
  await signIn(first, erika)
  await connectPhone(first, phone)
  await first.waitForURL(`${stage.webmail}/**`)
  await phone.listen()
  const { page: older } = await person(t, browser, options)
  await older.goto(`${stage.webmail}/login`)
  await signIn(older, erika)
  await older.locator('.number').waitFor()
  const newer = await older.context().newPage()
  newer.setDefaultTimeout(30_000)
  // Two logins in the same second are those of a program.
  stage.pass(2_000)
  return { stage, phone, older, newer }
}

const isSignedIn = async (page: Page, address: string) => {
  await page.goto(address)
  await page.locator('a[href="/logout"]').first().waitFor()
}

for (const javaScriptEnabled of [true, false]) {
  test(`a superseded tab continues on the page of the newer tab, scripts ${javaScriptEnabled ? 'on' : 'off'}`, async (t) => {
    const { stage, phone, older, newer } = await setUp(t, { javaScriptEnabled })
    const before = older.url()
    await newer.goto(`${stage.portal}/login`)
    await signIn(newer, erika)
    await newer.locator('.number').waitFor()
    await older.waitForURL(newer.url())
    assert.notEqual(older.url(), before)
    assert.equal(await shownNumber(older), await shownNumber(newer))
    await phone.says(/to deny[\s\S]*to deny/)
    await phone.answer(await shownNumber(newer))
    // One of the two takes the answer to the app; the other one is signed in by then, and its page says so.
    const ended = async (page: Page) => {
      await page.waitForURL((url) => !url.pathname.startsWith('/login'))
      return await heading(page)
    }
    const headings = await Promise.all([ended(older), ended(newer)])
    for (const text of headings) assert.notEqual(text, de['journey.ended.title'])
    await isSignedIn(older, stage.demo.publicUrl)
  })
}

test('two tabs that wait for one login both continue', async (t) => {
  const { stage, phone, older, newer } = await setUp(t)
  await newer.goto(older.url())
  await newer.locator('.number').waitFor()
  await phone.answer(await shownNumber(older))
  for (const tab of [older, newer]) {
    await tab.waitForURL((url) => !url.pathname.startsWith('/login'))
    assert.notEqual(await heading(tab), de['journey.ended.title'])
  }
  await isSignedIn(older, stage.demo.publicUrl)
})

test('a tab that a login in another browser superseded stays on its page and says what to do', async (t) => {
  const { stage, older } = await setUp(t)
  const { page: foreign } = await person(t, browser)
  await foreign.goto(`${stage.portal}/login`)
  await signIn(foreign, erika)
  await foreign.locator('.number').waitFor()
  const before = older.url()
  await older.getByText(de['push.superseded.title'], { exact: true }).waitFor()
  assert.equal(older.url(), before)
  assert.notEqual(foreign.url(), before)
})
