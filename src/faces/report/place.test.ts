import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestBrowser, createTestFrame } from '../../dev/test-support/frame.ts'
import type { About } from '../../login/report/about.ts'
import type { Database } from '../../platform/storage/database.ts'
import { bindRoutes } from '../frame/route.ts'
import { createNotMePages, notMeRoutes } from './routes.ts'

const names = { de: 'Büro München', en: 'Munich office' }

/** The page about a login whose browser spoke English, in the language of the one who reads it. */
async function readPage(about: About, language: string): Promise<string> {
  const frame = createTestFrame({ networks: [{ name: names, ranges: ['192.0.2.0/24'] }] })
  const subject = { userId: 'usr_1', challengeId: 'a' } as const
  const pages = createNotMePages({
    db: {} as Database,
    frame,
    links: {
      find: async () => ({ type: 'good', subject }),
    } as never,
    reportByLink: async () => ({ type: 'gone', reason: 'used' }),
    findAttempt: async () => ({ at: 0, about }),
    consequences: { end_sessions: true, require_new_password: true, block_push: 0 },
  })
  const browser = createTestBrowser(frame, bindRoutes(notMeRoutes, pages))
  return await (await browser.get('/not-me/a', { 'accept-language': language })).text()
}

test('the page names the place in the language of its reader, where its address is known', async () => {
  const login = { app: 'Webmail', place: names.en, address: '192.0.2.7' }
  assert.match(await readPage(login, 'de'), /Büro München/)
  assert.doesNotMatch(await readPage(login, 'de'), /Munich office/)
  assert.match(await readPage(login, 'en'), /Munich office/)
  for (const address of [undefined, '198.51.100.1'])
    assert.match(await readPage({ ...login, address }, 'de'), /Munich office/)
})
