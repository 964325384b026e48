import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogin } from '../../dev/test-support/login.ts'
import { type Engine, onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { office } from '../../dev/test-support/scene.ts'
import { openTab } from '../../dev/test-support/tab.ts'
import { transact } from '../../platform/storage/transact.ts'
import { createLoginHooks } from './ended-logins.ts'

async function setUp(engine: Engine, t: Parameters<Engine['open']>[0]) {
  const { db } = await engine.open(t)
  const login = createTestLogin(db)
  const erika = await login.addUser('erika')
  await login.addUser('max')
  await login.addApp('mail', { secondFactor: 'none', skips: 0, decline: false })
  const events: string[] = []

  async function logIn(username: string, session?: Awaited<ReturnType<typeof signIn>>) {
    const tab = openTab(login, { ...office, session })
    const view = await tab.begin({ username, appId: 'mail' })
    assert.ok(view.type === 'finished')
    return view.token
  }
  async function signIn() {
    const session = await login.sessions.find(await logIn('erika'))
    assert.ok(session)
    return session
  }
  /** A journey beside a session, as a row says it; gives its hash. Without a session: a login that is under way. */
  async function addJourney(name: string, sessionId?: string): Promise<string> {
    await db
      .insertInto('journeys')
      .values({
        id_hash: name,
        kind: sessionId === undefined ? 'login' : 'enrol',
        version: 1,
        step: sessionId === undefined ? 'second-factor/offer' : 'enrol/begin',
        state: JSON.stringify({ request: { returnTo: '/' }, sessionId, data: {}, path: [] }),
        browser_hash: 'browser',
        user_id: erika.id,
        created_at: login.clock.now(),
        expires_at: login.clock.now() + 60_000,
        finished_at: null,
        session_id: null,
      })
      .execute()
    login.events.listen(`journey:${name}`, () => events.push(name))
    return name
  }
  const isOpen = async (name: string) => (await login.journeys.find(db, name))?.finishedAt === null
  return { ...login, db, erika, woken: events, logIn, signIn, addJourney, isOpen }
}

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(say('a logout ends the journeys of the session and wakes their pages'), async (t) => {
    const scene = await setUp(engine, t)
    const [session, other] = [await scene.signIn(), await scene.signIn()]
    const journeys = [
      await scene.addJourney('mine', session.id),
      await scene.addJourney('of another session', other.id),
    ]
    await scene.sessionOperations.logOut(session)
    assert.deepEqual(await Promise.all(journeys.map(scene.isOpen)), [false, true])
    assert.deepEqual(scene.woken, ['mine'])
    await scene.sessionOperations.logOut(session)
    const rows = await scene.db
      .selectFrom('audit_events')
      .select('data')
      .where('type', '=', 'session_ended')
      .execute()
    assert.equal(rows.length, 1)
  })

  test(
    say('a login that was left unfinished cannot be finished after the logout of its person'),
    async (t) => {
      const scene = await setUp(engine, t)
      const session = await scene.signIn()
      const login = await scene.addJourney('left behind')
      await scene.sessionOperations.logOut(session)
      assert.equal(await scene.isOpen(login), false)
      assert.deepEqual(scene.woken, ['left behind'])
    },
  )

  test(
    say('a login of another person ends what the one before left unfinished there'),
    async (t) => {
      const scene = await setUp(engine, t)
      const session = await scene.signIn()
      const login = await scene.addJourney('left behind')
      await scene.logIn('max', session)
      assert.equal(await scene.isOpen(login), false)
    },
  )

  test(
    say('a login of another person ends the journeys of the session that it replaces'),
    async (t) => {
      const scene = await setUp(engine, t)
      const session = await scene.signIn()
      const journey = await scene.addJourney('mine', session.id)
      await scene.logIn('max', session)
      assert.equal(await scene.sessions.findById(session.id), undefined)
      assert.equal(await scene.isOpen(journey), false)
      assert.deepEqual(scene.woken, ['mine'])
    },
  )

  test(
    say('what a transaction that fails would have ended goes on, and nobody is woken'),
    async (t) => {
      const scene = await setUp(engine, t)
      const session = await scene.signIn()
      const journey = await scene.addJourney('mine', session.id)
      const { userId, id } = session
      const hooks = createLoginHooks({ ...scene, store: scene.journeys })
      await assert.rejects(
        transact(scene.db, async (tx) => {
          await hooks.sessionsEnded(tx, { userId, sessionIds: [id] })
          throw new Error('undone')
        }),
        /undone/,
      )
      assert.equal(await scene.isOpen(journey), true)
      assert.deepEqual(scene.woken, [])
    },
  )
})
