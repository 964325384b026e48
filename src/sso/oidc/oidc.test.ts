import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import * as client from 'openid-client'
import { systemClock } from '../../kernel/clock.ts'
import { silentLog } from '../../kernel/log.ts'
import { acrNumber } from '../../policy/assurance.ts'
import { openDatabase } from '../../storage/open.ts'
import { createBrowser, startTestServer } from './test-server.ts'

async function start(t: TestContext) {
  const database = await openDatabase({
    storage: { type: 'sqlite', file: ':memory:' },
    clock: systemClock,
    log: silentLog,
  })
  const server = await startTestServer(t, database)
  t.after(() => database.close())
  return server
}

test('a person without a login is sent to the login page and then into the app', async (t) => {
  const server = await start(t)
  const erika = await server.addUser('erika')
  const mail = await server.addApp({ id: 'mail' })
  const browser = createBrowser()
  const attempt = await mail.begin()
  const page = await browser.open(attempt.url, mail.redirectUri)
  assert.equal(page.url.pathname, '/login')
  const wish = server.continuations.open(page.url.searchParams.get('continue') ?? '')
  assert.equal(wish?.appId, 'mail')

  await server.logIn(browser, erika.id, { amr: ['pwd', 'mca', 'mfa'], acr: acrNumber })
  const end = await browser.open(`${server.origin}${wish?.returnTo}`, mail.redirectUri)
  const tokens = await mail.finish(end.url, attempt)
  const claims = tokens.claims()
  assert.equal(claims?.sub, erika.id)
  assert.equal(claims?.acr, acrNumber)
  assert.deepEqual(claims?.amr, ['pwd', 'mca', 'mfa'])
  assert.ok(Math.abs((claims?.auth_time ?? 0) - Date.now() / 1000) < 100)
  const info = await client.fetchUserInfo(mail.config, tokens.access_token, erika.id)
  assert.deepEqual(info, {
    sub: erika.id,
    name: 'erika Muster',
    preferred_username: 'erika',
    email: 'erika@x.test',
  })
})
