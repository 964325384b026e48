/** What changes in a real OpenLDAP acts on users who are logged in. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../src/dev/test-support/on-each-engine.ts'
import { createSweep } from '../src/identity/operations/sweep.ts'
import { createListGroups, requireFound } from '../src/identity/users/directory-answers.ts'
import type { Database } from '../src/platform/storage/database.ts'
import { describeSlapd, openDirectories } from './support/directory-scene.ts'
import { type EntryValues, type SlapdOptions, startSlapd } from './support/slapd.ts'

const password = 'Regenschirm im Mai'

async function setUp(
  t: Parameters<typeof startSlapd>[0],
  db: Database,
  settings = {},
  options: SlapdOptions = {},
) {
  const slapd = await startSlapd(t, options)
  const erika = await slapd.addPerson('erika', password)
  const { baseDn } = slapd
  const add = (cn: string, member: string) =>
    slapd.add(`cn=${cn},ou=groups,${baseDn}`, { objectClass: 'groupOfNames', cn, member })
  await add('nurses', erika)
  await add('ward', `cn=nurses,ou=groups,${baseDn}`)
  // A circle: each is in the other.
  await add('house', `cn=ward,ou=groups,${baseDn}`)
  const groups = ['nurses', 'house'].map((cn) => `cn=${cn},ou=groups,${baseDn}`)
  await slapd.change(`cn=ward,ou=groups,${baseDn}`, { member: groups })
  const scene = openDirectories(t, db, [{ ...(await describeSlapd(t, slapd)), ...settings }])
  const { directories } = scene.config
  const sweep = createSweep({ ...scene, directories, settleWrites: async () => undefined })
  const outcome = await scene.verify('erika', password)
  assert.ok(outcome.type === 'right')
  return {
    ...scene,
    ...{ slapd, sweep, erika, add },
    userId: outcome.user.id,
    groups: () => createListGroups(scene.directory)(db, outcome.user.id),
    role: async () => requireFound(await scene.directory.find(db, outcome.user.id))?.role,
    /** As if the interval were over. */
    async passInterval() {
      await db.updateTable('directory_entries').set({ checked_at: 0 }).execute()
      await sweep.run()
    },
  }
}

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(
    say('groups in groups are those of their members, also where they go in a circle'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(t, db)
      assert.deepEqual(await scene.groups(), ['house', 'nurses', 'ward'])
      const flat = await setUp(t, (await engine.open(t)).db, { nested_groups: false })
      assert.deepEqual(await flat.groups(), ['nurses'])
    },
  )

  test(
    say('a group that is left and a role that is lost act on a session that stands'),
    async (t) => {
      const { db } = await engine.open(t)
      const roles = {
        ...{ admin_groups: ['House'], service_desk_groups: ['nurses'] },
        group_base: 'ou=groups,dc=example,dc=org',
      }
      const scene = await setUp(t, db, roles)
      await scene.signIn(scene.userId)
      assert.equal(await scene.role(), 'admin')
      await scene.slapd.change(`cn=ward,ou=groups,${scene.slapd.baseDn}`, {
        member: [`cn=nobody,${scene.slapd.baseDn}`],
      })
      await scene.sweep.run()
      assert.equal(await scene.role(), 'admin', 'the interval is not over')
      await scene.passInterval()
      assert.deepEqual(await scene.groups(), ['nurses'])
      assert.equal(await scene.role(), 'service_desk')
      assert.equal((await scene.sessions.listOf(scene.userId)).length, 1)
    },
  )

  test(say('only the group that is meant gives a role'), async (t) => {
    const { db } = await engine.open(t)
    const byName = { admin_groups: ['admins'], group_base: 'ou=groups,dc=example,dc=org' }
    const scene = await setUp(t, db, byName)
    const { slapd, erika } = scene
    const { baseDn } = slapd
    const branch = `ou=branch,${baseDn}`
    const elsewhere = `cn=admins,ou=branch,ou=groups,${baseDn}`
    const tryGroup = async (dn: string, values: EntryValues, objectClass = 'groupOfNames') => {
      await slapd.add(dn, { objectClass, ...values })
      assert.equal(await scene.judge('erika', password), 'right')
      const role = await scene.role()
      await slapd.asRoot((client) => client.del(dn))
      return role
    }
    await slapd.add(branch, { objectClass: 'organizationalUnit', ou: 'branch' })
    await slapd.add(`ou=branch,ou=groups,${baseDn}`, {
      ...{ objectClass: 'organizationalUnit', ou: 'branch' },
    })
    const names = { cn: ['team', 'admins'], member: erika }
    assert.equal(await tryGroup(`cn=team,ou=groups,${baseDn}`, names), 'user')
    assert.equal(await tryGroup(`cn=admins,${branch}`, { cn: 'admins', member: erika }), 'user')
    const unlike = { cn: 'admins', roleOccupant: erika }
    const unlikeDn = `cn=admins,ou=groups,${baseDn}`
    assert.equal(await tryGroup(unlikeDn, unlike, 'organizationalRole'), 'user')
    assert.equal(await tryGroup(unlikeDn, { cn: 'admins', member: erika }), 'admin')
    assert.equal(await tryGroup(elsewhere, { cn: 'admins', member: erika }), 'admin')
    const wanted = `CN=Admins, OU=groups, ${baseDn}`
    const settings = { ...(await describeSlapd(t, slapd)), admin_groups: [wanted] }
    const exact = openDirectories(t, db, [settings])
    await slapd.add(elsewhere, { objectClass: 'groupOfNames', cn: 'admins', member: erika })
    assert.equal(await exact.judge('erika', password), 'right')
    assert.equal(await scene.role(), 'user')
    await slapd.add(unlikeDn, { objectClass: 'groupOfNames', cn: 'admins', member: erika })
    assert.equal(await exact.judge('erika', password), 'right')
    assert.equal(await scene.role(), 'admin')
  })

  test(say('the sessions of a user who was locked for good or removed end'), async (t) => {
    const { db } = await engine.open(t)
    for (const act of ['lock', 'remove'] as const) {
      await db.deleteFrom('users').execute()
      const scene = await setUp(t, db)
      await scene.signIn(scene.userId)
      await scene.passInterval()
      assert.equal((await scene.sessions.listOf(scene.userId)).length, 1)
      if (act === 'remove') await scene.slapd.asRoot((client) => client.del(scene.erika))
      else {
        await scene.slapd.change(scene.erika, { pwdAccountLockedTime: ['000001010000Z'] })
      }
      await scene.passInterval()
      assert.equal((await scene.sessions.listOf(scene.userId)).length, 0, act)
    }
  })

  test(say('a bind account that may read nothing any more ends no session'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(t, db)
    await scene.signIn(scene.userId)
    const { bindAccount } = scene.slapd
    const blind = `cn=blind,ou=services,${scene.slapd.baseDn}`
    await scene.slapd.add(blind, {
      objectClass: ['organizationalRole', 'simpleSecurityObject'],
      cn: 'blind',
      userPassword: bindAccount.password,
    })
    const settings = { ...(await describeSlapd(t, scene.slapd)), bind_name: blind }
    const { directory, config } = openDirectories(t, db, [settings])
    const account = await directory.checkAccount?.(db, scene.userId)
    assert.equal(account?.type, 'unavailable')
    await db.updateTable('directory_entries').set({ checked_at: 0 }).execute()
    const settleWrites = async () => undefined
    const { directories: described } = config
    await createSweep({ ...scene, directory, settleWrites, directories: described }).run()
    assert.equal((await scene.sessions.listOf(scene.userId)).length, 1)
  })

  test(say('a directory that does not answer ends no session'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(t, db)
    await scene.signIn(scene.userId)
    await scene.slapd.stop()
    await scene.passInterval()
    assert.equal((await scene.sessions.listOf(scene.userId)).length, 1)
    assert.deepEqual(await scene.groups(), ['house', 'nurses', 'ward'])
  })

  test(
    say(
      'a person who is renamed stays the same user, and the name brings nothing to the next who has it',
    ),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(t, db)
      const { slapd } = scene
      const renamed = `uid=erika.neu,ou=people,${slapd.baseDn}`
      await slapd.asRoot((client) => client.modifyDN(scene.erika, renamed))
      const again = await scene.verify('erika.neu', password)
      assert.ok(again.type === 'right')
      assert.deepEqual([again.user.id, again.user.username], [scene.userId, 'erika.neu'])
      await slapd.addPerson('erika', 'Ein anderer Mensch 5')
      const other = await scene.verify('erika', 'Ein anderer Mensch 5')
      assert.ok(other.type === 'right')
      assert.notEqual(other.user.id, scene.userId)
      assert.equal(other.user.username, 'erika')
    },
  )

  test(
    say('a name that was given on before anybody looked leaves the earlier user without it'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(t, db)
      await scene.slapd.asRoot((client) => client.del(scene.erika))
      await scene.slapd.addPerson('erika', 'Ein anderer Mensch 5')
      const other = await scene.verify('erika', 'Ein anderer Mensch 5')
      assert.ok(other.type === 'right')
      assert.notEqual(other.user.id, scene.userId)
      assert.equal(other.user.username, 'erika')
      const before = requireFound(await scene.directory.find(db, scene.userId))
      assert.match(`${before?.username}`, /^staff\\erika\\[0-9a-f-]{36}$/)
    },
  )

  test(say('a name with anything in it is stored as what can be seen of it'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(t, db)
    for (const [displayName, cn, expected] of [
      ['Erika\u0000 \u202eM.', 'e', 'Erika M.'],
      ['\u0000', 'Erika', 'Erika'],
      ['\u200b', '\u200b', 'erika'],
      ['x'.repeat(3000), 'e', 'x'.repeat(200)],
    ] as const) {
      await scene.slapd.change(scene.erika, { displayName, cn })
      const outcome = await scene.verify('erika', password)
      assert.ok(outcome.type === 'right')
      assert.equal(outcome.user.displayName, expected)
    }
  })

  test(
    say('a person of more groups than the directory gives keeps nobody signed in'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(t, db, {}, { config: 'sizelimit 20' })
      const { slapd } = scene
      const max = await slapd.addPerson('max', password)
      const other = await scene.verify('max', password)
      assert.ok(other.type === 'right')
      await scene.signIn(other.user.id)
      await scene.signIn(scene.userId)
      for (let n = 0; n < 25; n += 1) await scene.add(`group${n}`, scene.erika)
      await slapd.asRoot((client) => client.del(max))
      await scene.passInterval()
      assert.equal((await scene.sessions.listOf(other.user.id)).length, 0)
      assert.equal((await scene.sessions.listOf(scene.userId)).length, 1)
      assert.equal(await scene.judge('erika', password), 'unavailable')
      await slapd.asRoot((client) => client.del(scene.erika))
      await scene.passInterval()
      assert.equal((await scene.sessions.listOf(scene.userId)).length, 0)
    },
  )

  test(
    say('groups come in pages where the directory has more than it gives at once'),
    async (t) => {
      const { db } = await engine.open(t)
      const limits = 'limits * size.soft=20 size.hard=20 size.prtotal=unlimited'
      const scene = await setUp(t, db, {}, { config: limits })
      for (let n = 0; n < 25; n += 1) await scene.add(`group${n}`, scene.erika)
      assert.equal(await scene.judge('erika', password), 'right')
      assert.equal((await scene.groups()).length, 28)
    },
  )
})
