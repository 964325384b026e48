// The login page that sends its form again by itself, in a real browser.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, type TestContext, test } from 'node:test'
import type { Browser, Locator, Page } from 'playwright-core'
import { renderForm } from '../src/faces/login/page.ts'
import { createPasswordForm } from '../src/login/factors/password/form.ts'
import { loadAssets } from '../src/platform/ui/assets.ts'
import { defaultBrand } from '../src/platform/ui/brand.ts'
import { createLayout } from '../src/platform/ui/layout.ts'
import { launchChromium } from './support/browser.ts'

const layout = createLayout({ brand: defaultBrand, assets: loadAssets(defaultBrand) })
const t = layout.translator('en')

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

/** A login page whose first answers are 204 with this many seconds each. */
async function open(context: TestContext, waits: readonly number[]) {
  const left = [...waits]
  const posts: { readonly body: string; readonly cookie: string }[] = []
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST') {
      const form = createPasswordForm('', undefined, undefined, undefined)
      const shown = renderForm({ form, t, now: 0, action: '/login', version: 0, formToken: 'x' })
      const page = layout.renderDocument(shown, { t, path: '/login' }).html
      return response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page)
    }
    let body = ''
    for await (const chunk of request) body += chunk
    posts.push({ body, cookie: request.headers.cookie ?? '' })
    const seconds = left.shift()
    if (seconds === undefined) {
      return response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>In</h1>')
    }
    return response.writeHead(204, { 'set-cookie': `einlass_wait=${seconds}; Path=/` }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  context.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const page = await browser.newPage()
  context.after(() => page.close())
  await page.clock.install({ time: 0 })
  await page.goto(`http://127.0.0.1:${port}/login`)
  // An installed clock also goes on with the real time, which a busy machine makes long.
  await page.clock.pauseAt(3_600_000)
  await page.fill('[name=username]', 'erika')
  await page.fill('[name=password]', 'Regenschirm im Mai')
  return { page, posts }
}

/**
 * The clock of the page goes on until this is so: an answer comes at a time of its own. One step is one tick of the script, so
 * that no state is passed over.
 */
async function runUntil(page: Page, isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await page.clock.runFor(250)
}

const runUntilVisible = (one: Locator) => runUntil(one.page(), () => one.isVisible())

test('a page that gets no turn keeps what was typed, counts down, and sends the form again by itself', async (context) => {
  const { page, posts } = await open(context, [20, 5])
  await page.press('[name=password]', 'Enter')
  const box = page.locator('.note.info')
  await runUntilVisible(box)
  await page.clock.runFor(200)
  assert.match(
    (await box.textContent()) ?? '',
    /Many people are signing in right now[\s\S]*Time left: \d+ seconds/,
  )
  assert.equal(await page.inputValue('[name=password]'), 'Regenschirm im Mai')
  assert.equal(posts.length, 1)
  await runUntil(page, () => posts.length === 2)
  await runUntilVisible(page.getByText('Time left: 5 seconds'))
  await runUntil(page, () => posts.length === 3)
  await page.getByRole('heading', { name: 'In' }).waitFor()
  assert.equal(posts.length, 3)
  for (const { body } of posts) {
    assert.match(body, /username=erika/)
    assert.match(body, /password=Regenschirm\+im\+Mai/)
  }
})

test('the page asks for that answer by its path, and nothing typed is in a cookie or a store', async (context) => {
  const { page, posts } = await open(context, [30])
  await page.press('[name=password]', 'Enter')
  await runUntilVisible(page.locator('.note.info'))
  assert.match(posts[0]?.cookie ?? '', /^einlass_wait=-login$/)
  const stored = await page.evaluate(() =>
    JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }]),
  )
  assert.equal(stored, '["",{},{}]')
})
