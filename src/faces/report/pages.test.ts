import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestBrowser, createTestFrame } from '../../dev/test-support/frame.ts'
import type { About } from '../../login/report/about.ts'
import { type Consequences, fitConsequences, type ReportByLink } from '../../login/report/report.ts'
import type { Database } from '../../platform/storage/database.ts'
import { bindRoutes } from '../frame/route.ts'
import { createNotMePages, notMeRoutes } from './routes.ts'

const noLink: ReportByLink = async () => ({ type: 'gone', reason: 'used' })
const names = { de: 'Büro München', en: 'Munich office' }

/** The page about a login whose browser spoke English, in the language of the one who reads it. */
async function readPage(about: About, language: string): Promise<string> {
  const browser = openPages(about)
  return await (await browser.get('/not-me/a', { 'accept-language': language })).text()
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
  const question = await (await browser.get('/not-me/a', { 'accept-language': 'en' })).text()
  assert.match(question, /After that, change your password at your workplace/)
  assert.doesNotMatch(question, /you choose a new password/)
  const done = await (await browser.post('/not-me/a', {}, { 'accept-language': 'en' })).text()
  assert.match(done, /Change it at your workplace now/)
  const here = await openPages({}).get('/not-me/a', { 'accept-language': 'en' })
  assert.doesNotMatch(await here.text(), /workplace/)
})

test('of a request of an app, which asked for no password, the page promises no new one', async () => {
  const purpose = { app: 'Kasse', byApp: { message: 'Storno 4711' } }
  for (const consequences of [all, fitConsequences(all, {})]) {
    const browser = openPages(purpose, consequences)
    const page = await (await browser.get('/not-me/a', { 'accept-language': 'en' })).text()
    assert.match(page, /An app asked for your approval/)
    assert.match(page, /Storno 4711/)
    assert.match(page, /You are signed out everywhere/)
    assert.doesNotMatch(page, /your password|a new password/)
  }
})
