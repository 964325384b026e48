/** New passwords that a real OpenLDAP takes, and what happens here before that is written down. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine, type Scope } from '../src/dev/test-support/on-each-engine.ts'
import { createSettleWrites } from '../src/identity/operations/settle-writes.ts'
import { beginWrite } from '../src/identity/users/password-writes.ts'
import { minutes } from '../src/platform/kernel/clock.ts'
import type { Database } from '../src/platform/storage/database.ts'
import { transact } from '../src/platform/storage/transact.ts'
import { describeSlapd, openDirectories } from './support/directory-scene.ts'
import { startSlapd } from './support/slapd.ts'

const password = 'Regenschirm im Mai'
const fresh = 'Fahrrad im Regen am Fluss'
const local = { name: 'local', kind: 'local' }

/** Erika with a session, whose password in the directory is an old one. */
async function setUp(t: Scope, db: Database) {
  const slapd = await startSlapd(t)
  const dn = await slapd.addPerson('erika', password)
  await slapd.expirePassword(dn)
  let ahead = 0
  const clock = { now: () => Date.now() + ahead }
  const scene = openDirectories(t, db, [local, await describeSlapd(t, slapd)], clock)
  const outcome = await scene.verify('erika', password)
  assert.ok(outcome.type === 'right')
  const { user } = outcome
  await scene.signIn(user.id)
  return {
    ...{ ...scene, slapd, dn, user },
    settle: createSettleWrites(scene),
    pass(ms: number) {
      ahead += ms
    },
    look: () => scene.directory.checkAccount?.(db, user.id),
    async reset(typed: string) {
      const change = { user, password: typed, at: clock.now() }
      return await scene.directory.passwordReset?.reset(db, change)
    },
    countSessions: async () => (await scene.sessions.listOf(user.id)).length,
    async findOpenWrite() {
      const row = await db
        .selectFrom('directory_entries')
        .select('write_began_at')
        .executeTakeFirstOrThrow()
      return row.write_began_at
    },
    listNotices: () => scene.noticed.map(({ kind }) => kind),
  }
}

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(
    say('A22: looks at a person while a directory takes a new password void nothing'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(t, db)
      const outcome = await scene.reset(fresh)
      assert.ok(outcome?.type === 'accepted')
      assert.deepEqual(await scene.look(), { type: 'current' })
      assert.equal(await scene.judge('erika', fresh), 'right')
      assert.equal(await transact(db, outcome.write), true)
      assert.equal(await scene.findOpenWrite(), null)
      scene.pass(minutes(3))
      await scene.settle()
      assert.deepEqual(scene.listNotices(), [], 'the operation itself says it')
    },
  )

  test(say('A22: a new password that was not written down here ends the sessions'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(t, db)
    assert.equal((await scene.reset(fresh))?.type, 'accepted')
    // A refusal of the next one says nothing of that.
    const policy = `cn=default,ou=policies,${scene.slapd.baseDn}`
    await scene.slapd.change(policy, { pwdMinLength: '20' })
    assert.equal((await scene.reset('Zu kurz hier'))?.type, 'refused')
    await scene.settle()
    assert.equal(await scene.countSessions(), 1, 'it may be under way')
    scene.pass(minutes(3))
    await scene.slapd.stop()
    await scene.settle()
    assert.equal(await scene.countSessions(), 1, 'nothing is known')
    await scene.slapd.start()
    scene.pass(minutes(1))
    await scene.settle()
    assert.equal(await scene.countSessions(), 0)
    assert.deepEqual(scene.listNotices(), ['password_changed'])
    assert.ok((await scene.listAuditTypes()).includes('password_set'))
    await scene.settle()
    assert.equal(scene.listNotices().length, 1)
    const user = await scene.users.find(db, scene.user.id)
    assert.notEqual(user?.credentialVersion, scene.user.credentialVersion)
  })

  test(say('a password that the directory has not taken ends nothing'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(t, db)
    const policy = `cn=default,ou=policies,${scene.slapd.baseDn}`
    await scene.slapd.change(policy, { pwdMinLength: '20' })
    assert.equal((await scene.reset('Zu kurz hier'))?.type, 'refused')
    assert.equal(await scene.findOpenWrite(), null)
    // As of a server that ended before it asked.
    await beginWrite(db, scene.user.id, Date.now())
    scene.pass(minutes(3))
    await scene.settle()
    assert.equal(await scene.findOpenWrite(), null)
    assert.equal(await scene.countSessions(), 1)
    assert.deepEqual(scene.listNotices(), [])
  })
})
