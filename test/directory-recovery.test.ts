/** Forgotten passwords of users of a real OpenLDAP and a real Active Directory. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine, type Scope } from '../src/dev/test-support/on-each-engine.ts'
import type { User } from '../src/identity/users/user.ts'
import { createResetLinks } from '../src/login/reset/links.ts'
import type { AskingClient } from '../src/login/reset/requests.ts'
import { createSettle } from '../src/login/reset/settle.ts'
import type { Database } from '../src/platform/storage/database.ts'
import { transact } from '../src/platform/storage/transact.ts'
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
const local = { name: 'local', kind: 'local' }

function setUp(t: Scope, db: Database, directory: DirectorySettings) {
  const scene = openDirectories(t, db, [local, directory])
  const links = createResetLinks(scene)
  const settling = createSettle({ ...scene, links, publicUrl: 'https://login.example' })
  const client: AskingClient = {
    address: '192.0.2.7',
    place: undefined,
    browser: undefined,
    language: 'en',
  }
  return {
    ...scene,
    async logIn(name: string): Promise<User> {
      const outcome = await scene.verify(name, password)
      assert.ok(outcome.type === 'right')
      return outcome.user
    },
    async forget(name: string) {
      const result = await settling.settle(name, client)
      await settling.flush(db)
      return result
    },
    /** As with a link that was sent before. */
    async reset(user: User): Promise<string> {
      const change = { user, password: fresh, at: Date.now() }
      const outcome = await scene.directory.passwordReset?.reset(db, change)
      if (outcome?.type !== 'accepted') return outcome?.type ?? 'nothing'
      return `${outcome.type} ${await transact(db, outcome.write)}`
    },
    async listLinks() {
      return await db.selectFrom('reset_links').select('email_hash').execute()
    },
  }
}

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(
    say('A22: whom OpenLDAP has disabled gets no link, and no earlier one sets a password'),
    async (t) => {
      const { db } = await engine.open(t)
      const slapd = await startSlapd(t)
      const dn = await slapd.addPerson('erika', password)
      const scene = setUp(t, db, await describeSlapd(t, slapd))
      const user = await scene.logIn('erika')
      await slapd.change(dn, { pwdAccountLockedTime: '000001010000Z', mail: 'new@example.org' })
      assert.deepEqual(await scene.forget('erika'), { type: 'sent' })
      assert.deepEqual(await scene.listLinks(), [])
      assert.deepEqual(scene.noticed, [])
      assert.deepEqual((await scene.listAuditTypes()).slice(-1), ['password_reset_link_not_sent'])
      assert.equal(await scene.reset(user), 'refused')
      assert.equal(await scene.judge('erika', fresh), 'locked')
      await slapd.change(dn, { pwdAccountLockedTime: [] })
      assert.equal(await scene.judge('erika', password), 'right', 'nothing was written')
    },
  )

  test(
    say('A22: whom Active Directory has disabled gets no link, and no earlier one sets a password'),
    async (t) => {
      const { db } = await engine.open(t)
      const corp = await useActiveDirectory(t)
      const sam = corp.name('erika')
      const dn = await corp.addPerson(sam, password)
      const scene = setUp(t, db, await describeActiveDirectory(t, corp))
      const user = await scene.logIn(sam)
      await corp.change(dn, { userAccountControl: '514' })
      assert.deepEqual(await scene.forget(sam), { type: 'sent' })
      assert.deepEqual(await scene.listLinks(), [])
      assert.equal(await scene.reset(user), 'refused')
      await corp.change(dn, { userAccountControl: '512' })
      assert.equal(await scene.judge(sam, fresh), 'wrong')
    },
  )

  test(say('A22: a link goes to the address that the directory has now'), async (t) => {
    const { db } = await engine.open(t)
    const slapd = await startSlapd(t)
    const dn = await slapd.addPerson('erika', password)
    const scene = setUp(t, db, await describeSlapd(t, slapd))
    const { id } = await scene.logIn('erika')
    await slapd.change(dn, { mail: 'new@example.org' })
    assert.deepEqual(await scene.forget('erika'), { type: 'sent' })
    assert.equal((await scene.users.find(db, id))?.email, 'new@example.org')
    assert.equal((await scene.listLinks()).length, 1)
    await slapd.stop()
    assert.equal((await scene.forget('erika')).type, 'later')
  })
})
