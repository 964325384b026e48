/** Passwords that are changed, taken away or called into question while a login with them is under way. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { untilBlocked } from '../dev/test-support/locks.ts'
import { createTestLogin, instantHasher, type TestLogin } from '../dev/test-support/login.ts'
import { onEachEngine } from '../dev/test-support/on-each-engine.ts'
import { openTab } from '../dev/test-support/tab.ts'
import type { Hasher } from '../identity/users/hasher.ts'
import { lockUser } from '../identity/users/lock.ts'
import type { Id } from '../platform/kernel/ids.ts'
import type { Database, OpenDatabase, Queries } from '../platform/storage/database.ts'
import { type Transaction, transact } from '../platform/storage/transact.ts'
import type { JourneyView } from './engine/view.ts'
import { codeAt, stepAt } from './factors/totp/verify.ts'

const fresh = 'Sonnenhut im Juni 2027'
const twice = { password: fresh, password_again: fresh, action: 'change' }

/** Looks at its first password until it is let go. */
function createSlowHasher() {
  const arrived = Promise.withResolvers<void>()
  const gone = Promise.withResolvers<void>()
  let looks = 0
  const hasher: Hasher = {
    ...instantHasher,
    async verify(hash, password) {
      looks++
      arrived.resolve()
      await gone.promise
      return instantHasher.verify(hash, password)
    },
  }
  return { hasher, arrived: arrived.promise, go: gone.resolve, looks: () => looks }
}

/** A server whose hasher is slow, and an operator who changes its users beside it. */
async function setUp([here, there]: readonly [OpenDatabase, OpenDatabase]) {
  const slow = createSlowHasher()
  const login = createTestLogin(here.db, { hasher: slow.hasher })
  const desk = createTestLogin(there.db)
  const { id } = await desk.addUser('erika')
  await desk.addApp('open', { secondFactor: 'none', skips: 0, decline: false })
  await desk.addApp('offers', { secondFactor: 'optional', skips: 3, decline: false })
  return { slow, login, desk, id, db: there.db }
}

const shown = (view: JourneyView) =>
  view.type === 'page'
    ? [view.step, view.formError?.text.key, view.outdated]
    : [view.type, undefined, undefined]
const wrong = ['password/check', 'login.wrong.text', false]

const endAll = async (desk: TestLogin, tx: Queries, id: Id<'user'>) => {
  await desk.journeys.endAll(tx, id, { now: desk.clock.now(), reason: 'gone' })
  await desk.sessions.endAllForUser(tx, id, 'gone')
}

interface Change {
  readonly what: string
  /** What takes the user first. */
  readonly begin: (desk: TestLogin, tx: Transaction, id: Id<'user'>) => Promise<unknown>
  readonly end: (desk: TestLogin, tx: Queries, id: Id<'user'>) => Promise<unknown>
  /** What the one who was on the way in sees. */
  readonly sees: readonly unknown[]
}

const changes: readonly Change[] = [
  {
    what: 'another one is set',
    begin: (desk, tx, id) => desk.passwords.set(tx, id, `hash of ${fresh}`),
    end: endAll,
    sees: wrong,
  },
  {
    what: 'its user is disabled',
    begin: (desk, tx, id) => desk.users.disable(tx, id),
    end: endAll,
    sees: ['password/check', 'login.refused.disabled', false],
  },
  {
    what: 'its user is removed',
    begin: (_, tx, id) => lockUser(tx, id),
    async end(desk, tx, id) {
      await endAll(desk, tx, id)
      await desk.users.remove(tx, id)
    },
    sees: wrong,
  },
  {
    what: 'its user says of a login that it was not theirs',
    begin: (desk, tx, userId) => desk.notMe.reportNotMe(tx, { userId, source: 'mail' }),
    end: async () => undefined,
    sees: ['password/change', undefined, false],
  },
]

const countOf = async (db: Database, table: 'sessions' | 'proofs' | 'journeys') =>
  (await db.selectFrom(table).selectAll().execute()).length

onEachEngine(({ name, openTwice }) => {
  const say = (sentence: string) => `${sentence} (${name})`

  for (const { what, begin, end, sees } of changes) {
    for (const appId of ['open', 'offers']) {
      test(say(`a password is looked at anew when ${what} meanwhile: ${appId}`), async (t) => {
        const { slow, login, desk, id, db } = await setUp(await openTwice(t))
        const tab = openTab(login)
        const under = tab.begin({ username: 'erika', appId })
        await slow.arrived
        login.pass(1)
        await transact(db, async (tx) => {
          await begin(desk, tx, id)
          slow.go()
          // SQLite has it wait before it has read anything.
          if (name === 'postgres') await untilBlocked(db)
          await end(desk, tx, id)
        })
        assert.deepEqual(shown(await under), sees)
        assert.equal(slow.looks(), 2)
        assert.equal(await countOf(db, 'sessions'), 0)
        const rows = sees[0] === 'password/check' ? 0 : 1
        assert.deepEqual([await countOf(db, 'journeys'), await countOf(db, 'proofs')], [rows, rows])
      })
    }
  }

  test(say('a user who was disabled meanwhile and let in again is looked at anew'), async (t) => {
    const { slow, login, desk, id, db } = await setUp(await openTwice(t))
    const under = openTab(login).begin({ username: 'erika', appId: 'open' })
    await slow.arrived
    await desk.users.disable(db, id)
    await desk.users.enable(db, id)
    slow.go()
    assert.equal((await under).type, 'finished')
    assert.deepEqual([slow.looks(), await countOf(db, 'sessions')], [2, 1])
  })

  test(say('a hash of the same password that is stronger lets a login go on'), async (t) => {
    const { slow, login, desk, id, db } = await setUp(await openTwice(t))
    const under = openTab(login).begin({ username: 'erika', appId: 'open' })
    await slow.arrived
    await desk.passwords.replaceHash(db, id, 'hash of password of erika', 'stronger hash')
    slow.go()
    assert.equal((await under).type, 'finished')
    assert.equal(slow.looks(), 1)
  })

  test(say('a try that waits for its turn is judged by the password of then'), async (t) => {
    const { slow, login, desk, id, db } = await setUp(await openTwice(t))
    const first = openTab(login).begin({ username: 'erika', password: 'wrong', appId: 'open' })
    const second = openTab(login).begin({ username: 'erika', password: fresh, appId: 'open' })
    await slow.arrived
    await desk.passwords.set(db, id, `hash of ${fresh}`)
    slow.go()
    assert.deepEqual(shown(await first), wrong)
    assert.equal((await second).type, 'finished')
    assert.equal(slow.looks(), 2)
  })

  test(
    say('whoever knows a password that has to be changed does not replace the new one'),
    async (t) => {
      const { slow, login, desk, id, db } = await setUp(await openTwice(t))
      await desk.users.requirePasswordChange(db, id)
      const thief = openTab(login)
      const under = thief.begin({ username: 'erika', appId: 'open' })
      await slow.arrived
      const owner = openTab(desk)
      await owner.begin({ username: 'erika', appId: 'open' })
      const changed = await owner.answer(twice)
      assert.ok(changed.type === 'finished')
      login.pass(50)
      slow.go()
      assert.deepEqual(shown(await under), wrong)
      assert.equal(await desk.passwords.find(db, id), `hash of ${fresh}`)
      assert.ok(await desk.sessions.find(changed.token))
    },
  )

  test(say('two who know a password that has to be changed do not both change it'), async (t) => {
    const { slow, login, desk, id, db } = await setUp(await openTwice(t))
    slow.go()
    await desk.users.requirePasswordChange(db, id)
    const [thief, owner] = [openTab(login), openTab(desk)]
    await thief.begin({ username: 'erika', appId: 'open' })
    await owner.begin({ username: 'erika', appId: 'open' })
    // The owner's change, without the end of the logins under way.
    const user = await desk.users.find(db, id)
    const change = { from: user?.credentialVersion ?? 0, newHash: `hash of ${fresh}`, at: 1 }
    assert.equal(await desk.passwords.change(db, id, change), true)
    const bad = 'Dietrich um Mitternacht'
    const view = await thief.answer({ password: bad, password_again: bad, action: 'change' })
    assert.deepEqual(shown(view), ['left', undefined, undefined])
    assert.equal(await desk.passwords.change(db, id, change), false)
    assert.equal(await desk.passwords.find(db, id), `hash of ${fresh}`)
  })

  test(say('A19: the browser is known by the credentials that the login ended with'), async (t) => {
    const { slow, login, desk, id, db } = await setUp(await openTwice(t))
    slow.go()
    const ends = async (view: JourneyView) => {
      assert.ok(view.type === 'finished')
      assert.equal(view.credentialVersion, (await desk.users.find(db, id))?.credentialVersion)
    }
    await ends(await openTab(login).begin({ username: 'erika', appId: 'open' }))
    await desk.users.requirePasswordChange(db, id)
    const tab = openTab(login)
    await tab.begin({ username: 'erika', appId: 'open' })
    await ends(await tab.answer(twice))
  })

  test(say('nothing is registered on the way in with a password of before'), async (t) => {
    const { slow, login, desk, id, db } = await setUp(await openTwice(t))
    slow.go()
    const tab = openTab(login)
    await tab.begin({ username: 'erika', appId: 'offers' })
    assert.deepEqual(shown(await tab.answer({ action: 'totp' })), ['totp/enrol', undefined, false])
    // As if the login had come to be just when all others were ended.
    await desk.passwords.set(db, id, `hash of ${fresh}`)
    const { id: app } = await db
      .selectFrom('totp_authenticators')
      .select('id')
      .executeTakeFirstOrThrow()
    const one = await desk.factors.totp.store.find(db, app)
    assert.ok(one)
    const code = codeAt(one.secret(), stepAt(login.clock.now(), one), one)
    assert.equal((await tab.answer({ code, action: 'confirm' })).type, 'left')
    assert.deepEqual(await desk.factors.totp.store.listActive(db, id), [])
    assert.equal((await tab.look()).type, 'over')
    assert.equal(await countOf(db, 'sessions'), 0)
    const owner = openTab(desk)
    const [step] = shown(await owner.begin({ username: 'erika', password: fresh, appId: 'offers' }))
    assert.equal(step, 'second-factor/offer')
  })
})
