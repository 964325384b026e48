// What the phone's app says when its server, or something between them, does not answer as it should.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Route } from 'playwright-core'
import { buildApproveLink, encodeBase64Url } from '#authenticator'
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
  {
    name: 'a server for which the clock of the phone is wrong',
    answer: { status: 400, json: { error: 'clock', now: 1_000 } },
    ofAccount: [/Die Uhr dieses Telefons geht falsch/, /The clock of this phone is wrong/],
    ofAnswer: [/Die Uhr dieses Telefons geht falsch/, /The clock of this phone is wrong/],
  },
  {
    name: 'a server that does not understand the app',
    answer: { status: 400, json: { error: 'malformed' } },
    ofAccount: [/nimmt nicht an, was die App geschickt hat/, /does not accept what the app/],
    ofAnswer: [/nimmt nicht an, was die App geschickt hat/, /does not accept what the app/],
  },
]

async function setStage(t: Scope, locale: string) {
  const server = await startAppServer(t)
  const context = await browser.newContext({ ...phoneScreen, locale, serviceWorkers: 'block' })
  t.after(() => context.close())
  const page = await context.newPage()
  await page.addInitScript(shortenPauses, 10)
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

/** Shortens the pauses between two attempts to answer or two polls. */
function shortenPauses(times = 10): void {
  const real = window.setTimeout.bind(window)
  const short = (work: () => void, pause = 0) => real(work, pause / times)
  window.setTimeout = short as unknown as typeof window.setTimeout
}

const languages = ['de-DE', 'en-GB'] as const
const everyCall = '**/authenticator/v1/*'
const nothingWaits = /Es wartet keine Anmeldung|No sign-in is waiting/

for (const [at, locale] of languages.entries()) {
  test(`the app explains each faulty answer to a request, and a later attempt succeeds (${locale})`, async (t) => {
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

  test(`the app says that a hanging connection takes long, and does not claim that no request waits (${locale})`, async (t) => {
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

const noConnection = /Keine Verbindung|No connection/

for (const locale of languages) {
  test(`the user opens a link again with one tap if it failed without a network (${locale})`, async (t) => {
    const { page, link, mistakes, reopen } = await setStage(t, locale)
    await page.route(everyCall, (route) => route.abort())
    await reopen(link())
    await page.locator('.sign.stop').waitFor()
    await page.locator('.result').getByText(noConnection).waitFor()
    // The list of accounts has no code of an account that is not there yet.
    assert.equal(await page.getByText(/Einmalcode|one-time code/).count(), 0)
    await showsNothingWrong(page)
    const again = page.getByRole('button', { name: /Noch einmal versuchen|Try again/ })
    await page.unroute(everyCall)
    await again.click()
    await page.locator('#name').waitFor()
    await page.route(everyCall, (route) =>
      route.fulfill({ status: 404, json: { error: 'unknown' } }),
    )
    await reopen(link())
    await page.locator('.sign.stop').waitFor()
    assert.equal(await again.count(), 0)
    assert.deepEqual(mistakes, [])
  })

  test(`without a reply from the server, the app does not call the code of a login page expired (${locale})`, async (t) => {
    const { page, url, origin, mistakes, reopen } = await setStage(t, locale)
    const request = encodeBase64Url(new Uint8Array(16))
    const address = buildApproveLink({ origin, request, scan: request })
    await page.route(everyCall, (route) => route.abort())
    await reopen(url)
    await page.locator('.bottom button').click()
    await page.locator('summary').last().click()
    await page.fill('#link', address)
    await page.locator('details:has(#link) button').click()
    await page.locator('.status.error').getByText(noConnection).waitFor()
    await showsNothingWrong(page)
    await reopen(address)
    await page.getByText(/Ob eine Anmeldung wartet, ist|it is not known whether/).waitFor()
    await page.unroute(everyCall)
    await reopen(address)
    await page
      .getByRole('heading', { name: /wartet diese Anmeldung nicht|does not wait here/ })
      .waitFor()
    await showsNothingWrong(page)
    assert.deepEqual(mistakes, [])
  })

  test(`a camera that fails late does not hide what the app says of a typed link (${locale})`, async (t) => {
    const { page, url, mistakes, reopen } = await setStage(t, locale)
    await page.addInitScript(() => {
      if (!navigator.mediaDevices) return
      navigator.mediaDevices.getUserMedia = () =>
        new Promise((_found, fail) => {
          addEventListener('late', () => fail(new DOMException('none', 'NotFoundError')))
        })
    })
    await reopen(url)
    await page.locator('.bottom button').click()
    await page.locator('summary').last().click()
    await page.fill('#link', 'https://other.example/')
    await page.locator('details:has(#link) button').click()
    const said = page.locator('.status.error')
    await said.waitFor()
    const text = await said.textContent()
    await page.evaluate(() => dispatchEvent(new Event('late')))
    // Without a picture the place for it would only be a black box.
    await page.locator('video').waitFor({ state: 'hidden' })
    assert.equal(await said.textContent(), text)
    assert.deepEqual(mistakes, [])
  })

  test(`both phones of a move report a lost connection, and do not claim a result (${locale})`, async (t) => {
    const stage = await setStage(t, locale)
    const { page, state, mistakes, reopen } = stage
    await storeAccounts(page, [{ id: 'new', state: 'new', from: 'Altes Telefon' }], stage)
    state.more = { new: { code: '480263' } }
    await page.route(everyCall, (route) => route.abort())
    await reopen()
    await page.locator('.card', { hasText: 'otto.normal' }).click()
    await page.locator('.status.error').getByText(noConnection).waitFor()
    await showsNothingWrong(page)
    await page.unroute(everyCall)
    await page.locator('.shown.digits').waitFor()
    await page.locator('.status.error').waitFor({ state: 'hidden' })

    state.waiting = { plain: [createRequest('r1', { kind: 'move', device: 'Neues Telefon' })] }
    state.outcome = 'approved'
    await page.addInitScript(shortenPauses, 100)
    await reopen()
    await page.locator('.call').click()
    await page.fill('#code', '480263')
    await page.route('**/authenticator/v1/fetch', (route) => route.abort())
    await page.locator('button[type=submit]').click()
    await page.getByRole('heading', { name: /Ob der Umzug fertig ist|is done/ }).waitFor()
    await page.locator('.result').getByText(noConnection).waitFor()
    await showsNothingWrong(page)
    await page.unroute('**/authenticator/v1/fetch')
    state.waiting = {}
    await page.route('**/authenticator/v1/fetch', (route) =>
      route.fulfill({ status: 410, json: { error: 'ended' } }),
    )
    await page.getByRole('button', { name: /Noch einmal versuchen|Try again/ }).click()
    await page.locator('.sign.done').waitFor()
    assert.deepEqual(mistakes, [])
  })
}

test('if the browser blocks notifications, the account says so and offers no button to allow them', async (t) => {
  const { page, reopen } = await setStage(t, 'de-DE')
  await page.addInitScript(() => {
    Object.defineProperty(Notification, 'permission', { get: () => 'denied' })
  })
  await reopen()
  await page.locator('.accounts .card').click()
  await page.getByText('Der Browser erlaubt sie nicht').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Mitteilungen erlauben' }).count(), 0)
  await showsNothingWrong(page)
})
