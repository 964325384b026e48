import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogin } from '../../dev/test-support/login.ts'
import { type Engine, onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { office } from '../../dev/test-support/scene.ts'
import { openTab } from '../../dev/test-support/tab.ts'
import { asPerson } from '../../identity/operations/actor.ts'
import { createSessionAdministration } from '../../identity/operations/sessions.ts'
import { createSetPassword } from '../../identity/operations/set-password.ts'
import { createUserOperations } from '../../identity/operations/users.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
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
  async function addJourney(
    name: string,
    sessionId?: string,
    browserToken = 'browser',
  ): Promise<string> {
    await db
      .insertInto('journeys')
      .values({
        id_hash: name,
        kind: sessionId === undefined ? 'login' : 'enrol',
        version: 1,
        step: sessionId === undefined ? 'second-factor/offer' : 'enrol/begin',
        state: JSON.stringify({ request: { returnTo: '/' }, sessionId, data: {}, path: [] }),
        browser_hash: sha256(browserToken),
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
  const reasonOf = async (name: string) => (await login.journeys.find(db, name))?.endReason
  return { ...login, db, erika, woken: events, logIn, signIn, addJourney, isOpen, reasonOf }
}

type Scene = Awaited<ReturnType<typeof setUp>>

const desk = { type: 'administrator', name: 'cli:desk' } as const

/** What ends a session, and what becomes of an unfinished login of the same person in another browser. */
const ends: readonly {
  readonly what: string
  readonly end: (scene: Scene, session: LiveSession) => Promise<unknown>
  readonly elsewhere: 'goes on' | 'ends'
  readonly reason: string
}[] = [
  {
    what: 'a logout, in the browser or from an app',
    end: ({ sessionOperations }, session) => sessionOperations.logOut(session),
    elsewhere: 'goes on',
    reason: 'logout',
  },
  {
    what: 'the end of this one session by its owner',
    end: async ({ sessionOperations, signIn }, { id }) =>
      sessionOperations.endOwnSession(asPerson(await signIn()), id),
    elsewhere: 'goes on',
    reason: 'ended_by_owner',
  },
  {
    what: 'a login of another person in its place',
    end: ({ logIn }, session) => logIn('max', session),
    elsewhere: 'goes on',
    reason: 'replaced',
  },
  {
    what: 'the end of all other sessions by their owner',
    end: async ({ sessionOperations, signIn }) =>
      sessionOperations.endOtherSessions(asPerson(await signIn())),
    elsewhere: 'ends',
    reason: 'ended_by_owner',
  },
  {
    what: 'the end of this one session by the service desk',
    end: (scene, { id }) => createSessionAdministration(scene).endFor(desk, 'erika', id),
    elsewhere: 'ends',
    reason: 'ended_by_admin',
  },
  {
    what: 'the end of all sessions by the service desk',
    end: (scene) => createSessionAdministration(scene).endFor(desk, 'erika'),
    elsewhere: 'ends',
    reason: 'ended_by_admin',
  },
  {
    what: 'a password of the service desk',
    end: (scene) =>
      createSetPassword(scene)(desk, 'erika', {
        ...{ password: 'Regenschirm im Mai', hash: 'h', changeRequired: true, at: 0 },
      }),
    elsewhere: 'ends',
    reason: 'password_set',
  },
  {
    what: 'the account being disabled',
    end: (scene) => createUserOperations(scene).disableUser(desk, 'erika'),
    elsewhere: 'ends',
    reason: 'user_disabled',
  },
  {
    what: 'the report that it was not me',
    end: ({ notMe, db, erika }) =>
      transact(db, (tx) => notMe.reportNotMe(tx, { userId: erika.id, source: 'mail' })),
    elsewhere: 'ends',
    reason: 'not_me',
  },
]

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

  for (const { what, end, elsewhere, reason } of ends)
    test(
      say(`${what} ends logins under way beside the session; one in another browser ${elsewhere}`),
      async (t) => {
        const scene = await setUp(engine, t)
        const session = await scene.signIn()
        const beside = await scene.addJourney('beside')
        const other = await scene.addJourney('elsewhere', undefined, 'another browser')
        await end(scene, session)
        assert.deepEqual(await Promise.all([beside, other].map(scene.isOpen)), [
          false,
          elsewhere === 'goes on',
        ])
        assert.deepEqual(await Promise.all([beside, other].map(scene.reasonOf)), [
          reason,
          elsewhere === 'goes on' ? undefined : reason,
        ])
      },
    )

  test(
    say('a session of which nobody knows the browser ends the logins under way in all of them'),
    async (t) => {
      const scene = await setUp(engine, t)
      const session = await scene.signIn()
      await scene.db.updateTable('sessions').set({ browser_hash: null }).execute()
      const other = await scene.addJourney('elsewhere', undefined, 'another browser')
      await scene.sessionOperations.logOut(session)
      assert.equal(await scene.isOpen(other), false)
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
          await hooks.sessionsEnded(tx, { userId, sessionIds: [id], reason: 'test' })
          throw new Error('undone')
        }),
        /undone/,
      )
      assert.equal(await scene.isOpen(journey), true)
      assert.deepEqual(scene.woken, [])
    },
  )
})
