import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestBrowser, createTestFrame } from '../../dev/test-support/frame.ts'
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
  await browser.get(link)
  return await (await browser.get('/not-me', { 'accept-language': language })).text()
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
    consequences,
  })
  return createTestBrowser(frame, bindRoutes(notMeRoutes, pages))
}

test('the page names the place in the language of its reader, where its address is known', async () => {
  const login = { app: 'Webmail', place: names.en, address: '192.0.2.7' }
  assert.match(await readPage(login, 'de'), /Büro München/)
  assert.doesNotMatch(await readPage(login, 'de'), /Munich office/)
  assert.match(await readPage(login, 'en'), /Munich office/)
  for (const address of [undefined, '198.51.100.1'])
    assert.match(await readPage({ ...login, address }, 'de'), /Munich office/)
})

test('where the directory lets nobody change a password here, the pages say to change it at the workplace', async () => {
  const elsewhere = fitConsequences(all, {})
  const reported = { sessionsEnded: 1, passwordChangeRequired: false, pushBlockedUntil: null }
  const browser = openPages({}, elsewhere, async () => ({
    type: 'reported',
    reported: { ...reported, isNewPasswordAdvised: true },
  }))
  await browser.get(link)
  const question = await (await browser.get('/not-me', { 'accept-language': 'en' })).text()
  assert.match(question, /After that, change your password at your workplace/)
  assert.doesNotMatch(question, /you choose a new password/)
  const sent = { form_token: browser.formToken() }
  const done = await (await browser.post('/not-me', sent, { 'accept-language': 'en' })).text()
  assert.match(done, /Change it at your workplace now/)
  assert.doesNotMatch(await readPage({}, 'en'), /workplace/)
})

test('of a request of an app, which asked for no password, the page promises no new one', async () => {
  const purpose = { app: 'Kasse', byApp: { message: 'Storno 4711' } }
  for (const consequences of [all, fitConsequences(all, {})]) {
    const browser = openPages(purpose, consequences)
    await browser.get(link)
    const page = await (await browser.get('/not-me', { 'accept-language': 'en' })).text()
    assert.match(page, /An app asked for your approval/)
    assert.match(page, /Storno 4711/)
    assert.match(page, /You are signed out everywhere/)
    assert.doesNotMatch(page, /your password|a new password/)
  }
})

test('the secret of a link leaves the address before a page is shown, and no page has it', async () => {
  const reported: string[] = []
  const browser = openPages({}, all, async (token) => {
    reported.push(token)
    return { type: 'gone', reason: 'used' }
  })
  for (let looks = 0; looks < 3; looks += 1) {
    const reply = await browser.get(link)
    assert.deepEqual([reply.status, reply.headers.get('location')], [303, '/not-me'])
    assert.equal(reply.headers.get('referrer-policy'), 'no-referrer')
    assert.equal(await reply.text(), '')
    const page = await browser.get('/not-me')
    assert.equal(page.status, 200)
    assert.ok(!(await page.text()).includes(link.slice(-43)))
  }
  assert.equal((await browser.post('/not-me', {})).status, 403)
  const foreign = { 'sec-fetch-site': 'cross-site' }
  const sent = { form_token: browser.formToken() }
  assert.equal((await browser.post('/not-me', sent, foreign)).status, 403)
  assert.deepEqual(reported, [], 'looks and forms of others report nothing')
  assert.equal((await browser.post('/not-me', sent)).status, 410)
  assert.deepEqual(reported, [link.slice(-43)])
})

test('without cookies the page says so, and without a link that it knows none', async () => {
  const none = openPages({})
  const off = await none.get('/not-me')
  assert.equal(off.status, 403)
  assert.match(await off.text(), /Ihr Browser nimmt keine Cookies an/)
  for (const path of ['/not-me/a', '/not-me/%00']) {
    const other = openPages({})
    other.jar.set('einlass_language', 'de')
    await other.get(link)
    await other.get(path)
    const page = await other.get('/not-me')
    assert.equal(page.status, 404)
    assert.match(await page.text(), /Diesen Link kennen wir nicht/)
  }
})
