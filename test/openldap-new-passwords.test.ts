/** A password that a real OpenLDAP gets from elsewhere ends the sessions of its user here. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine, type Scope } from '../src/dev/test-support/on-each-engine.ts'
import type { Database } from '../src/platform/storage/database.ts'
import { describeSlapd } from './support/directory-scene.ts'
import { startSlapd } from './support/slapd.ts'
import { openSync } from './support/sync-scene.ts'

const password = 'Regenschirm im Mai'
const fresh = 'Fahrrad im Regen am Fluss'

async function setUp(t: Scope, db: Database, settings = {}) {
  const slapd = await startSlapd(t)
  const dn = await slapd.addPerson('erika', password)
  const described = { ...(await describeSlapd(t, slapd)), ...settings }
  const scene = await openSync(t, db, { settings: described, name: 'erika', password })
  return { ...scene, slapd, dn }
}

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(say('a password that was set in the directory ends the earlier sessions'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(t, db)
    await scene.passInterval()
    assert.equal(await scene.countSessions(), 1, 'nothing has changed')
    await scene.slapd.change(scene.dn, { userPassword: fresh })
    await scene.look()
    assert.equal(await scene.countSessions(), 1, 'the interval is not over')
    await scene.passInterval()
    assert.equal(await scene.countSessions(), 0)
    const ends = await scene.listAudit('session_ended')
    assert.deepEqual(
      ends.map(({ reason, by }) => [reason, by]),
      [['password_set', 'directory:staff']],
    )
  })

  test(
    say('a login with a password that was set in the directory stays, and the earlier ones end'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(t, db)
      const [before] = await scene.sessions.listOf(scene.userId)
      await scene.slapd.change(scene.dn, { userPassword: fresh })
      await scene.slapd.change(scene.dn, { pwdReset: [] })
      await scene.login(fresh)
      await scene.look()
      const left = await scene.sessions.listOf(scene.userId)
      assert.equal(left.length, 1)
      assert.notEqual(left[0]?.id, before?.id)
      await scene.passInterval()
      assert.equal(await scene.countSessions(), 1)
    },
  )

  test(
    say('a password that has to be changed ends the sessions once, and not at every look-up'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(t, db, { sessions_end_on: ['must_change'] })
      await scene.slapd.change(scene.dn, { pwdReset: 'TRUE' })
      await scene.passInterval()
      assert.equal(await scene.countSessions(), 0)
      // As by passkey, for which no password is needed.
      await scene.signIn(scene.userId)
      await scene.passInterval()
      assert.equal(await scene.countSessions(), 1)
    },
  )

  test(say('a password that was chosen here ends no session at the next look-up'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(t, db)
    const user = await scene.login(password)
    assert.equal((await scene.changeHere(user, fresh))?.type, 'accepted')
    await scene.passInterval()
    assert.equal(await scene.countSessions(), 2)
    await scene.slapd.change(scene.dn, { userPassword: 'Ein drittes im Juni' })
    await scene.passInterval()
    assert.equal(await scene.countSessions(), 0)
  })

  test(
    say('by setting, a new password ends no session, and an account that is locked elsewhere does'),
    async (t) => {
      const { db } = await engine.open(t)
      const calm = await setUp(t, db, { sessions_end_on: [] })
      await calm.slapd.change(calm.dn, { userPassword: fresh })
      await calm.passInterval()
      assert.equal(await calm.countSessions(), 1)
      const lock = { pwdAccountLockedTime: '20200101000000Z' }
      for (const [endOn, left] of [
        [['locked'], 0],
        [['new_password', 'must_change'], 1],
      ] as const) {
        await db.deleteFrom('users').execute()
        const scene = await setUp(t, db, { sessions_end_on: endOn })
        const { pwdAccountLockedTime } = lock
        await scene.slapd.change(scene.dn, { pwdAccountLockedTime })
        await scene.passInterval()
        assert.equal(await scene.countSessions(), left, `${endOn}`)
      }
    },
  )
})
