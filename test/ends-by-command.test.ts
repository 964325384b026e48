// What a command ends while servers run: with PostgreSQL they are woken, so that pages and apps see it at once.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createPlainBrowser, type PlainBrowser } from '../src/dev/test-support/plain-browser.ts'
import { createInstallation, type Installation } from './support/installation.ts'
import { startTestPhone } from './support/test-phone.ts'
import { enrolPhone, enterPassword, pathOfPage } from './support/way-in.ts'

const who = { username: 'erika', password: 'Regenschirm im Mai' }

/** Erika with a phone, a session that stands on it, and in another browser a login that waits for it. */
async function waitForPhone(t: TestContext, installation: Installation) {
  await installation.addUser({ ...who, displayName: 'Erika Mustermann' })
  const phone = await startTestPhone(t)
  const other = createPlainBrowser(installation.publicUrl)
  await enrolPhone(other, who, phone)
  const browser = createPlainBrowser(installation.publicUrl)
  const path = pathOfPage(await enterPassword(browser, who))
  const { id: device } = await installation.db
    .selectFrom('push_devices')
    .select('id')
    .executeTakeFirstOrThrow()
  return { other, browser, path, device }
}

/** Resolves at the first wake-up that comes after the connection. */
async function listen(
  { cookieHeader }: PlainBrowser,
  url: string,
): Promise<{ woken: Promise<void> }> {
  const response = await fetch(url, { headers: { cookie: cookieHeader() } })
  assert.equal(response.status, 200)
  const events = response.body?.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]()
  assert.match(`${(await events?.next())?.value}`, /data: look/)
  const wait = async () => {
    for (let next = await events?.next(); next?.done === false; next = await events?.next()) {
      if (next.value.includes('data: look')) return await events?.return?.(undefined)
    }
    throw new Error('the connection ended before anybody was woken')
  }
  return { woken: wait().then(() => undefined) }
}

/** An app that the session has entered, and the logout token that it gets. */
async function enterApp(t: TestContext, { db, addApp }: Installation) {
  const received = Promise.withResolvers<string>()
  const app = createServer(async (request, response) => {
    let body = ''
    for await (const piece of request) body += piece
    response.writeHead(200).end()
    received.resolve(body)
  }).listen(0, '127.0.0.1')
  await once(app, 'listening')
  t.after(() => app.close())
  const url = `http://127.0.0.1:${(app.address() as AddressInfo).port}`
  await addApp({
    id: 'mail',
    name: 'Mail',
    settings: { redirectUris: [`${url}/callback`], backchannelLogoutUri: `${url}/logout` },
    policy: { secondFactor: 'optional', skips: 3, decline: false },
  })
  const { id, user_id } = await db
    .selectFrom('sessions')
    .select(['id', 'user_id'])
    .executeTakeFirstOrThrow()
  const now = Date.now()
  await db
    .insertInto('participants')
    .values({
      ...{ session_id: id, app_id: 'mail', user_id, protocol: 'oidc', data: '{}' },
      ...{ first_used_at: now, last_used_at: now, expires_at: now + 3_600_000, ended_at: null },
    })
    .execute()
  return { received: received.promise }
}

test('the command that removes a phone ends its sessions, notifies the app and wakes waiting browsers', async (t) => {
  const config = { push: { senders: { http: { allowed_origins: ['http://127.0.0.1:*'] } } } }
  const installation = await createInstallation(t, { storage: 'postgres', config })
  const server = await installation.serve()
  const { other, browser, path, device } = await waitForPhone(t, installation)
  const { received } = await enterApp(t, installation)
  const { woken } = await listen(browser, `${server.url}${path}/events`)
  assert.equal((await other.get('/account')).status, 200)

  await installation.command(['factor', 'remove', who.username, device, '--yes'])
  await woken
  assert.match(await received, /^logout_token=/)
  assert.match(`${(await other.get('/account')).location}`, /^\/login/)
  const page = await browser.follow(await browser.get(path))
  assert.doesNotMatch(page.text, /class="number"/)
})
