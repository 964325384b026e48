/** Forgotten passwords of users of a real OpenLDAP and a real Active Directory. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Attribute, Change } from 'ldapts'
import { onEachEngine, type Scope } from '../src/dev/test-support/on-each-engine.ts'
import type { User } from '../src/identity/users/user.ts'
import { createResetLinks } from '../src/login/reset/links.ts'
import type { AskingClient } from '../src/login/reset/requests.ts'
import { createSettle } from '../src/login/reset/settle.ts'
import type { Database } from '../src/platform/storage/database.ts'
import { transact } from '../src/platform/storage/transact.ts'
import {
  readValue,
  type TestActiveDirectory,
  useActiveDirectory,
} from './support/active-directory.ts'
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
    async find(name: string): Promise<User> {
      const user = await scene.users.findByName(db, name)
      assert.ok(user)
      return user
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

  test(
    say('N6: Active Directory takes the password of before for an hour, and Einlass does not'),
    async (t) => {
      const { db } = await engine.open(t)
      const corp = await useActiveDirectory(t)
      const sam = corp.name('erika')
      const dn = await corp.addPerson(sam, password)
      const scene = setUp(t, db, await describeActiveDirectory(t, corp))
      const user = await scene.logIn(sam)
      assert.equal(await scene.reset(user), 'accepted true')
      assert.equal(await scene.judge(sam, fresh), 'right')
      assert.equal(await scene.judge(sam, password), 'wrong')
      // Disabled, and who knows only the old password is not told so.
      await corp.change(dn, { userAccountControl: '514' })
      assert.equal(await scene.judge(sam, password), 'wrong')
      assert.equal(await scene.judge(sam, fresh), 'refused: disabled')
      await corp.change(dn, { userAccountControl: '512' })
      const [row] = await db.selectFrom('written_passwords').selectAll().execute()
      assert.match(`${row?.hash}`, /^\$argon2id\$/)
      assert.doesNotMatch(JSON.stringify(scene.entries), /argon2id|Fahrrad/)

      // What the directory has got since counts, and nothing of ours.
      await setDirectly(corp, dn, 'Kaffee um halb acht 9')
      assert.equal(await scene.judge(sam, 'Kaffee um halb acht 9'), 'right')
      assert.equal(await scene.reset(await scene.find(sam)), 'accepted true')
      assert.equal(await scene.judge(sam, 'Kaffee um halb acht 9'), 'wrong')

      await scene.directory.purge?.(db)
      assert.equal((await db.selectFrom('written_passwords').selectAll().execute()).length, 1)
      await db.updateTable('written_passwords').set({ expires_at: Date.now() }).execute()
      await scene.directory.purge?.(db)
      assert.deepEqual(await db.selectFrom('written_passwords').selectAll().execute(), [])
      assert.equal(await scene.judge(sam, fresh), 'right')
    },
  )

  test(
    say(
      'N6: the password of before stays wrong when an administrator asks for a new one and takes that back',
    ),
    async (t) => {
      const { db } = await engine.open(t)
      const corp = await useActiveDirectory(t)
      const sam = corp.name('nora')
      const dn = await corp.addPerson(sam, password)
      const scene = setUp(t, db, await describeActiveDirectory(t, corp))
      assert.equal(await scene.reset(await scene.logIn(sam)), 'accepted true')
      const setAt = await readValue(corp, dn, 'pwdLastSet')
      await corp.change(dn, { pwdLastSet: '0' })
      assert.equal(await scene.judge(sam, password), 'wrong')
      assert.equal(await scene.judge(sam, fresh), 'must_change')
      await corp.change(dn, { pwdLastSet: '-1' })
      assert.ok(BigInt(await readValue(corp, dn, 'pwdLastSet')) > BigInt(setAt))
      assert.equal(await corp.bind(dn, password), '', 'the directory takes it')
      assert.equal(await scene.judge(sam, password), 'wrong')
      assert.equal(await scene.judge(sam, fresh), 'right')

      await setDirectly(corp, dn, 'Kaffee um halb acht 9')
      assert.equal(await scene.judge(sam, 'Kaffee um halb acht 9'), 'right')
    },
  )

  test(say('where no earlier password is taken, none is remembered'), async (t) => {
    const { db } = await engine.open(t)
    const corp = await useActiveDirectory(t)
    const sam = corp.name('max')
    await corp.addPerson(sam, password)
    const described = await describeActiveDirectory(t, corp)
    const scene = setUp(t, db, { ...described, old_password_window: '0s' })
    assert.equal(await scene.reset(await scene.logIn(sam)), 'accepted true')
    assert.deepEqual(await db.selectFrom('written_passwords').selectAll().execute(), [])
    assert.equal(await scene.judge(sam, fresh), 'right')
  })
})

/** As an administrator does it in the directory itself. */
async function setDirectly(corp: TestActiveDirectory, dn: string, secret: string): Promise<void> {
  await corp.asAdministrator(async (client) => {
    const values = [Buffer.from(`"${secret}"`, 'utf16le')]
    const modification = new Attribute({ type: 'unicodePwd', values })
    await client.modify(dn, new Change({ operation: 'replace', modification }))
  })
}
