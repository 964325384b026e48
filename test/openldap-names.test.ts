/** Names of people in a real OpenLDAP, which users of Einlass itself would take from them by being found first. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine, type Scope } from '../src/dev/test-support/on-each-engine.ts'
import { createScimScene, erika, patchOf } from '../src/dev/test-support/scim-scene.ts'
import { createImportUsers, type ImportedUser } from '../src/identity/operations/import-users.ts'
import { createUserOperations } from '../src/identity/operations/users.ts'
import { describeSlapd, openDirectories } from './support/directory-scene.ts'
import { startSlapd } from './support/slapd.ts'

const password = 'Regenschirm im Mai'
const operator = { type: 'administrator', name: 'cli:alice' } as const
const byMail = { name: 'local', kind: 'local', login_attributes: ['username', 'mail'] }

const imported = (username: string, more: Partial<ImportedUser> = {}): ImportedUser => ({
  ...{ username, attributes: new Map(), groups: [] },
  ...more,
})

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  async function setUp(t: Scope) {
    const { db } = await engine.open(t)
    const slapd = await startSlapd(t)
    await slapd.addPerson('ceo', password)
    const scene = openDirectories(t, db, [byMail, await describeSlapd(t, slapd)])
    return { ...scene, db, slapd, scim: await createScimScene(db, {}, scene.directory) }
  }

  test(
    say('a system that provisions takes no name and no address of somebody in a directory'),
    async (t) => {
      const { db, users, scim, judge } = await setUp(t)
      const add = (more: object) => scim.send('POST', '/Users', { ...erika, ...more })
      const emails = (value: string) => ({ emails: [{ value, primary: true }] })
      for (const more of [
        ...[{ userName: 'CEO' }, { userName: 'ceo@example.org' }, emails('ceo@example.org')],
        // By their form these lead to the directory, also as long as nobody there has them.
        ...[{ userName: 'staff\\nobody' }, { userName: 'nobody@staff.example' }],
      ]) {
        const { status, json } = await add(more)
        assert.deepEqual([status, json.scimType], [409, 'uniqueness'], JSON.stringify(more))
        assert.match(json.detail, /belongs to the directory staff\. Nothing was changed/)
      }
      assert.equal(await users.count(db), 0)
      const { json } = await add({})
      const patch = (path: string, value: unknown) =>
        scim.send('PATCH', `/Users/${json.id}`, patchOf({ op: 'replace', path, value }))
      assert.equal((await patch('userName', 'ceo')).status, 409)
      assert.equal((await patch('emails', emails('ceo@example.org').emails)).status, 409)
      assert.equal((await patch('title', 'Dr.')).status, 200)
      assert.equal((await patch('userName', 'erika.m')).status, 200)
      for (const name of ['ceo', 'ceo@example.org']) {
        assert.equal(await judge(name, password), 'right', name)
      }
    },
  )

  test(
    say('whoever has not logged in yet gets the row of a first login when a device is imported'),
    async (t) => {
      const { db, users, slapd, directory, verify } = await setUp(t)
      const find = (name: string, addsRow: boolean) =>
        directory.findElsewhere?.(db, name, { addsRow })
      assert.deepEqual(await find('ceo', false), { type: 'found', user: undefined })
      assert.equal(await users.count(db), 0)
      for (const name of ['nobody', 'staff\\nobody'])
        assert.deepEqual(await find(name, true), { type: 'unknown' })
      const made = await find('ceo@example.org', true)
      assert.ok(made?.type === 'found' && made.user !== undefined)
      assert.equal(made.user.username, 'ceo')
      const login = await verify('ceo', password)
      assert.ok(login.type === 'right' && login.user.id === made.user.id)
      assert.equal(await users.count(db), 1)
      assert.deepEqual(await find('ceo', false), { type: 'found', user: login.user })
      await slapd.stop()
      assert.equal((await find('ceo', true))?.type, 'unavailable')
    },
  )

  test(
    say('an import leaves people of a directory to it, and an operator is told whose a name is'),
    async (t) => {
      const { db, directory, judge, ...scene } = await setUp(t)
      const operations = createImportUsers({ ...scene, db, directory })
      const passwordHash = await scene.hasher.hash('import import import')
      const batch = [imported('ceo', { passwordHash }), imported('max')]
      const left = { type: 'left_alone', reason: 'the directory staff has this name' }
      assert.deepEqual(await operations.plan(batch), [left, { type: 'new' }])
      assert.deepEqual(await operations.write(operator, batch), [left, { type: 'new' }])
      const ceo = await scene.verify('ceo', password)
      assert.ok(ceo.type === 'right')
      const known = [
        imported('ceo', {
          ...{ displayName: 'Evil', email: 'ceo@evil.example', groups: ['finance'] },
          attributes: new Map([['title', ['Boss']]]),
        }),
      ]
      const comes = { type: 'left_alone', reason: 'this user comes from the directory staff' }
      assert.deepEqual(await operations.write(operator, known), [comes])
      assert.deepEqual(await scene.users.find(db, ceo.user.id), ceo.user)
      assert.deepEqual(await operations.write(operator, [imported('ceo')]), [{ type: 'unchanged' }])
      const named = imported('max', { email: 'ceo@example.org' })
      assert.deepEqual(await operations.write(operator, [named]), [left])
      const { addUser, changeUser } = createUserOperations({
        ...{ ...scene, db, directory },
      })
      const belongs = { code: 'conflict', message: /belongs to the directory staff/ }
      await assert.rejects(addUser(operator, { username: 'Ceo', displayName: 'Ceo' }), belongs)
      await assert.rejects(changeUser(operator, 'max', { email: 'ceo@example.org' }), belongs)
      assert.equal((await changeUser(operator, 'max', { displayName: 'Max' })).displayName, 'Max')
      assert.equal(await judge('ceo', password), 'right')
      assert.equal(await judge('ceo', 'import import import'), 'wrong')
    },
  )

  test(
    say(
      'nobody is provisioned or imported while a directory cannot be asked, and an operator can help',
    ),
    async (t) => {
      const { db, directory, slapd, scim, ...scene } = await setUp(t)
      const { json } = await scim.send('POST', '/Users', erika)
      await slapd.stop()
      const refused = await scim.send('POST', '/Users', { ...erika, userName: 'max' })
      assert.equal(refused.status, 503)
      const rename = patchOf({ op: 'replace', path: 'userName', value: 'ceo' })
      assert.equal((await scim.send('PATCH', `/Users/${json.id}`, rename)).status, 503)
      const leave = patchOf({ op: 'replace', path: 'active', value: false })
      assert.equal((await scim.send('PATCH', `/Users/${json.id}`, leave)).status, 200)
      const operations = createImportUsers({ ...scene, db, directory })
      await assert.rejects(operations.write(operator, [imported('max')]), { code: 'unavailable' })
      const { addUser } = createUserOperations({
        ...{ ...scene, db, directory },
      })
      await addUser(operator, { username: 'helper', displayName: 'Helper' })
      assert.equal(await scene.users.count(db), 2)
    },
  )
})
