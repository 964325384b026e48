// What the phone's app says when its server, or something between them, does not answer as it should.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Route } from 'playwright-core'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { createRequest, startAppServer, storeAccounts } from './support/app-server.ts'
import { phoneScreen } from './support/app-stage.ts'
import { launchChromium } from './support/browser.ts'
import { showsNothingWrong } from './support/faults.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

type Answer = Parameters<Route['fulfill']>[0]

const html = { contentType: 'text/html', body: '<!doctype html><title>Page</title>' } as const
const later = { 'retry-after': '30' }

/** What answers instead of the server, and what the app then says of an account and of an answer. */
const failures: readonly {
  readonly name: string
  readonly answer: Answer
  readonly ofAccount: readonly [de: RegExp, en: RegExp]
  readonly ofAnswer: readonly [de: RegExp, en: RegExp]
}[] = [
  ...[
    {
      name: 'a server that cannot answer now',
      answer: { status: 503, json: { error: 'unavailable' }, headers: later },
    },
    { name: 'a proxy without its server', answer: { status: 502, ...html } },
  ].map((one) => ({
    ...one,
    ofAccount: [/Der Anmeldedienst antwortet gerade nicht/, /sign-in service does not/] as const,
    ofAnswer: [/Der Anmeldedienst antwortet gerade nicht/, /sign-in service does not/] as const,
  })),
  {
    name: 'a proxy that has had enough',
    answer: { status: 429, ...html, headers: later },
    ofAccount: [/Warten Sie 30 Sekunden/, /Wait 30 seconds/],
    ofAnswer: [/Warten Sie 30 Sekunden/, /Wait 30 seconds/],
  },
  ...[
    { name: 'the page of a hotel network', answer: { status: 200, ...html } },
    {
      name: 'a network that leads to its page',
      answer: { status: 302, headers: { location: '/' } },
    },
    { name: 'a network that asks for a login', answer: { status: 511, ...html } },
  ].map((one) => ({
    ...one,
    ofAccount: [/Melden Sie sich im Browser beim WLAN an/, /Sign in to the Wi-Fi/] as const,
    ofAnswer: [/Melden Sie sich im Browser beim WLAN an/, /Sign in to the Wi-Fi/] as const,
  })),
  {
    name: 'a reply that nobody has signed',
    answer: { status: 200, contentType: 'application/jose', body: 'a.b.c' },
    ofAccount: [/kam nicht von Ihrem Anmeldedienst/, /did not come from your sign-in service/],
    ofAnswer: [/kam nicht von Ihrem Anmeldedienst/, /did not come from your sign-in service/],
  },
  {
    name: 'a server that does not know the phone',
    answer: { status: 404, json: { error: 'unknown' } },
    ofAccount: [/kennt dieses Konto nicht/, /does not know this account/],
    ofAnswer: [/kennt dieses Konto nicht/, /does not know this account/],
  },
]

async function setStage(t: Scope, locale: string) {
  const server = await startAppServer(t)
  const context = await browser.newContext({ ...phoneScreen, locale, serviceWorkers: 'block' })
  t.after(() => context.close())
  const page = await context.newPage()
  await page.addInitScript(shortenPauses)
  const mistakes: string[] = []
  page.on('pageerror', (error) => void mistakes.push(String(error)))
  await page.goto(server.url)
  await page.locator('.empty').waitFor()
  await storeAccounts(page, [{ id: 'plain', state: 'active' }], server)
  const reopen = async (address = server.url) => {
    await page.goto('about:blank')
    await page.goto(address)
  }
  return { ...server, page, mistakes, reopen }
}

/** The pauses between two tries of an answer. */
function shortenPauses(): void {
  const real = window.setTimeout.bind(window)
  const short = (work: () => void, pause = 0) => real(work, pause / 10)
  window.setTimeout = short as unknown as typeof window.setTimeout
}

const languages = ['de-DE', 'en-GB'] as const
const everyCall = '**/authenticator/v1/*'
const nothingWaits = /Es wartet keine Anmeldung|No sign-in is waiting/

for (const [at, locale] of languages.entries()) {
  test(`what answers instead of the server is said in words, and nothing is lost by it (${locale})`, async (t) => {
    const { page, state, mistakes, reopen } = await setStage(t, locale)
    state.waiting = { plain: [createRequest('r1')] }
    state.outcome = 'approved'
    for (const { name, answer = {}, ofAccount, ofAnswer } of failures) {
      await t.test(name, async () => {
        await page.route(everyCall, (route) => route.fulfill(answer))
        await reopen()
        await page
          .locator('.accounts .note')
          .getByText(ofAccount[at] ?? '')
          .waitFor()
        assert.equal(await page.getByText(nothingWaits).count(), 0)
        await showsNothingWrong(page)
        await page.unroute(everyCall)
        await reopen()
        await page.locator('.call').click()
        await page.fill('#code', '123456')
        await page.route('**/authenticator/v1/answer', (route) => route.fulfill(answer))
        await page.locator('button[type=submit]').click()
        await page
          .locator('.status.error')
          .getByText(ofAnswer[at] ?? '')
          .waitFor()
        await showsNothingWrong(page)
        await page.unroute('**/authenticator/v1/answer')
        await page.locator('button[type=submit]').click()
        await page.locator('.sign.done').waitFor()
      })
    }
    assert.deepEqual(mistakes, [])
  })

  test(`a connection that hangs is said to take long, and nothing is claimed meanwhile (${locale})`, async (t) => {
    const { page, state, url, link, mistakes, reopen } = await setStage(t, locale)
    const checking = page.getByText(['Wird geprüft …', 'Checking …'][at] ?? '')
    await page.route(everyCall, () => undefined)
    await reopen()
    await checking.waitFor()
    assert.equal(await page.getByText(nothingWaits).count(), 0)
    await showsNothingWrong(page)
    for (const address of [link(), `${url}#request/r1`]) {
      await reopen(address)
      await checking.waitFor()
      await showsNothingWrong(page)
    }
    await page.unroute(everyCall)
    state.waiting = { plain: [createRequest('r1')] }
    await reopen()
    await page.locator('.call').click()
    await page.fill('#code', '123456')
    await page.route('**/authenticator/v1/answer', () => undefined)
    await page.locator('button[type=submit]').click()
    await page.getByText(['Das dauert länger als sonst', 'This takes longer'][at] ?? '').waitFor()
    await showsNothingWrong(page)
    assert.deepEqual(mistakes, [])
  })
}
