// Passkeys through the whole login, on both databases.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogin, type TestLogin } from '../src/dev/test-support/login.ts'
import { onEachEngine } from '../src/dev/test-support/on-each-engine.ts'
import { createSoftAuthenticator } from '../src/dev/test-support/passkey-authenticator.ts'
import type { Answers, ClientFacts } from '../src/login/engine/step.ts'
import type { JourneyPage, JourneyView } from '../src/login/engine/view.ts'

const site = { rpId: 'login.example', origin: 'https://login.example' }
const request = { returnTo: '/', appId: 'mail' }
const browserToken = 'browser'
const client: ClientFacts = {
  address: '192.0.2.7',
  place: undefined,
  browser: undefined,
  userAgent: undefined,
  language: 'de',
  session: undefined,
}
const right = { username: 'erika', password: 'password of erika' }

async function setUp(login: TestLogin) {
  await login.addApp('mail', { secondFactor: 'required', skips: 0, decline: false })
  return await login.addUser('erika')
}

const begin = (login: TestLogin, answers: Answers) =>
  login.engine.begin({ kind: 'login', request, browserToken, answers }, client)

/** The page behind a move. */
async function pageOf(login: TestLogin, view: JourneyView) {
  assert.ok(view.type === 'moved', view.type)
  const handle = { journeyId: view.journeyId, browserToken }
  const page = await login.engine.look(handle, client)
  assert.ok(page.type === 'page', page.type)
  const answer = (answers: Answers) =>
    login.engine.submit(handle, { version: page.version, answers }, client)
  return { page, answer, options: () => optionsOf(page) }
}

function optionsOf(page: JourneyPage): string {
  const prompt = page.form.prompts.find(({ type }) => type === 'webauthn')
  assert.ok(prompt?.type === 'webauthn')
  return prompt.options
}

async function register(login: TestLogin) {
  const authenticator = createSoftAuthenticator(site)
  const offer = await pageOf(login, await begin(login, right))
  const enrolment = await pageOf(login, await offer.answer({ action: 'passkey' }))
  const credential = authenticator.create(enrolment.options())
  const done = await pageOf(login, await enrolment.answer({ credential }))
  assert.equal((await done.answer({ action: 'left' })).type, 'finished')
  return authenticator
}

const countOf = (views: readonly JourneyView[], type: JourneyView['type']) =>
  views.filter((view) => view.type === type).length

onEachEngine((engine) => {
  test(`A42: a passkey answer sent 200 times after a password completes one login (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const login = createTestLogin(db)
    await setUp(login)
    const authenticator = await register(login)
    const confirmation = await pageOf(login, await begin(login, right))
    const credential = authenticator.get(confirmation.options())
    const views = await Promise.all(
      Array.from({ length: 200 }, () => confirmation.answer({ credential })),
    )
    assert.equal(countOf(views, 'finished'), 1)
    const proofs = await db
      .selectFrom('proofs')
      .selectAll()
      .where('factor', '=', 'passkey')
      .execute()
    assert.equal(proofs.length, 2)
  })

  test(`A42: a passkey answer sent 200 times to the login page completes one login (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const login = createTestLogin(db)
    await setUp(login)
    const authenticator = await register(login)
    const page = await login.engine.preview('login', request, client)
    assert.ok(page.type === 'page')
    const credential = authenticator.get(optionsOf(page))
    const views = await Promise.all(Array.from({ length: 200 }, () => begin(login, { credential })))
    assert.deepEqual([countOf(views, 'finished'), countOf(views, 'page')], [1, 199])
    // Those of the enrolment and of this login.
    const sessions = await db.selectFrom('sessions').selectAll().execute()
    assert.equal(sessions.length, 2)
    const proofs = await db
      .selectFrom('proofs')
      .selectAll()
      .where('factor', '=', 'passkey')
      .execute()
    assert.equal(proofs.length, 2)
    const journeys = await db.selectFrom('journeys').selectAll().execute()
    assert.equal(journeys.length, 1)
  })

  test(`A42: a refused passkey on the login page adds only an audit event (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const login = createTestLogin(db)
    await setUp(login)
    const authenticator = await register(login)
    const page = await login.engine.preview('login', request, client)
    assert.ok(page.type === 'page')
    const credential = authenticator.get(optionsOf(page), { isVerified: false })
    const view = await begin(login, { credential })
    assert.ok(view.type === 'page')
    assert.equal(view.formError?.status, 422)
    const journeys = await db.selectFrom('journeys').selectAll().execute()
    assert.equal(journeys.length, 1)
    const { type } = await db
      .selectFrom('audit_events')
      .select('type')
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
    assert.equal(type, 'passkey_refused')
  })

  test(`a passkey of the phone app is refused at the login, but not reported to the browser as unknown (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const login = createTestLogin(db)
    await setUp(login)
    const refuse = async (userHandle: string) => {
      const authenticator = createSoftAuthenticator(site)
      authenticator.create(JSON.stringify({ challenge: 'AA', user: { id: userHandle } }))
      const page = await login.engine.preview('login', request, client)
      assert.ok(page.type === 'page')
      const view = await begin(login, { credential: authenticator.get(optionsOf(page)) })
      assert.ok(view.type === 'page')
      const { title, unknownCredential } = view.formError ?? {}
      return [title?.key, unknownCredential !== undefined]
    }
    const ofPhone = Buffer.from('einlass-phone:of 18 other bytes.').toString('base64url')
    assert.deepEqual(await refuse(ofPhone), ['passkey.of_phone.title', false])
    const other = Buffer.alloc(32, 1).toString('base64url')
    assert.deepEqual(await refuse(other), ['passkey.refused.title', true])
  })

  test(`a user who has to change the password changes it after a passkey login too (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const login = createTestLogin(db)
    const { id } = await setUp(login)
    const authenticator = await register(login)
    await db
      .updateTable('users')
      .set({ password_change_required: 1 })
      .where('id', '=', id)
      .execute()
    const page = await login.engine.preview('login', request, client)
    assert.ok(page.type === 'page')
    const view = await begin(login, { credential: authenticator.get(optionsOf(page)) })
    const change = await pageOf(login, view)
    assert.equal(change.page.step, 'password/change')
    const fresh = { password: 'Regenschirm im Mai', password_again: 'Regenschirm im Mai' }
    assert.equal((await change.answer(fresh)).type, 'finished')
  })
})
