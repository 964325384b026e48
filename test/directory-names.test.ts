/** People with the same name in several directories, in a real OpenLDAP that plays two of them, and beside local users. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogin } from '../src/dev/test-support/login.ts'
import { onEachEngine, type Scope } from '../src/dev/test-support/on-each-engine.ts'
import { openTab } from '../src/dev/test-support/tab.ts'
import type { Database } from '../src/platform/storage/database.ts'
import { type DirectoryScene, describeSlapd, openDirectories } from './support/directory-scene.ts'
import { startSlapd, type TestSlapd } from './support/slapd.ts'

const password = 'Regenschirm im Mai'
const local = { name: 'local', kind: 'local' }
const wrongText = 'login.wrong.text'

/** The unit `people` is the directory corp, and comes first; the unit `partners` is the directory partners. */
async function describeBoth(t: Scope, slapd: TestSlapd) {
  const { baseDn } = slapd
  const partners = { objectClass: 'organizationalUnit', ou: 'partners' }
  await slapd.add(`ou=partners,${baseDn}`, partners)
  const { domain: _, ...described } = await describeSlapd(t, slapd)
  return {
    directories: [
      local,
      { ...described, name: 'corp', base: `ou=people,${baseDn}` },
      { ...described, name: 'partners', base: `ou=partners,${baseDn}`, upn_suffixes: [] },
    ],
    async addPartner(uid: string, secret: string) {
      const names = { uid, cn: uid, sn: uid, mail: `${uid}@partners.example` }
      const entry = { objectClass: ['inetOrgPerson'], ...names, userPassword: secret }
      await slapd.add(`uid=${uid},ou=partners,${baseDn}`, entry)
    },
  }
}

/** The whole login in front of these directories. */
async function openLogin(t: Scope, db: Database) {
  const slapd = await startSlapd(t)
  const both = await describeBoth(t, slapd)
  const { directory } = openDirectories(t, db, both.directories)
  const login = createTestLogin(db, { openDirectory: () => directory })
  await login.addApp('mail', { secondFactor: 'none', skips: 0, decline: false })
  return {
    ...{ ...login, ...both, slapd },
    async enter(username: string, typed: string): Promise<string> {
      const view = await openTab(login).begin({ username, password: typed, appId: 'mail' })
      return view.type === 'page' ? `${view.formError?.text.key}` : view.type
    },
  }
}

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(
    say('A18: a namesake in another directory forgives no guess at a person, and counts none'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await openLogin(t, db)
      await scene.slapd.addPerson('ceo', password)
      await scene.addPartner('ceo', 'Fahrrad im Regen')
      const guesses: string[] = []
      for (let round = 0; round < 3; round += 1) {
        for (let n = 0; n < 3; n += 1) guesses.push(await scene.enter('corp\\ceo', `guess ${n}`))
        assert.equal(await scene.enter('partners\\ceo', 'Fahrrad im Regen'), 'finished')
      }
      const [wrong, wait] = ['login.wrong.text', 'login.throttled.name']
      assert.deepEqual(guesses, [...Array(5).fill(wrong), ...Array(4).fill(wait)])
    },
  )

  test(
    say('A14, A18: a page about one name says nothing of another one of the same person'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await openLogin(t, db)
      const policy = `cn=default,ou=policies,${scene.slapd.baseDn}`
      await scene.slapd.change(policy, { pwdLockout: 'FALSE' })
      await scene.slapd.addPerson('anna', password)
      await scene.addUser('lena')
      const [wrong, wait] = ['login.wrong.text', 'login.throttled.name']
      for (const name of ['anna', 'lena', 'nemo']) {
        const pages: string[] = []
        for (let n = 0; n < 6; n += 1) pages.push(await scene.enter(name, `guess ${n}`))
        assert.deepEqual(pages, [...Array(5).fill(wrong), wait], name)
        for (const other of [`corp\\${name}`, `${name}@staff.example`, `${name}@example.org`]) {
          assert.equal(await scene.enter(other, 'guess'), wrong, other)
        }
      }
      // One counter for all of them: the right password is not looked at, and the page does not say so.
      assert.equal(await scene.enter('corp\\anna', password), wrong)
      scene.pass(60_000)
      assert.equal(await scene.enter('corp\\anna', password), 'finished')
    },
  )

  /** Logs in, and gives the username that the person has here then. */
  const nameAfterLogin = async (scene: DirectoryScene, typed: string, secret = password) => {
    const outcome = await scene.verify(typed, secret)
    return outcome.type === 'right' ? outcome.user.username : outcome.type
  }

  test(
    say('a name is that of the first directory that has it, whoever logs in first'),
    async (t) => {
      const { db } = await engine.open(t)
      const slapd = await startSlapd(t)
      const { directories, addPartner } = await describeBoth(t, slapd)
      const scene = openDirectories(t, db, directories)
      await slapd.addPerson('ceo', password)
      await addPartner('ceo', password)
      assert.equal(await nameAfterLogin(scene, 'partners\\ceo'), 'partners\\ceo')
      assert.equal(await nameAfterLogin(scene, 'ceo'), 'ceo')
      assert.equal(await nameAfterLogin(scene, 'partners\\ceo'), 'partners\\ceo')
      // A partner has the name until the first directory has such a person.
      await addPartner('max', password)
      assert.equal(await nameAfterLogin(scene, 'max'), 'max')
      const dn = await slapd.addPerson('max', password)
      assert.equal(await nameAfterLogin(scene, 'max'), 'max')
      assert.equal(await nameAfterLogin(scene, 'partners\\max'), 'partners\\max')
      await slapd.asRoot((client) => client.del(dn))
      assert.equal(await nameAfterLogin(scene, 'max'), 'max', 'free again')
      const renamed = (await scene.users.list(db)).map(({ username }) => username)
      assert.equal(new Set(renamed).size, 4)
      assert.ok((await scene.listAuditTypes()).includes('user_changed'))
    },
  )

  test(
    say('A18: where people log in by mail, the username of an earlier directory is not taken'),
    async (t) => {
      const { db } = await engine.open(t)
      const slapd = await startSlapd(t)
      const { directories, addPartner } = await describeBoth(t, slapd)
      const byMail = directories.map((one) => ({
        ...one,
        ...(one !== local && { login_attributes: ['mail'] }),
      }))
      const scene = openDirectories(t, db, byMail)
      const dn = await slapd.addPerson('ceo', password, { mail: 'ceo@corp.example' })
      await addPartner('ceo', password)
      for (let round = 0; round < 2; round += 1) {
        assert.equal(await nameAfterLogin(scene, 'ceo@partners.example'), 'partners\\ceo')
        assert.equal(await nameAfterLogin(scene, 'ceo@corp.example'), 'ceo')
      }
      await slapd.asRoot((client) => client.del(dn))
      assert.equal(await nameAfterLogin(scene, 'ceo@partners.example'), 'ceo', 'free again')
    },
  )

  test(say('a second entry with a name takes it from nobody, and has none of both'), async (t) => {
    const { db } = await engine.open(t)
    const slapd = await startSlapd(t)
    const { directories } = await describeBoth(t, slapd)
    const scene = openDirectories(t, db, directories)
    await slapd.addPerson('ceo', password)
    assert.equal(await nameAfterLogin(scene, 'ceo'), 'ceo')
    const branch = `ou=branch,ou=people,${slapd.baseDn}`
    await slapd.add(branch, { objectClass: 'organizationalUnit', ou: 'branch' })
    const names = { uid: 'ceo', cn: 'ceo', sn: 'ceo', mail: 'second@example.org' }
    const second = { objectClass: ['inetOrgPerson'], ...names, userPassword: password }
    await slapd.add(`uid=ceo,${branch}`, second)
    assert.match(await nameAfterLogin(scene, 'second@example.org'), /^corp\\ceo\\[\da-f-]{36}$/)
    assert.equal(await nameAfterLogin(scene, 'ceo@example.org'), 'ceo')
    assert.equal(await nameAfterLogin(scene, 'ceo'), 'unknown', 'a name of two means nobody')
  })

  test(
    say('a person confirms their own password, whomever their username means at a login'),
    async (t) => {
      const { db } = await engine.open(t)
      const { slapd, ...scene } = await openLogin(t, db)
      await slapd.addPerson('ceo', password)
      assert.equal(await scene.enter('ceo', password), 'finished')
      const names = { uid: 'ceo', cn: 'ceo', sn: 'ceo', mail: 'second@example.org' }
      const second = { objectClass: ['inetOrgPerson'], ...names, userPassword: 'Fahrrad im Regen' }
      const branch = `ou=branch,ou=people,${slapd.baseDn}`
      await slapd.add(branch, { objectClass: 'organizationalUnit', ou: 'branch' })
      await slapd.add(`uid=ceo,${branch}`, second)
      assert.equal(await scene.enter('second@example.org', 'Fahrrad im Regen'), 'finished')
      const users = await scene.users.list(db)
      const judge = async (isSecond: boolean, typed: string) => {
        const user = users.find(({ username }) => (username !== 'ceo') === isSecond)
        assert.ok(user)
        const asked = { user, password: typed, device: undefined, address: null }
        return (await scene.judgeCurrentPassword(asked)).type
      }
      for (const [isSecond, typed, outcome] of [
        [true, 'Fahrrad im Regen', 'right'],
        [true, password, 'wrong'],
        [false, password, 'right'],
        [false, 'Fahrrad im Regen', 'wrong'],
      ] as const) {
        assert.equal(await judge(isSecond, typed), outcome, `${isSecond} ${typed}`)
      }
      // Counted with the attempts at the login page.
      for (let n = 0; n < 4; n += 1) await judge(true, `guess ${n}`)
      assert.equal(await judge(true, 'Fahrrad im Regen'), 'wait')
      assert.equal(await scene.enter('second@example.org', 'Fahrrad im Regen'), wrongText)
      assert.equal(await scene.enter('ceo@example.org', password), 'finished')
    },
  )

  test(
    say('a name of two entries in the first directory belongs to nobody in a later one'),
    async (t) => {
      const { db } = await engine.open(t)
      const slapd = await startSlapd(t)
      const { directories, addPartner } = await describeBoth(t, slapd)
      const scene = openDirectories(t, db, directories)
      await slapd.addPerson('ceo', password)
      await slapd.addPerson('other', password, { uid: ['other', 'ceo'] })
      await addPartner('ceo', password)
      assert.equal(await nameAfterLogin(scene, 'ceo'), 'unknown')
      assert.equal(await nameAfterLogin(scene, 'partners\\ceo'), 'partners\\ceo')
    },
  )

  test(
    say('while a directory with an earlier right is away, nobody new takes a name that may be its'),
    async (t) => {
      const { db } = await engine.open(t)
      const slapd = await startSlapd(t)
      const { directories, addPartner } = await describeBoth(t, slapd)
      const [, corp, partners] = directories
      await addPartner('ceo', password)
      await addPartner('max', password)
      const scene = openDirectories(t, db, directories)
      assert.equal(await nameAfterLogin(scene, 'partners\\max'), 'max')
      const away = { ...corp, servers: ['ldaps://127.0.0.1:1'] }
      const without = openDirectories(t, db, [local, away, { ...partners }])
      assert.equal(await nameAfterLogin(without, 'partners\\ceo'), 'unavailable')
      assert.equal(await nameAfterLogin(without, 'partners\\max'), 'max')
    },
  )
})
