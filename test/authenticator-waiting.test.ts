// What the phone's app says while requests come and go: nothing old in front of a new one, and nothing that it cannot know.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
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

const accounts = [
  { id: 'ended', state: 'ended' },
  { id: 'plain', state: 'active' },
]

async function setStage(t: Scope, locale = 'de-DE') {
  const server = await startAppServer(t)
  const context = await browser.newContext({ ...phoneScreen, locale, serviceWorkers: 'block' })
  t.after(() => context.close())
  const page = await context.newPage()
  await page.goto(server.url)
  await page.locator('.empty').waitFor()
  await storeAccounts(page, accounts, server)
  return { ...server, context, page }
}

const reopen = async (page: Page, url: string) => {
  await page.goto('about:blank')
  await page.goto(url)
}

async function openRequest({ page, url }: Awaited<ReturnType<typeof setStage>>): Promise<void> {
  await reopen(page, url)
  await page.locator('.call').click()
  await page.locator('#code').waitFor()
}

test('a new request is shown and can be opened on the screens of a result and of an account', async (t) => {
  const stage = await setStage(t)
  const { page, state } = stage
  state.waiting = { plain: [createRequest('r1')] }
  await openRequest(stage)
  state.outcome = 'approved'
  state.waiting = {}
  await page.fill('#code', '123456')
  await page.locator('button[type=submit]').click()
  await page.locator('.sign.done').waitFor()
  assert.equal(await page.locator('.call').count(), 0)
  state.waiting = { plain: [createRequest('r2')] }
  await page.locator('.call').waitFor()
  await showsNothingWrong(page)
  await page.locator('.call').click()
  await page.locator('#code').waitFor()
  await page.getByRole('button', { name: 'Zurück' }).click()
  state.waiting = {}
  await page.getByText('Es wartet keine Anmeldung.').waitFor()
  await page.locator('.accounts .card').first().click()
  await page.locator('.facts').waitFor()
  state.waiting = { plain: [createRequest('r3')] }
  await page.locator('.call').click()
  await page.locator('#code').waitFor()
})

test('an expired request says that its time is over, and offers no button to approve', async (t) => {
  const stage = await setStage(t)
  const { page, state } = stage
  await page.clock.install()
  state.waiting = { plain: [createRequest('r1')] }
  await openRequest(stage)
  // The phone notices it by itself: the server still lists it.
  await page.clock.fastForward(601_000)
  await page.getByRole('heading', { name: 'Nicht bestätigt' }).waitFor()
  await page.getByText('Die Zeit ist abgelaufen.').waitFor()
  assert.equal(await page.locator('button[type=submit]').count(), 0)
  await showsNothingWrong(page)
})

test('a superseded request links to the newer one', async (t) => {
  const stage = await setStage(t)
  const { page, state } = stage
  state.waiting = { plain: [createRequest('r1')] }
  await openRequest(stage)
  state.waiting = { plain: [createRequest('r2')] }
  await page.getByText('Diese Anfrage gilt nicht mehr.').waitFor()
  assert.equal(await page.locator('button[type=submit]').count(), 0)
  await page.locator('.call').click()
  await page.locator('#code').waitFor()
})

test('the list says for each request what it confirms', async (t) => {
  const stage = await setStage(t)
  const { page, state, url } = stage
  const change = { confirms: 'account', app: 'Ihr Konto' }
  state.waiting = {
    plain: [
      createRequest('r1', { kind: 'caller', app: undefined }),
      createRequest('r2', change),
      createRequest('r3'),
    ],
  }
  await reopen(page, url)
  await page.locator('.call').nth(2).waitFor()
  assert.deepEqual(await page.locator('.call strong').allInnerTexts(), [
    'Service Desk: Anruf bestätigen',
    'Änderung an Ihrem Konto bestätigen',
    'Anmeldung bei Webmail bestätigen',
  ])
  await page.locator('.call').nth(1).click()
  await page.getByRole('heading', { name: 'Wollen Sie gerade Ihr Konto ändern?' }).waitFor()
  await showsNothingWrong(page)
})

test('without a network the app does not say that no request waits, and still shows a known request', async (t) => {
  const stage = await setStage(t, 'en-GB')
  const { page, url, state, context } = stage
  await reopen(page, url)
  await page.getByText('No sign-in is waiting.').waitFor()
  await context.setOffline(true)
  await page.getByText('it is not known whether a sign-in is waiting').waitFor()
  await showsNothingWrong(page)
  state.waiting = { plain: [createRequest('r1')] }
  await context.setOffline(false)
  await page.locator('.call').waitFor()
  await context.setOffline(true)
  await page.locator('.accounts').getByText('No connection.').waitFor()
  assert.equal(await page.locator('.call').count(), 1)
})

test('after a wrong code the next one can be typed at once', async (t) => {
  const stage = await setStage(t)
  const { page, state } = stage
  state.waiting = { plain: [createRequest('r1')] }
  state.outcome = 'wrong_code'
  await openRequest(stage)
  await page.fill('#code', '123456')
  await page.locator('button[type=submit]').click()
  await page.locator('.status.error').waitFor()
  await page.keyboard.type('654321')
  assert.equal(await page.inputValue('#code'), '654321')
})

test('an ended account is listed below the others, and one tap removes it', async (t) => {
  const { page, url } = await setStage(t)
  await reopen(page, url)
  const cards = page.locator('.accounts .card')
  await cards.nth(1).waitFor()
  await cards.nth(1).getByText('Altes Portal').waitFor()
  await showsNothingWrong(page)
  await page.getByRole('button', { name: /Von diesem Telefon entfernen: Altes Portal/ }).click()
  await page.getByText('Altes Portal').waitFor({ state: 'detached' })
  assert.equal(await cards.count(), 1)
})

test('an unfinished enrolment is shown as such when its link has expired, and one tap removes it', async (t) => {
  const stage = await setStage(t)
  const { page, url } = stage
  const item = page.locator('.accounts li', { hasText: 'otto.normal' })
  await storeAccounts(page, [{ id: 'new', state: 'new', setupEnds: Date.now() + 60_000 }], stage)
  await reopen(page, url)
  await item.getByText('Die Einrichtung ist noch nicht fertig.').waitFor()
  const remove = item.getByRole('button', { name: /^Von diesem Telefon entfernen/ })
  assert.equal(await remove.count(), 0)
  await storeAccounts(page, [{ id: 'new', state: 'new', setupEnds: Date.now() - 1_000 }], stage)
  await reopen(page, url)
  await item.getByText('Die Einrichtung wurde nicht abgeschlossen.').waitFor()
  await showsNothingWrong(page)
  await remove.click()
  await item.waitFor({ state: 'detached' })
})

test('a time in the app has the same format as on the pages of the server', async (t) => {
  const stage = await setStage(t, 'en-US')
  const { page, state } = stage
  state.waiting = { plain: [createRequest('r1')] }
  await openRequest(stage)
  const time = page.locator('.facts dt', { hasText: 'Time' }).locator('+ dd')
  assert.match((await time.textContent()) ?? '', /^\d{2}:\d{2}$/)
})

test('a new account is no longer shown as unfinished after the login page has completed the enrolment', async (t) => {
  const stage = await setStage(t)
  const { page, state, url } = stage
  // Without the look that comes from time to time.
  await page.addInitScript(() => {
    window.setInterval = (() => 0) as unknown as typeof window.setInterval
  })
  await storeAccounts(page, [{ id: 'new', state: 'new', setupEnds: Date.now() + 60_000 }], stage)
  state.waiting = { new: [createRequest('r1', { kind: 'enrolment' })] }
  state.outcome = 'approved'
  await reopen(page, url)
  await page.locator('.call').click()
  await page.fill('#code', '123456')
  await page.locator('button[type=submit]').click()
  await page.locator('.sign.done').waitFor()
  state.waiting = {}
  await page.locator('.result button').click()
  await page.getByText('Die Einrichtung ist noch nicht fertig.').waitFor()
  state.more = { new: { state: 'active' } }
  await page.getByText('Die Einrichtung ist noch nicht fertig.').waitFor({ state: 'detached' })
})

test('only a login can be reported, and other requests have their own texts when denied, wrong or late', async (t) => {
  const stage = await setStage(t)
  const { page, state } = stage
  const ends = [
    ['test', 'denied', /Haben nicht Sie sie begonnen, ist jemand anderes in Ihrem Konto/],
    ['test', 'wrong_code', /Beginnen Sie die Probe neu/],
    ['enrolment', 'wrong_code', /Sie zeigt, wie es weitergeht/],
    ['caller', 'expired', /Der Service Desk kann noch einmal fragen/],
    ['caller', 'superseded', /Diese Anfrage gilt nicht mehr/],
  ] as const
  for (const [kind, outcome, text] of ends) {
    state.waiting = { plain: [createRequest('r1', { kind })] }
    state.outcome = outcome
    state.more = { answer: { left: 0 } }
    await reopen(page, stage.url)
    await page.locator('.call').click()
    await page.getByRole('button', { name: 'Ablehnen' }).waitFor()
    assert.equal(await page.getByRole('button', { name: 'Das war ich nicht' }).count(), 0)
    await page.getByRole('button', { name: 'Ablehnen' }).click()
    await page.locator('.result').getByText(text).waitFor()
    await showsNothingWrong(page)
  }
})

test('the app opens the event stream again with the right time after its clock was corrected', async (t) => {
  const stage = await setStage(t)
  const { page, state, url } = stage
  // Without the look that comes from time to time.
  await page.addInitScript(() => {
    window.setInterval = (() => 0) as unknown as typeof window.setInterval
  })
  await storeAccounts(page, [{ id: 'plain', state: 'active', clockOffset: 3_600_000 }], stage)
  const outcomes: string[] = []
  await page.route('**/authenticator/v1/events', async (route) => {
    const [, claims = ''] = (route.request().postData() ?? '').split('.')
    const { iat } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { iat: number }
    const now = Math.floor(Date.now() / 1000)
    const isRight = Math.abs(iat - now) < 300
    outcomes.push(isRight ? 'opened' : 'refused')
    if (isRight && outcomes.length > 1) state.waiting = { plain: [createRequest('r1')] }
    const headers = { 'content-type': 'text/event-stream' }
    if (isRight) await route.fulfill({ status: 200, headers, body: 'data: look\n\n' })
    else await route.fulfill({ status: 400, json: { error: 'clock', now } })
  })
  await reopen(page, url)
  await page.locator('.call').waitFor()
  assert.deepEqual(outcomes.slice(0, 2), ['refused', 'opened'])
})
