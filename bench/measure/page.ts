// The login page in a real browser with an empty cache: its bytes on the wire, its requests, and the first paint
// over a slow line.

import { type Browser, chromium } from 'playwright-core'
import { type Bench, compare, type Figure, findLeast, type Goal, interleave } from '../figure.ts'
import { serverCore, type Target } from '../process.ts'

type PageLoad = { kilobytes: number; requests: number; firstPaint: number }

// 1.6 Mbit/s and 150 ms, the usual picture of a poor mobile line; bytes per second and milliseconds.
const slowLine = {
  offline: false,
  latency: 150,
  downloadThroughput: 200_000,
  uploadThroughput: 93_750,
}

const loadPage = async (browser: Browser, url: string): Promise<PageLoad> => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } })
  try {
    const page = await context.newPage()
    const devtools = await context.newCDPSession(page)
    await devtools.send('Network.enable')
    await devtools.send('Network.setCacheDisabled', { cacheDisabled: true })
    await devtools.send('Network.emulateNetworkConditions', slowLine)
    let bytes = 0
    let requests = 0
    devtools.on('Network.requestWillBeSent', ({ request }) => {
      if (!request.url.startsWith('data:')) requests += 1
    })
    devtools.on('Network.loadingFinished', ({ encodedDataLength }) => {
      bytes += encodedDataLength
    })
    await page.goto(`${url}/login`, { waitUntil: 'load' })
    const firstPaint = await page.evaluate(async () => {
      for (;;) {
        const entry = performance.getEntriesByName('first-contentful-paint')[0]
        if (entry) return entry.startTime
        await new Promise((done) => setTimeout(done, 20))
      }
    })
    await page.waitForLoadState('networkidle')
    return { kilobytes: bytes / 1000, requests, firstPaint }
  } finally {
    await context.close()
  }
}

const startBrowser = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  })

const measure = async (browser: Browser, target: Target): Promise<PageLoad> => {
  // With everything on the page that people see in production.
  const running = await target.start({ hash: false, cores: serverCore, host: 'localhost' })
  try {
    // The first load warms up the server. Every browser context has its own empty cache.
    await loadPage(browser, running.url)
    return await loadPage(browser, running.url)
  } finally {
    await running.close()
  }
}

export const measurePage = async (bench: Bench): Promise<Figure[]> => {
  const browser = await startBrowser()
  const rounds = await interleave(
    bench.rounds,
    () => measure(browser, bench.product),
    () => measure(browser, bench.floor),
  ).finally(() => browser.close())
  const figure = (name: string, unit: string, key: keyof PageLoad, goal: Goal) =>
    compare({
      name: `login page: ${name}`,
      unit,
      reference: bench.reference,
      rounds: findLeast(
        rounds.map(({ value, referenceValue }) => ({
          value: value[key],
          referenceValue: referenceValue[key],
        })),
      ),
      goal,
    })
  return [
    figure('on the wire', 'kB', 'kilobytes', { of: 'value', atMost: 18 }),
    figure('requests', 'requests', 'requests', { of: 'value', atMost: 2 }),
    figure('first paint, slow line', 'ms', 'firstPaint', { of: 'ratio', atMost: 1.6 }),
  ]
}
