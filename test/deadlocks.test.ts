import assert from 'node:assert/strict'
import { glob, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { sql } from 'kysely'
import { type AccountScene, createAccountScene } from '../src/dev/test-support/account.ts'
import { createTestBrowser } from '../src/dev/test-support/frame.ts'
import { meetInDeadlock, type SomeRows } from '../src/dev/test-support/locks.ts'
import { onEachEngine } from '../src/dev/test-support/on-each-engine.ts'
import { findRegistrationUri } from '../src/dev/test-support/plain-browser.ts'
import { createScimScene } from '../src/dev/test-support/scim-scene.ts'
import { bindRoutes } from '../src/faces/frame/route.ts'
import { createNotMePages, notMeRoutes } from '../src/faces/report/routes.ts'

const root = resolve(import.meta.dirname, '..')

/** Why a file has transactions that are not tried again, and how many. Whatever changes a row that others change is. */
const plain: Readonly<Record<string, readonly [number, string]>> = {
  'src/platform/storage/probe.ts': [1, 'a row that nobody else names, put in and taken out'],
  'src/platform/storage/transact.ts': [1, 'this is what tries again'],
}

test('only known files have transactions that are not repeated after a deadlock', async () => {
  const files = await Array.fromAsync(glob('src/**/*.ts', { cwd: root }))
  const found: Record<string, number> = {}
  for (const file of files.filter((name) => !/(^|[./-])test[.-]/.test(name))) {
    const text = await readFile(resolve(root, file), 'utf8')
    const count = text.match(/\.transaction\(\)/g)?.length ?? 0
    if (count > 0) found[file] = count
  }
  const expected = Object.entries(plain).map(([file, [count]]) => [file, count])
  assert.deepEqual(found, Object.fromEntries(expected))
})

interface Meeting {
  /** What it locks before the audit trail. */
  readonly first: SomeRows
  readonly work: () => Promise<{ readonly status: number }>
  /** What is in the audit trail afterwards. */
  readonly events: readonly string[]
}

type Prepare = (scene: AccountScene) => Promise<Meeting>
type LoggedIn = Awaited<ReturnType<AccountScene['loggedIn']>>

const sessionOf = ({ sessionId }: LoggedIn) => sql`sessions where id = ${sessionId}`

/** The page on which a person adds a phone. */
async function showCode({ loggedIn }: AccountScene) {
  const one = await loggedIn()
  const page = await one.confirm(await one.open('/account/authenticators/add/push'), {
    action: 'begin',
  })
  return findRegistrationUri(page)
}

const places: readonly (readonly [string, Prepare])[] = [
  [
    'a logout',
    async ({ loggedIn }) => {
      const one = await loggedIn()
      const work = () => one.post('/logout', {})
      return { first: sessionOf(one), work, events: ['session_ended'] }
    },
  ],
  [
    'the end of one session',
    async ({ loggedIn }) => {
      const [one, other] = [await loggedIn(), await loggedIn()]
      const work = () => one.post(`/account/sessions/${other.sessionId}/end`, {})
      return { first: sessionOf(other), work, events: ['session_ended'] }
    },
  ],
  [
    'the end of all other sessions',
    async ({ loggedIn }) => {
      const [one, other] = [await loggedIn(), await loggedIn()]
      await loggedIn()
      const work = () => one.post('/account/sessions/end-others', {})
      return { first: sessionOf(other), work, events: ['session_ended', 'session_ended'] }
    },
  ],
  [
    'a second factor that is wanted again',
    async ({ db, erika, loggedIn, factors }) => {
      const one = await loggedIn()
      await factors.choices.decline(db, erika.id)
      const first = sql`second_factor_choices where user_id = ${erika.id}`
      const work = () => one.post('/account/second-factor/offer-again', {})
      return { first, work, events: ['second_factor_decline_undone'] }
    },
  ],
  [
    'the report of a foreign login',
    async (scene) => {
      const one = await scene.loggedIn()
      const { links } = scene.notMe
      const path = await links.create(scene.db, { userId: scene.erika.id, challengeId: 'gone' })
      const routes = bindRoutes(notMeRoutes, createNotMePages({ ...scene, ...scene.notMe }))
      const work = () => createTestBrowser(scene.frame, routes).post(path, {})
      return { first: sessionOf(one), work, events: ['not_me_reported', 'session_ended'] }
    },
  ],
  [
    'the first phone with a code',
    async (scene) => {
      const uri = await showCode(scene)
      const phone = scene.createPhone('first')
      const work = async () => ({ status: (await phone.scan(uri)) ? 200 : 400 })
      return { first: sql`push_registrations`, work, events: ['push_device_registered'] }
    },
  ],
  [
    'a second phone with the same code',
    async (scene) => {
      const uri = await showCode(scene)
      await scene.createPhone('first').scan(uri)
      const phone = scene.createPhone('second')
      const work = async () => ({ status: (await phone.scan(uri)) ? 400 : 200 })
      const events = ['push_device_registered', 'push_second_phone_refused']
      return { first: sql`push_registrations`, work, events }
    },
  ],
]

onEachEngine((engine) => {
  if (engine.name === 'sqlite') return
  for (const [name, prepare] of places) {
    test(`${name} is completed in spite of a deadlock with another transaction`, async (t) => {
      const [{ db }, other] = await engine.openTwice(t)
      const scene = await createAccountScene(db)
      t.after(() => scene.settle())
      const { first, work, events } = await prepare(scene)
      const reply = await meetInDeadlock(other.db, { first, last: sql`audit_head` }, work)
      assert.ok([200, 303].includes(reply.status), `${reply.status}`)
      assert.deepEqual(await scene.events(), events)
    })
  }

  test('SCIM requests that change groups at the same time cause no deadlock', async (t) => {
    const statements: string[] = []
    const { db } = await engine.open(t, ({ sql: text }) => statements.push(text))
    const { users, send } = await createScimScene(db, { takesOver: true })
    for (let round = 0; round < 10; round++) {
      const ids: string[] = []
      for (let n = 0; n < 6; n++) {
        const username = `user-${round}-${n}`
        ids.push((await users.create(db, { username, displayName: username })).id)
      }
      // Each takes over the same users, in another order.
      const lists = [ids, ids.toReversed(), [...ids.slice(3), ...ids.slice(0, 3)]]
      const answers = await Promise.all(
        lists.map((list, n) =>
          send('POST', '/Groups', {
            displayName: `group-${round}-${n}`,
            members: list.map((value) => ({ value })),
          }),
        ),
      )
      assert.deepEqual(
        answers.map(({ status }) => status),
        [201, 201, 201],
      )
    }
    assert.deepEqual(
      statements.filter((one) => one === 'rollback'),
      [],
    )
  })
})
