/** A password that an operator sets for a user of a real OpenLDAP, or of a real Active Directory. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine, type Scope } from '../src/dev/test-support/on-each-engine.ts'
import type { Administrator } from '../src/identity/operations/actor.ts'
import { createSetPassword } from '../src/identity/operations/set-password.ts'
import { Fault } from '../src/platform/kernel/fault.ts'
import type { Database } from '../src/platform/storage/database.ts'
import { useActiveDirectory } from './support/active-directory.ts'
import {
  type DirectorySettings,
  describeActiveDirectory,
  describeSlapd,
  openDirectories,
} from './support/directory-scene.ts'
import { startSlapd } from './support/slapd.ts'

const password = 'Regenschirm im Mai 7'
const fresh = 'Fahrrad im Regen 8'
const desk: Administrator = { type: 'administrator', name: 'cli:alice' }

/** With the user logged in. */
async function setUp(
  t: Scope,
  db: Database,
  { name, settings }: { readonly name: string; readonly settings: DirectorySettings },
) {
  const scene = openDirectories(t, db, [{ name: 'local', kind: 'local' }, settings])
  const login = await scene.verify(name, password)
  assert.ok(login.type === 'right')
  await scene.signIn(login.user.id)
  return {
    ...scene,
    userId: login.user.id,
    set(changeRequired: boolean, typed = fresh, guard = async () => {}) {
      const setPassword = createSetPassword({
        ...scene,
        twoPeople: { ...scene.twoPeople, refuseMember: guard },
      })
      const chosen = { password: typed, hash: 'hash', changeRequired, at: Date.now() }
      return setPassword(desk, name, chosen)
    },
    countSessions: async () => (await scene.sessions.listOf(login.user.id)).length,
  }
}

const refusedAs = (text: RegExp) => (error: unknown) =>
  error instanceof Fault && error.code === 'not_allowed' && text.test(error.message)

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(
    say('OpenLDAP gets the password that an operator sets, and the next login asks for another'),
    async (t) => {
      const { db } = await engine.open(t)
      const slapd = await startSlapd(t)
      await slapd.addPerson('nora', password)
      const scene = await setUp(t, db, { name: 'nora', settings: await describeSlapd(t, slapd) })
      const set = await scene.set(true)
      assert.deepEqual(set, { username: 'nora', sessionsEnded: 1, directory: 'staff' })
      assert.deepEqual(
        [await scene.judge('nora', password), await scene.countSessions()],
        [...['wrong', 0]],
      )
      assert.equal(await scene.judge('nora', fresh), 'must_change')
      assert.ok((await scene.listAuditTypes()).includes('password_set'))
      assert.deepEqual(
        scene.noticed.map(({ kind }) => kind),
        ['password_set'],
      )
      await scene.set(false, 'Drei Schirme im Regen')
      assert.equal(await scene.judge('nora', 'Drei Schirme im Regen'), 'right')
    },
  )

  test(
    say('Active Directory gets it too, and the one of before is no longer taken here'),
    async (t) => {
      const { db } = await engine.open(t)
      const corp = await useActiveDirectory(t)
      const name = corp.name('nora')
      await corp.addPerson(name, password)
      const settings = await describeActiveDirectory(t, corp)
      const scene = await setUp(t, db, { name, settings })
      assert.equal((await scene.set(true)).directory, 'corp')
      assert.equal(await scene.judge(name, password), 'wrong')
      assert.equal(await scene.judge(name, fresh), 'must_change')
      assert.equal(await scene.countSessions(), 0)
      await assert.rejects(scene.set(true, 'kurz'), refusedAs(/by its own rules/))
    },
  )

  test(
    say('what a directory does not allow is said, with where to do it, and nothing is changed'),
    async (t) => {
      const { db } = await engine.open(t)
      const slapd = await startSlapd(t)
      const dn = await slapd.addPerson('nora', password)
      const described = await describeSlapd(t, slapd)
      const settings = { ...described, write_passwords: false }
      const closed = await setUp(t, db, { name: 'nora', settings })
      await assert.rejects(
        closed.set(true),
        refusedAs(/staff, which lets nobody.*Set the password/),
      )
      const scene = await setUp(t, db, { name: 'nora', settings: described })
      const guard = async () => {
        throw new Fault('not_allowed', 'two people')
      }
      await assert.rejects(scene.set(true, fresh, guard), refusedAs(/^two people$/))
      await slapd.change(dn, { pwdAccountLockedTime: '000001010000Z' })
      await assert.rejects(scene.set(true), refusedAs(/does not let this user in \(disabled\)/))
      await slapd.change(dn, { pwdAccountLockedTime: [] })
      assert.equal(await scene.judge('nora', password), 'right')
      assert.equal(await scene.countSessions(), 2)
      await slapd.stop()
      await assert.rejects(scene.set(true), { code: 'unavailable' })
    },
  )
})
