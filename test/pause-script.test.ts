// The countdown of a page that asks to wait, in a real browser whose clock the test moves.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, type TestContext, test } from 'node:test'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { renderForm } from '../src/faces/login/page.ts'
import { loadAssets } from '../src/platform/ui/assets.ts'
import { defaultBrand } from '../src/platform/ui/brand.ts'
import { createLayout } from '../src/platform/ui/layout.ts'
import { type Message, message } from '../src/platform/ui/message.ts'
import { launchChromium } from './support/browser.ts'
import { renderScene, scenes } from './support/scenes.ts'

const layout = createLayout({ brand: defaultBrand, assets: loadAssets(defaultBrand) })
const t = layout.translator('en')

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const at = Date.UTC(2026, 0, 31, 9, 0)
const momentText = message('approval.limit.text', { at })

function renderPause(wait: number, text = message('approval.pause.text', { wait })): string {
  const shown = renderForm({
    form: {
      title: message('approval.pause.title'),
      width: 'narrow',
      prompts: [
        { type: 'notice', tone: 'info', text, pause: wait },
        {
          type: 'choice',
          name: 'action',
          options: [
            { value: 'retry', label: message('approval.retry'), look: 'secondary', waits: true },
          ],
        },
      ],
    },
    t,
    now: 0,
    action: '/page',
    version: 1,
    formToken: 'x',
  })
  return layout.renderDocument(shown, { t, path: '/page' }).html
}

type OpenOptions = BrowserContextOptions & { readonly text?: Message; readonly wait?: number }

/** A page that asks to wait, and what was sent from it. */
async function open(context: TestContext, { text, wait = 45, ...options }: OpenOptions = {}) {
  const posts: string[] = []
  const server = createServer((request, response) => {
    if (request.method === 'POST') posts.push(`${request.url}`)
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(request.method === 'POST' ? '<h1>Sent</h1>' : renderPause(wait, text))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const tab = await browser.newContext(options)
  context.after(async () => {
    await tab.close()
    server.closeAllConnections()
    server.close()
  })
  const page = await tab.newPage()
  const isScripted = options.javaScriptEnabled !== false
  if (isScripted) {
    await page.clock.install({ time: 0 })
    await page.addInitScript(() => {
      const said: string[] = []
      Object.assign(window, { said })
      new MutationObserver((changes) => {
        for (const { target } of changes) {
          const box = target instanceof Element ? target : target.parentElement
          if (box?.matches('.unseen[role=status]')) said.push(box.textContent ?? '')
        }
      }).observe(document, { childList: true, characterData: true, subtree: true })
    })
  }
  const { port } = server.address() as AddressInfo
  await page.goto(`http://127.0.0.1:${port}/page`)
  if (isScripted) await page.clock.pauseAt(1000)
  return { page, posts, button: page.locator('button[value=retry]') }
}

test('the page counts down, announces 30, 10 and 0 seconds once each, and then enables the button', async (c) => {
  const { page, posts, button } = await open(c)
  const counter = page.locator('.counter')
  const said = () => page.evaluate(() => (window as unknown as { said: string[] }).said)
  assert.equal(await button.getAttribute('aria-disabled'), 'true')
  await button.click({ force: true })
  assert.deepEqual(posts, [], 'what is held sends nothing')
  await page.clock.runFor(5000)
  assert.match((await counter.textContent()) ?? '', /^(39|40) seconds$/)
  assert.deepEqual(await said(), [])
  await page.clock.runFor(12_000)
  assert.deepEqual(await said(), [t(message('wait.time_left', { seconds: 30 }))])
  await page.clock.runFor(20_000)
  assert.deepEqual(
    await said(),
    [30, 10].map((at) => t(message('wait.time_left', { seconds: at }))),
  )
  assert.equal(await button.getAttribute('aria-disabled'), 'true')
  await page.clock.runFor(20_000)
  const over = t(message('pause.over'))
  assert.deepEqual((await said()).slice(2), [over])
  assert.equal(await page.locator('.note p').first().textContent(), over)
  assert.equal(await button.getAttribute('aria-disabled'), null)
  await page.clock.runFor(60_000)
  assert.equal((await said()).length, 3)
  await Promise.all([page.getByRole('heading', { name: 'Sent' }).waitFor(), button.click()])
  assert.deepEqual(posts, ['/page'])
})

test('a wait of 20 seconds is announced only at 10 and 0 seconds', async (c) => {
  const { page, button } = await open(c, { wait: 20 })
  const said = () => page.evaluate(() => (window as unknown as { said: string[] }).said)
  await page.clock.runFor(5000)
  assert.deepEqual(await said(), [])
  await page.clock.runFor(30_000)
  const texts = [message('wait.time_left', { seconds: 10 }), message('pause.over')]
  assert.deepEqual(await said(), texts.map(t))
  assert.equal(await button.getAttribute('aria-disabled'), null)
})

test('a wait of one second is announced only when it is over', async (c) => {
  const { page, button } = await open(c, { wait: 1 })
  await page.clock.runFor(3000)
  const said = await page.evaluate(() => (window as unknown as { said: string[] }).said)
  assert.deepEqual(said, [t(message('pause.over'))])
  assert.equal(await button.getAttribute('aria-disabled'), null)
})

test('at the end of the wait, its text is replaced by one that says that the wait is over', async (c) => {
  const { page } = await open(c, { text: momentText })
  const visible = () => page.locator('.note p:visible').allTextContents()
  assert.equal((await visible())[0], t(momentText))
  await page.clock.runFor(50_000)
  assert.deepEqual(await visible(), [t(message('pause.over'))])
})

test('the text that changes every second is not a live region', async (c) => {
  const { page } = await open(c)
  const roles = await page
    .locator('.counter')
    .evaluate((box) => box.closest('[role=alert], [role=status], [aria-live]')?.outerHTML)
  assert.equal(roles, undefined)
})

test('without scripts the text shows the waiting time, and the button works', async (c) => {
  const { page, posts, button } = await open(c, { javaScriptEnabled: false })
  await page.getByText(t(message('approval.pause.text', { wait: 45 })), { exact: true }).waitFor()
  await button.click()
  await page.getByRole('heading', { name: 'Sent' }).waitFor()
  assert.deepEqual(posts, ['/page'])
})

test('buttons that must wait are disabled, and another factor can be chosen in the meantime', async (context) => {
  const page = await browser.newPage()
  context.after(() => page.close())
  const scene = scenes.find(({ name }) => name === 'push-expired-refused')
  assert.ok(scene)
  await page.setContent(renderScene(scene, 'en').html)
  await page.locator('button[aria-disabled=true]').first().waitFor()
  const listLabels = async (selector: string) =>
    (await page.locator(selector).allTextContents()).map((label) => label.replace(/\s+/g, ' '))
  assert.deepEqual(await listLabels('button[aria-disabled=true]'), [
    'Send again (from 08:10)',
    'Send to “Diensthandy” (from 08:10)',
  ])
  assert.equal((await listLabels('button.button:not([aria-disabled])'))[0], 'Another way')
})

for (const name of ['push-held', 'push-failed-held']) {
  test(`${name}: buttons whose labels say from when they work are disabled until then`, async (context) => {
    const page = await browser.newPage()
    context.after(() => page.close())
    const scene = scenes.find((one) => one.name === name)
    assert.ok(scene)
    await page.clock.install({ time: 0 })
    await page.setContent(renderScene(scene, 'en').html)
    const disabled = page.locator('button[aria-disabled=true]')
    await disabled.first().waitFor()
    const labels = (await disabled.allTextContents()).map((label) => label.replace(/\s+/g, ' '))
    assert.deepEqual(labels, ['Send again (from 08:10)', 'Send to “Diensthandy” (from 08:10)'])
    assert.equal(await page.locator('[data-pause]').isVisible(), false)
    await page.clock.runFor(600_000)
    assert.equal(await disabled.count(), 0)
  })
}
