// A database that cannot be written or is lost, and processes that end, all in the middle of a login: people and
// phones are asked to try again, nothing is half-written, and afterwards everything goes on.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { sql } from 'kysely'
import pg from 'pg'
import {
  createPlainBrowser,
  findNumber,
  findRegistrationUri,
  type Reply,
  readForm,
} from '../src/dev/test-support/plain-browser.ts'
import { verifyAudit } from '../src/identity/audit/verify.ts'
import { start } from '../src/main.ts'
import type { Keyring } from '../src/platform/kernel/keyring.ts'
import { silentLog } from '../src/platform/kernel/log.ts'
import type { Database } from '../src/platform/storage/database.ts'
import { de } from '../src/platform/ui/messages/de.ts'
import { erika, startInProcess } from './support/in-process.ts'
import { createInstallation, type Installation } from './support/installation.ts'
import { startTestPhone } from './support/test-phone.ts'
import { askForCode, enrolPhone, enterPassword, pathOfPage } from './support/way-in.ts'
import { dumpTables } from './support/wire.ts'

const push = { senders: { http: { allowed_origins: ['http://127.0.0.1:*'] } } }

function checkUnavailable({ status, headers, text }: Reply): void {
  assert.equal(status, 503, text.slice(-2000))
  assert.match(headers.get('retry-after') ?? '', /^\d+$/)
  assert.ok(text.includes(de['error.unavailable.title']))
  assert.doesNotMatch(text, /class="ref"/)
  assert.doesNotMatch(text, /SQLITE|sqlite|readonly|terminat|ECONN|\bat .*:\d+:\d+/)
}

/** What belongs together is there together or not at all. */
async function checkWhole(db: Database, keyring: Keyring): Promise<void> {
  assert.equal((await verifyAudit(db, keyring)).type, 'intact')
  const sessions = await db.selectFrom('sessions').select('id').execute()
  for (const { id } of sessions) {
    const journeys = await db
      .selectFrom('journeys')
      .select('step')
      .where('session_id', '=', id)
      .execute()
    const proofs = await db.selectFrom('proofs').select('id').where('session_id', '=', id).execute()
    assert.deepEqual([id, journeys.length], [id, 1])
    assert.ok(proofs.length > 0)
  }
  const notified = await db
    .selectFrom('audit_events')
    .select('seq')
    .where('type', '=', 'login_succeeded')
    .execute()
  assert.equal(notified.length, sessions.length)
  const open = await db.selectFrom('journeys').select('id_hash').execute()
  for (const { id_hash } of open) {
    const proofs = await db
      .selectFrom('proofs')
      .select('id')
      .where('journey_hash', '=', id_hash)
      .execute()
    assert.ok(proofs.length > 0, 'a journey has the proof of its first step')
  }
}

test('while another process locks the database for writing, logins get an error, and then they continue', async (t) => {
  const server = await startInProcess(t, { push })
  const { db } = server
  const browser = createPlainBrowser(server.publicUrl)
  const offer = await enterPassword(browser, erika)
  const phone = await startTestPhone(t)
  const enrolling = createPlainBrowser(server.publicUrl)
  const code = await askForCode(enrolling, await enterPassword(enrolling, erika))
  const dump = await dumpTables(db)

  const { storage } = server.parts.config
  const blocking = new DatabaseSync(storage.type === 'sqlite' ? storage.file : '')
  t.after(() => blocking.close())
  blocking.exec('begin immediate')
  const other = createPlainBrowser(server.publicUrl)
  const first = await other.get('/login')
  assert.equal(first.status, 200)
  const [skipped, entered, scanned] = await Promise.all([
    browser.post(pathOfPage(offer), { ...readForm(offer).hidden, action: 'skip' }),
    other.post('/login', { ...readForm(first).hidden, ...erika }),
    phone.scan(findRegistrationUri(code)),
  ])
  checkUnavailable(skipped)
  checkUnavailable(entered)
  assert.deepEqual([scanned.status, (scanned.body as { code: number }).code], [503, 503])
  assert.equal(await dumpTables(db), dump)
  assert.equal(browser.cookie('einlass_session'), undefined)

  blocking.exec('rollback')
  assert.equal((await browser.answer(offer, { action: 'skip' })).status, 200)
  assert.notEqual(browser.cookie('einlass_session'), undefined)
  assert.equal((await enterPassword(other, erika)).status, 200)
  assert.equal((await phone.scan(findRegistrationUri(code))).status, 200)
  await checkWhole(db, server.parts.platform.keyring)
})

test('a full disk leaves no login half-written, and logins work again when there is space', async (t) => {
  const server = await startInProcess(t, { default_policy: { skips: 1000 } })
  const { db } = server
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(db)
  await sql.raw(`pragma max_page_count = ${(rows[0]?.page_count ?? 0) + 3}`).execute(db)
  const logIn = async () => {
    const browser = createPlainBrowser(server.publicUrl)
    const page = await browser.get('/login')
    const moved = await browser.post('/login', { ...readForm(page).hidden, ...erika })
    if (moved.status === 503) return moved
    const offer = await browser.follow(moved)
    return await browser.post(pathOfPage(offer), { ...readForm(offer).hidden, action: 'skip' })
  }
  let reply = await logIn()
  for (let count = 0; reply.status !== 503 && count < 60; count += 1) reply = await logIn()
  checkUnavailable(reply)
  await checkWhole(db, server.parts.platform.keyring)

  await sql.raw('pragma max_page_count = 1000000').execute(db)
  assert.equal((await logIn()).status, 303)
  await checkWhole(db, server.parts.platform.keyring)
})

test('a port in use makes the start fail, and the running server is not affected', async (t) => {
  const { parts, publicUrl } = await startInProcess(t)
  const other = { type: 'sqlite', file: ':memory:' } as const
  const taken = start({ config: { ...parts.config, storage: other }, publicUrl, log: silentLog })
  await assert.rejects(taken, { code: 'EADDRINUSE' })
  assert.equal((await createPlainBrowser(publicUrl).get('/login')).status, 200)
})

/** Refuses every connection to the database of the installation and cuts those that there are, until `restore`. */
async function cutOff(t: TestContext, { db }: Installation) {
  const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(db)
  const name = rows[0]?.name ?? ''
  const admin = new pg.Client({ connectionString: process.env.EINLASS_TEST_POSTGRES ?? '' })
  await admin.connect()
  const allow = (isAllowed: boolean) =>
    admin.query(`alter database ${name} allow_connections ${isAllowed}`)
  t.after(() => admin.end())
  const cut = () =>
    admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
  return {
    cut,
    async lose() {
      await allow(false)
      await cut()
    },
    restore: () => allow(true),
  }
}

async function statusOf(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, { headers })
  return { status: response.status, body: (await response.json()) as unknown }
}

test('while PostgreSQL is lost, browsers and phones get an error, and afterwards everything continues', async (t) => {
  const installation = await createInstallation(t, { storage: 'postgres', config: { push } })
  await installation.addUser({ ...erika, displayName: 'Erika Mustermann' })
  const { lose, restore } = await cutOff(t, installation)
  const server = await installation.serve()
  const browser = createPlainBrowser(server.url)
  const offer = await enterPassword(browser, erika)
  const path = pathOfPage(offer)
  const phone = await startTestPhone(t)
  const enrolling = createPlainBrowser(server.url)
  const code = await askForCode(enrolling, await enterPassword(enrolling, erika))

  await lose()
  assert.deepEqual(await statusOf(`${server.url}/readyz`), {
    status: 503,
    body: { status: 'no database' },
  })
  assert.deepEqual((await statusOf(`${server.url}/healthz`)).status, 200)
  checkUnavailable(await browser.post(path, { ...readForm(offer).hidden, action: 'skip' }))
  checkUnavailable(await browser.get(path))
  const accept = { accept: 'application/json', cookie: browser.cookieHeader() }
  assert.deepEqual(await statusOf(`${server.url}${path}/status`, accept), {
    status: 503,
    body: { error: 'unavailable' },
  })
  const keys = await fetch(`${server.url}/oidc/jwks`)
  assert.deepEqual([keys.status, keys.headers.get('retry-after')], [503, '10'])
  assert.deepEqual(await keys.json(), { error: 'temporarily_unavailable' })
  checkUnavailable(await browser.get('/oidc/auth?client_id=wiki&response_type=code'))
  const events = await fetch(`${server.url}${path}/events`, { headers: accept })
  assert.equal(events.status, 503)
  const refused = await phone.scan(findRegistrationUri(code))
  assert.equal(refused.status, 503)
  assert.equal((await fetch(`${server.url}/login`)).status, 200, 'the first page needs no database')

  await restore()
  assert.equal((await statusOf(`${server.url}/readyz`)).status, 200)
  assert.equal((await phone.scan(findRegistrationUri(code))).status, 200)
  assert.equal((await browser.answer(offer, { action: 'skip' })).status, 200)
  assert.notEqual(browser.cookie('einlass_session'), undefined)
  await checkWhole(installation.db, installation.keyring)
})

test('when PostgreSQL cuts connections during many logins, no login is left half-written', async (t) => {
  const installation = await createInstallation(t, {
    storage: 'postgres',
    config: { default_policy: { skips: 1000 } },
  })
  await installation.addUser({ ...erika, displayName: 'Erika Mustermann' })
  const { cut } = await cutOff(t, installation)
  const server = await installation.serve()
  const logIn = async (): Promise<number> => {
    const browser = createPlainBrowser(server.url)
    const page = await browser.get('/login')
    const moved = await browser.post('/login', { ...readForm(page).hidden, ...erika })
    if (moved.status !== 303) return moved.status
    const offer = await browser.get(moved.location ?? '')
    if (offer.status !== 200) return offer.status
    const { hidden } = readForm(offer)
    return (await browser.post(pathOfPage(offer), { ...hidden, action: 'skip' })).status
  }
  for (let round = 0; round < 5; round += 1) {
    const logins = Array.from({ length: 6 }, logIn)
    await new Promise((resolve) => setTimeout(resolve, 20 + 40 * round))
    await cut()
    for (const status of await Promise.all(logins)) {
      assert.ok([200, 303, 429, 503].includes(status), `${status}`)
    }
  }
  await checkWhole(installation.db, installation.keyring)
  await installation.db.deleteFrom('throttles').execute()
  assert.equal(await logIn(), 303)
})

/** A page that waits: an open stream of events. */
async function openEvents(url: string, cookie: string): Promise<IncomingMessage> {
  const outgoing = request(`${url}/events`, { headers: { cookie }, agent: false })
  outgoing.end()
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
  assert.equal(incoming.statusCode, 200)
  incoming.on('error', () => undefined)
  incoming.resume()
  return incoming
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const) {
  test(`after ${signal} while a browser waits for the phone, the login continues with the next server`, async (t) => {
    const installation = await createInstallation(t, { config: { push } })
    await installation.addUser({ ...erika, displayName: 'Erika Mustermann' })
    const server = await installation.serve()
    const phone = await startTestPhone(t)
    await enrolPhone(createPlainBrowser(server.url), erika, phone)
    const browser = createPlainBrowser(server.url)
    const waiting = await enterPassword(browser, erika)
    const path = pathOfPage(waiting)
    const message = await phone.nextMessage()
    const events = await openEvents(`${server.url}${path}`, browser.cookieHeader())
    const left = new Promise((resolve) => events.once('close', resolve))

    assert.equal(await server.stop(signal), signal === 'SIGKILL' ? null : 0)
    await left
    await assert.rejects(browser.get(path))

    const next = await installation.serve()
    assert.equal(next.url, server.url)
    const page = await browser.get(path)
    assert.equal(findNumber(page), findNumber(waiting))
    await openEvents(`${next.url}${path}`, browser.cookieHeader())
    const answer = { type: 'approve', number: findNumber(waiting) } as const
    assert.equal((await phone.answer(message, answer)).status, 200)
    assert.equal((await browser.follow(await browser.get(path))).status, 200)
    assert.notEqual(browser.cookie('einlass_session'), undefined)
    assert.equal((await browser.get('/')).status, 200)
    await checkWhole(installation.db, installation.keyring)
  })
}

test('an answer of the phone from before the server was killed is still valid', async (t) => {
  const installation = await createInstallation(t, { config: { push } })
  await installation.addUser({ ...erika, displayName: 'Erika Mustermann' })
  const server = await installation.serve()
  const phone = await startTestPhone(t)
  await enrolPhone(createPlainBrowser(server.url), erika, phone)
  const browser = createPlainBrowser(server.url)
  const waiting = await enterPassword(browser, erika)
  const answer = { type: 'approve', number: findNumber(waiting) } as const
  assert.equal((await phone.answer(await phone.nextMessage(), answer)).status, 200)
  await server.stop('SIGKILL')
  await installation.serve()
  await browser.follow(await browser.get(pathOfPage(waiting)))
  assert.notEqual(browser.cookie('einlass_session'), undefined)
  await checkWhole(installation.db, installation.keyring)
})

test('a server without users prints the address to create the first one only on standard error', async (t) => {
  const installation = await createInstallation(t)
  const server = await installation.serve()
  const path = /(\/setup\/[\w-]{43})\n/.exec(server.output())?.[1]
  assert.notEqual(path, undefined)
  const lines = server
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
  assert.ok(lines.length > 0)
  assert.ok(lines.every((line) => !line.includes('/setup/')))
  const browser = createPlainBrowser(server.url)
  assert.equal((await browser.follow(await browser.get(path ?? ''))).status, 200)
  await server.stop()
  await installation.addUser({ ...erika, displayName: 'Erika Mustermann' })
  const next = await installation.serve()
  assert.doesNotMatch(next.output(), /\/setup\//)
})

test('a second server on one SQLite file ends at once and says why, and the first one continues', async (t) => {
  const installation = await createInstallation(t)
  const server = await installation.serve()
  await assert.rejects(installation.serve(), /Another Einlass server uses the database \//)
  assert.equal((await createPlainBrowser(server.url).get('/login')).status, 200)
  await server.stop('SIGKILL')
  await installation.serve()
})
