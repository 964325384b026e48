/** Users of a real OpenLDAP, asked over LDAPS and StartTLS. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../src/dev/test-support/on-each-engine.ts'
import { describeSlapd, openDirectories } from './support/directory-scene.ts'
import { startSlapd } from './support/slapd.ts'

const password = 'Regenschirm im Mai'

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(say('a person is one user by every name, made at the first right password'), async (t) => {
    const { db } = await engine.open(t)
    const slapd = await startSlapd(t)
    await slapd.addPerson('erika', password, { displayName: 'Erika Mustermann' })
    const scene = openDirectories(t, db, [
      { name: 'local', kind: 'local' },
      await describeSlapd(t, slapd),
    ])
    assert.equal(await scene.judge('erika', 'wrong'), 'wrong')
    assert.equal(await scene.users.count(db), 0)
    const ids = new Set<string>()
    for (const name of [
      ...['erika', ' ERIKA ', 'erika@example.org', 'STAFF\\erika', 'staff\\Erika'],
      'erika@staff.example',
    ]) {
      const outcome = await scene.verify(name, password)
      assert.ok(outcome.type === 'right', name)
      ids.add(outcome.user.id)
      assert.deepEqual(await scene.directory.resolveName?.(db, name), {
        type: 'name',
        name: 'erika',
      })
    }
    assert.equal(ids.size, 1)
    const [user] = await scene.users.list(db)
    assert.deepEqual(
      [user?.username, user?.displayName, user?.email],
      ['erika', 'Erika Mustermann', 'erika@example.org'],
    )
    assert.deepEqual(await scene.listAuditTypes(), ['user_created'])
  })
})
