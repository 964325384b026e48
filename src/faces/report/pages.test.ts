import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createTestBrowser,
  createTestFrame,
  type TestBrowser,
} from '../../dev/test-support/frame.ts'
import type { About } from '../../login/report/about.ts'
import { type Consequences, fitConsequences, type ReportByLink } from '../../login/report/report.ts'
import type { Database } from '../../platform/storage/database.ts'
import { bindRoutes } from '../frame/route.ts'
import { createNotMePages, notMeRoutes } from './routes.ts'

const noLink: ReportByLink = async () => ({ type: 'gone', reason: 'used' })
const link = `/not-me/${'a'.repeat(43)}`
const names = { de: 'Büro München', en: 'Munich office' }

/** The page about a login whose browser spoke English, in the language of the one who reads it. */
async function readPage(about: About, language: string): Promise<string> {
  const browser = openPages(about)
  return await (await browser.get(await open(browser), { 'accept-language': language })).text()
}

/** The address of the page behind a link. */
async function open(browser: TestBrowser, opened = link): Promise<string> {
  return (await browser.get(opened)).headers.get('location') ?? ''
}

const all: Consequences = { end_sessions: true, require_new_password: true, block_push: 0 }

function openPages(about: About, consequences = all, reportByLink: ReportByLink = noLink) {
  const frame = createTestFrame({ networks: [{ name: names, ranges: ['192.0.2.0/24'] }] })
  const subject = { userId: 'usr_1', challengeId: 'a' } as const
  const pages = createNotMePages({
    db: {} as Database,
    frame,
    links: {
      find: async () => ({ type: 'good', subject }),
    } as never,
    reportByLink,
    findAttempt: async () => ({ at: 0, about }),
    undo: { plan: async () => ({ gone: [], isNoneLeft: false }) },
    consequences,
  })
  return createTestBrowser(frame, bindRoutes(notMeRoutes, pages))
}

test('the page names the place in the language of its reader, if the address is in a known network', async () => {
  const login = { app: 'Webmail', place: names.en, address: '192.0.2.7' }
  assert.match(await readPage(login, 'de'), /Büro München/)
  assert.doesNotMatch(await readPage(login, 'de'), /Munich office/)
  assert.match(await readPage(login, 'en'), /Munich office/)
  for (const address of [undefined, '198.51.100.1'])
    assert.match(await readPage({ ...login, address }, 'de'), /Munich office/)
})

test('if the password cannot be changed here, the pages say to change it at the workplace', async () => {
  const elsewhere = fitConsequences(all, {})
  const reported = { sessionsEnded: 1, passwordChangeRequired: false, pushBlockedUntil: null }
  const browser = openPages({}, elsewhere, async () => ({
    type: 'reported',
    isBound: false,
    reported: { ...reported, isNewPasswordAdvised: true },
  }))
  const shown = await open(browser)
  const question = await (await browser.get(shown, { 'accept-language': 'en' })).text()
  assert.match(question, /After that, change your password at your workplace/)
  assert.doesNotMatch(question, /you choose a new password/)
  const sent = { form_token: browser.formToken() }
  const done = await (await browser.post(shown, sent, { 'accept-language': 'en' })).text()
  assert.match(done, /Change it at your workplace now/)
  assert.doesNotMatch(await readPage({}, 'en'), /workplace/)
})

test('the page about a request of an app does not promise a new password', async () => {
  const purpose = { app: 'Kasse', byApp: { message: 'Storno 4711' } }
  for (const consequences of [all, fitConsequences(all, {})]) {
    const browser = openPages(purpose, consequences)
    const shown = await open(browser)
    const page = await (await browser.get(shown, { 'accept-language': 'en' })).text()
    assert.match(page, /An app asked for your approval/)
    assert.match(page, /Storno 4711/)
    assert.match(page, /You are signed out everywhere/)
    assert.doesNotMatch(page, /your password|a new password/)
  }
})

test('the server removes the secret of a link from the address before it shows a page, and no page contains it', async () => {
  const reported: string[] = []
  const browser = openPages({}, all, async (token) => {
    reported.push(token)
    return { type: 'gone', reason: 'used' }
  })
  for (let looks = 0; looks < 3; looks += 1) {
    const reply = await browser.get(link)
    assert.equal(reply.status, 303)
    assert.match(reply.headers.get('location') ?? '', /^\/not-me\?of=[\w-]{22}$/)
    assert.equal(reply.headers.get('referrer-policy'), 'no-referrer')
    assert.equal(await reply.text(), '')
    const page = await browser.get(await open(browser))
    assert.equal(page.status, 200)
    assert.ok(!(await page.text()).includes(link.slice(-43)))
  }
  const shown = await open(browser)
  assert.equal((await browser.post(shown, {})).status, 403)
  const foreign = { 'sec-fetch-site': 'cross-site' }
  const sent = { form_token: browser.formToken() }
  assert.equal((await browser.post(shown, sent, foreign)).status, 403)
  assert.deepEqual(reported, [], 'looks and forms of others report nothing')
  assert.equal((await browser.post(shown, sent)).status, 410)
  assert.deepEqual(reported, [link.slice(-43)])
})

/** Pages of links that all exist, and the tokens of those that were reported. */
function openReported() {
  const reported: string[] = []
  const browser = openPages({}, all, async (token) => {
    reported.push(token)
    return { type: 'gone', reason: 'used' }
  })
  browser.jar.set('einlass_language', 'de')
  return { browser, reported }
}

const makeLink = (n: number) => `/not-me/${`${n}`.repeat(43)}`

test('a form reports the link of its own page, also if the browser opened another link later', async () => {
  const { browser, reported } = openReported()
  const first = await open(browser, makeLink(1))
  const page = await (await browser.get(first)).text()
  assert.ok(page.includes(`action="${first}"`))
  const second = await open(browser, makeLink(2))
  assert.notEqual(first, second)
  const sent = { form_token: browser.formToken() }
  await browser.post(first, sent)
  await browser.post(second, sent)
  await open(browser, makeLink(1))
  await browser.post(first, sent)
  const [one, two] = [makeLink(1).slice(-43), makeLink(2).slice(-43)]
  assert.deepEqual(reported, [one, two, one])
})

test('a page whose link is not open in the browser reports nothing, and says to open it again', async () => {
  const { browser, reported } = openReported()
  const first = await open(browser, makeLink(1))
  await browser.get(first)
  // As many as a browser holds, and one that nobody made.
  for (const n of [2, 3, 4, 5, 6]) await open(browser, makeLink(n))
  const tokens = browser.jar.get('einlass_not_me')?.split('.')
  assert.deepEqual(
    tokens,
    [2, 3, 4, 5, 6].map((n) => `${n}`.repeat(43)),
  )
  const sent = { form_token: browser.formToken() }
  for (const reply of [await browser.post(first, sent), await browser.get(first)]) {
    assert.equal(reply.status, 409)
    assert.match(
      await reply.text(),
      /Öffnen Sie den Link noch einmal.*Gemeldet oder geändert wurde/s,
    )
  }
  assert.equal((await browser.post('/not-me', sent)).status, 404)
  // A cookie for one link is not valid for another link.
  browser.jar.set('einlass_not_me', 'x'.repeat(43))
  assert.equal((await browser.post(first, sent)).status, 409)
  assert.deepEqual(reported, [])
  await open(browser, makeLink(1))
  await browser.post(first, sent)
  assert.deepEqual(reported, [makeLink(1).slice(-43)])
})

test('an invalid link does not close the links that the browser has open', async () => {
  const { browser, reported } = openReported()
  const shown = await open(browser, makeLink(1))
  await browser.get(shown)
  for (const path of ['/not-me/a', '/not-me/%00', `/not-me/${'a'.repeat(44)}`]) {
    const page = await browser.get(await open(browser, path))
    assert.equal(page.status, 404)
    assert.match(await page.text(), /Diesen Link kennen wir nicht/)
  }
  await browser.post(shown, { form_token: browser.formToken() })
  assert.deepEqual(reported, [makeLink(1).slice(-43)])
})

test('a page of an earlier server version, with the token in its address, can still report', async () => {
  const { browser, reported } = openReported()
  assert.equal((await browser.post(makeLink(1), {})).status, 410)
  assert.deepEqual(reported, [makeLink(1).slice(-43)])
})

test('without cookies the page says what to do instead, and reports nothing', async () => {
  const { browser, reported } = openReported()
  const shown = await open(browser)
  browser.jar.clear()
  for (const [language, says] of [
    ['de', /Ihr Browser nimmt keine Cookies an.*in einem anderen Browser.*Service Desk/s],
    ['en', /Your browser does not accept cookies.*in another browser.*service desk/s],
  ] as const) {
    const page = await browser.get(shown, { 'accept-language': language })
    assert.equal(page.status, 403)
    assert.match(await page.text(), says)
  }
  assert.deepEqual(reported, [])
})
