// A waiting page in a real browser, before a server that the test plays: events, polling, failures, scripts off.
import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, type TestContext, test } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { renderForm } from '../src/faces/login/page.ts'
import { loadAssets } from '../src/platform/ui/assets.ts'
import { defaultBrand } from '../src/platform/ui/brand.ts'
import { createLayout } from '../src/platform/ui/layout.ts'
import { message } from '../src/platform/ui/message.ts'
import { launchChromium } from './support/browser.ts'

const layout = createLayout({ brand: defaultBrand, assets: loadAssets(defaultBrand) })
const t = layout.translator('en')

interface Played {
  /** What the status says; a number is an HTTP status without a body. */
  answer: { final: boolean; status: string } | number
  /** `undefined`: there is no event stream. */
  streams: ServerResponse[] | undefined
  /** Where the journey is: what the page's address shows. */
  place: 'waiting' | 'next'
  seconds: number
  /** Times that the status was asked for. */
  asked: number
}

function waitingPage(seconds: number): string {
  const shown = renderForm({
    form: {
      title: message('push.title'),
      width: 'narrow',
      prompts: [
        {
          type: 'wait',
          status: message('push.status.sending', { device: 'a phone' }),
          startedAt: 0,
          expiresAt: 120_000,
        },
      ],
    },
    t,
    now: 120_000 - seconds * 1000,
    action: '/page',
    version: 1,
    formToken: 'x',
    wait: { events: '/events', status: '/status', next: '/page' },
  })
  return layout.renderDocument(shown, { t, path: '/page' }).html
}

let browser: Browser

before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

async function play(context: TestContext, options: Partial<Played> = {}) {
  const played: Played = {
    answer: { final: false, status: 'Sent' },
    streams: [],
    place: 'waiting',
    seconds: 100,
    asked: 0,
    ...options,
  }
  const server = createServer((request, response) => {
    // As every page of the product: going back asks again.
    response.setHeader('cache-control', 'no-store')
    if (request.url === '/page') {
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.end(played.place === 'next' ? '<h1>Next</h1>' : waitingPage(played.seconds))
    } else if (request.url === '/status') {
      played.asked += 1
      if (typeof played.answer === 'number') response.writeHead(played.answer).end()
      else response.end(JSON.stringify(played.answer))
    } else if (request.url === '/events' && played.streams !== undefined) {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(': open\n\n')
      played.streams.push(response)
    } else response.writeHead(503).end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { played, server, url: `http://127.0.0.1:${port}/page` }
}

async function open(context: TestContext, url: string, options: BrowserContextOptions = {}) {
  const tab = await browser.newContext(options)
  context.after(() => tab.close())
  const page = await tab.newPage()
  await page.goto(url)
  return page
}

const says = (page: Page, text: string) =>
  page.locator('.status').filter({ hasText: text }).waitFor()
const isNext = (page: Page) => page.getByRole('heading', { name: 'Next' }).waitFor()

test('an event makes the page show the new status, and the last event makes it continue', async (c) => {
  const { played, url } = await play(c)
  const page = await open(c, url)
  await says(page, 'Sent')
  played.answer = { final: false, status: 'Not delivered' }
  for (const stream of played.streams ?? []) stream.write('data: x\n\n')
  await says(page, 'Not delivered')
  played.answer = { final: true, status: 'Answered' }
  played.place = 'next'
  for (const stream of played.streams ?? []) stream.write('data: x\n\n')
  await isNext(page)
})

test('the page continues even if no event of its stream arrives', async (c) => {
  const { played, url } = await play(c)
  const page = await open(c, url)
  await says(page, 'Sent')
  played.answer = { final: true, status: 'Answered' }
  played.place = 'next'
  await isNext(page)
})

test('after an event has arrived, the page polls only every 30 seconds', async (c) => {
  const { played, url } = await play(c)
  const page = await browser.newPage()
  c.after(() => page.close())
  await page.clock.install()
  const asked: string[] = []
  await page.goto(url)
  await says(page, 'Sent')
  for (const stream of played.streams ?? []) stream.write('data: x\n\n')
  played.answer = { final: false, status: 'Handed over' }
  for (const stream of played.streams ?? []) stream.write('data: x\n\n')
  await says(page, 'Handed over')
  page.on('request', (request) => asked.push(request.url()))
  await page.clock.runFor(29_000)
  assert.deepEqual(asked, [])
  played.answer = { final: false, status: 'Found by asking' }
  await page.clock.runFor(2000)
  await says(page, 'Found by asking')
})

test('without events the page polls the status', async (c) => {
  const { played, url } = await play(c, { streams: undefined })
  const page = await open(c, url)
  await says(page, 'Sent')
  played.answer = { final: true, status: 'Answered' }
  played.place = 'next'
  await isNext(page)
})

test('a server error does not end the wait', async (c) => {
  const { played, url } = await play(c, { streams: undefined, answer: 503 })
  const page = await open(c, url)
  await page.waitForResponse((response) => response.url().endsWith('/status'))
  await says(page, 'Sending to a phone')
  played.answer = { final: false, status: 'Back again' }
  await says(page, 'Back again')
})

test('the page loads again when its journey is no longer known', async (c) => {
  const { played, url } = await play(c, { answer: 404 })
  const page = await open(c, url)
  await page.waitForResponse((response) => response.url().endsWith('/status'))
  played.place = 'next'
  await isNext(page)
})

test('a hidden page continues as soon as it is visible, if the phone has answered in the meantime', async (c) => {
  const { played, url } = await play(c)
  const page = await browser.newPage()
  c.after(() => page.close())
  // While another tab is in front, neither the timers nor the stream of the page run.
  await page.addInitScript(() => {
    window.setInterval = (() => 0) as unknown as typeof window.setInterval
    Reflect.deleteProperty(window, 'EventSource')
  })
  await page.goto(url, { waitUntil: 'networkidle' })
  await says(page, 'Sent')
  played.answer = { final: true, status: 'Answered' }
  played.place = 'next'
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
  await isNext(page)
})

test('the page shows that the connection is lost, and the status when it is back', async (c) => {
  const { url } = await play(c)
  const page = await open(c, url)
  await says(page, 'Sent')
  await page.context().setOffline(true)
  for (let count = 0; count < 2; count += 1) {
    await Promise.all([
      page.waitForEvent('requestfailed'),
      page.evaluate(() => document.dispatchEvent(new Event('visibilitychange'))),
    ])
  }
  await says(page, 'No connection')
  await page.context().setOffline(false)
  await says(page, 'Sent')
})

test('the bar shows the remaining time, and a text announces it', async (c) => {
  const { url } = await play(c, { seconds: 61 })
  const page = await open(c, url)
  await page.locator('.teller').filter({ hasText: '1 minute left' }).waitFor({ state: 'attached' })
  const left = await page.$eval('progress', (bar) => bar.value)
  assert.ok(left <= 61 && left > 30)
})

test('the height of the page does not change with a longer status', async (c) => {
  const { played, url } = await play(c)
  const page = await open(c, url)
  await says(page, 'Sent')
  const height = () => page.$eval('main', (main) => main.getBoundingClientRect().height)
  const before = await height()
  const text = t(message('push.status.sent_again', { device: 'Erika’s iPhone' }))
  played.answer = { final: false, status: text }
  for (const stream of played.streams ?? []) stream.write('data: x\n\n')
  await says(page, text)
  assert.equal(await height(), before)
})

test('without scripts the page reloads itself', async (c) => {
  const { played, url } = await play(c)
  const page = await open(c, url, { javaScriptEnabled: false })
  assert.ok(await page.getByRole('link', { name: 'Check now' }).isVisible())
  played.place = 'next'
  await isNext(page)
})

test('going back from the next page leads to the current page of the journey', async (c) => {
  const { played, url } = await play(c)
  const page = await open(c, url)
  await says(page, 'Sent')
  await page.goto('about:blank')
  played.answer = { final: true, status: 'Answered' }
  played.place = 'next'
  await page.goBack()
  await isNext(page)
})

test('a page whose time is over asks every three seconds until the server has decided', async (c) => {
  const { played, url } = await play(c, { seconds: 5 })
  const tab = await browser.newContext()
  c.after(() => tab.close())
  const page = await tab.newPage()
  await page.clock.install()
  await page.goto(url)
  await says(page, 'Sent')
  for (const stream of played.streams ?? []) stream.write('data: x\n\n')
  await page.clock.runFor(6_000)
  const before = played.asked
  // Each step leaves the browser the time to send what is due.
  for (let second = 0; second < 12; second += 1) {
    const asked = page.waitForResponse('**/status', { timeout: 300 }).catch(() => {})
    await page.clock.runFor(1_000)
    await asked
  }
  const asked = played.asked - before
  assert.ok(asked >= 2 && asked <= 5, `${asked} in 12 seconds`)
  played.answer = { final: true, status: 'Over' }
  played.place = 'next'
  await page.clock.runFor(3_000)
  await isNext(page)
})
