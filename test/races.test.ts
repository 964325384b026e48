import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import {
  createPlainBrowser,
  findNumber,
  findRegistrationUri,
  readForm,
} from '../src/dev/test-support/plain-browser.ts'
import { createInstallation, type Installation } from './support/installation.ts'
import { type PhoneReply, startTestPhone, type TestPhone } from './support/test-phone.ts'
import { askForCode, enrolPhone, enterPassword, pathOfPage } from './support/way-in.ts'

// Two processes over one PostgreSQL, as behind a load balancer. Whatever comes to both at the same moment must have
// the effect of one.

const erika = { username: 'erika', password: 'Regenschirm im Mai' }
const many = 200

async function startTwo(t: Scope) {
  const installation = await createInstallation(t, {
    storage: 'postgres',
    config: { push: { senders: { http: { allowed_origins: ['http://127.0.0.1:*'] } } } },
  })
  await installation.addUser({ ...erika, displayName: 'Erika Mustermann' })
  const servers = [await installation.serve(), await installation.serve()] as const
  const at = (n: number) => (n % 2 === 0 ? servers[0].url : servers[1].url)
  return { installation, servers, at }
}

/** A login that waits for a phone which counts. */
async function waitingLogin(installation: Installation, phone: TestPhone) {
  await enrolPhone(createPlainBrowser(installation.publicUrl), erika, phone)
  const browser = createPlainBrowser(installation.publicUrl)
  const page = await enterPassword(browser, erika)
  return { browser, page, number: findNumber(page), message: await phone.nextMessage() }
}

async function auditOf({ db }: Installation, type: string): Promise<Record<string, unknown>[]> {
  const rows = await db
    .selectFrom('audit_events')
    .select('data')
    .where('type', '=', type)
    .orderBy('seq')
    .execute()
  return rows.map((row) => JSON.parse(row.data) as Record<string, unknown>)
}

function countStatuses(replies: readonly { readonly status: number }[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { status } of replies) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

test('A3: of 200 simultaneous answers to two servers one is recorded, and only its repeats are accepted', async (t) => {
  const { installation, at } = await startTwo(t)
  const phone = await startTestPhone(t)
  const { message, number } = await waitingLogin(installation, phone)
  const { kind } = message.notification
  const others = kind.type === 'challenge' ? kind.numbers.filter((one) => one !== number) : []
  const bodies = {
    approved: phone.answerTo(message, { type: 'approve', number }),
    denied: phone.answerTo(message, { type: 'deny', challenge: true }),
    wrong: phone.answerTo(message, { type: 'approve', number: others[0] ?? 0 }),
    otherWrong: phone.answerTo(message, { type: 'approve', number: others[1] ?? 0 }),
  }
  const kinds = Object.keys(bodies) as (keyof typeof bodies)[]
  const before = await auditOf(installation, 'push_answered')
  const replies = await Promise.all(
    Array.from({ length: many }, async (_, n) => {
      const name = kinds[(n >> 1) % kinds.length] ?? 'denied'
      return { name, ...(await phone.sendAnswer(bodies[name], { at: at(n) })) }
    }),
  )

  const accepted = replies.filter(({ status }) => status === 200)
  const winners = [...new Set(accepted.map(({ name }) => name))]
  assert.equal(winners.length, 1)
  assert.deepEqual(countStatuses(replies), { 200: many / 4, 400: (many / 4) * 3 })
  for (const { status, body } of replies) {
    const wanted =
      status === 200 ? {} : { code: 400, reason: 'Bad Request', message: 'Bad request.' }
    assert.deepEqual(body, wanted)
  }
  const answered = (await auditOf(installation, 'push_answered')).slice(before.length)
  const outcome = winners[0] === 'approved' || winners[0] === 'denied' ? winners[0] : 'wrong_number'
  assert.deepEqual(
    answered.map((facts) => facts.outcome),
    [outcome],
  )
  const rows = await installation.db
    .selectFrom('push_challenges')
    .select('status')
    .where('message_id', '=', message.messageId)
    .execute()
  assert.deepEqual(rows, [{ status: outcome }])
})

test('200 submits of one page to two servers move the journey once, into one session with one proof of each factor', async (t) => {
  const { installation, at } = await startTwo(t)
  const phone = await startTestPhone(t)
  const { browser, page, number, message } = await waitingLogin(installation, phone)
  const sessions = () => installation.db.selectFrom('sessions').select('id').execute()
  const before = await sessions()
  await phone.answer(message, { type: 'approve', number })
  const { action, hidden } = readForm(page)
  const fields = { ...hidden, action: 'resend' }
  const replies = await Promise.all(
    Array.from({ length: many }, (_, n) => browser.post(action, fields, at(n))),
  )

  assert.deepEqual(
    Object.keys(countStatuses(replies)).filter((status) => Number(status) >= 500),
    [],
  )
  const withSession = replies.filter(({ headers }) =>
    headers.getSetCookie().some((cookie) => cookie.startsWith('einlass_session=')),
  )
  // One, and those that came so late that its answer was taken for lost: they get the same session.
  assert.ok(withSession.length > 0)
  const added = (await sessions()).filter(({ id }) => !before.some((old) => old.id === id))
  assert.equal(added.length, 1)
  const proofs = await installation.db
    .selectFrom('proofs')
    .select('factor')
    .where('session_id', '=', added[0]?.id ?? '')
    .orderBy('factor')
    .execute()
  assert.deepEqual(proofs, [{ factor: 'password' }, { factor: 'push' }])
  assert.equal((await auditOf(installation, 'login_succeeded')).length, before.length + 1)
  assert.equal((await auditOf(installation, 'push_sent')).length, 2)
})

test('200 clicks on "send again" at two servers send one message', async (t) => {
  const { installation, at } = await startTwo(t)
  const phone = await startTestPhone(t)
  const { browser, page } = await waitingLogin(installation, phone)
  // The pause before the next message is over.
  await installation.db
    .updateTable('push_challenges')
    .set((row) => ({ created_at: sql<number>`${row.ref('created_at')} - 5000` }))
    .where('purpose', '=', 'login')
    .execute()
  const { action, hidden } = readForm(page)
  const replies = await Promise.all(
    Array.from({ length: many }, (_, n) =>
      browser.post(action, { ...hidden, action: 'resend' }, at(n)),
    ),
  )
  assert.deepEqual(countStatuses(replies), { 303: 1, 409: many - 1 })
  await phone.nextMessage()
  const challenges = await installation.db
    .selectFrom('push_challenges')
    .select('status')
    .where('purpose', '=', 'login')
    .orderBy('status')
    .execute()
  assert.deepEqual(challenges, [{ status: 'superseded' }, { status: 'waiting' }])
})

test('A6: when 200 phones scan one code at once, at two servers, only one is enrolled', async (t) => {
  const { installation, at } = await startTwo(t)
  const browser = createPlainBrowser(installation.publicUrl)
  const page = await askForCode(browser, await enterPassword(browser, erika))
  const uri = findRegistrationUri(page)
  const phones = await Promise.all(
    Array.from({ length: many }, (_, n) => startTestPhone(t, `Phone ${n}`)),
  )
  const replies: PhoneReply[] = await Promise.all(
    phones.map((phone, n) => phone.scan(uri, { at: at(n) })),
  )
  assert.deepEqual(countStatuses(replies), { 200: 1, 400: many - 1 })
  const devices = await installation.db
    .selectFrom('push_devices')
    .select(['mechanism_uid', 'status'])
    .execute()
  const winner = phones[replies.findIndex(({ status }) => status === 200)]
  assert.deepEqual(devices, [{ mechanism_uid: winner?.device.mechanismUid, status: 'pending' }])
  assert.equal((await auditOf(installation, 'push_device_registered')).length, 1)
  const test = await browser.follow(await browser.get(pathOfPage(page)))
  assert.match(test.text, /class="note warning"/)
})

test('an answer that reaches one server wakes the browser that waits at the other', async (t) => {
  const { installation, servers } = await startTwo(t)
  const phone = await startTestPhone(t)
  const { browser, page, number, message } = await waitingLogin(installation, phone)
  const path = pathOfPage(page)
  const [waitsAt, answersAt] = servers
  const abort = new AbortController()
  t.after(() => abort.abort())
  const response = await fetch(`${waitsAt.url}${path}/events`, {
    headers: { cookie: browser.cookieHeader() },
    signal: abort.signal,
  })
  assert.equal(response.headers.get('content-type'), 'text/event-stream')
  const looks = readLooks(response)
  await looks.next()
  const status = async () => JSON.parse((await browser.get(`${path}/status`, waitsAt.url)).text)
  // A late note of the delivery wakes as well: only a final state ends the wait.
  assert.equal((await status()).final, false)
  await phone.answer(message, { type: 'approve', number }, { at: answersAt.url })
  let final = false
  while (!final) {
    await looks.next()
    final = (await status()).final
  }
  assert.equal(browser.cookie('einlass_session'), undefined)
  await browser.get(path, waitsAt.url)
  assert.notEqual(browser.cookie('einlass_session'), undefined)
})

/** The events of a stream, one by one. Ends with an error when the stream ends. */
async function* readLooks(response: Response): AsyncGenerator<void, void, void> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    const events = text.split('data: look\n\n')
    text = events.pop() ?? ''
    for (const _ of events) yield
  }
  throw new Error('the stream has ended')
}
