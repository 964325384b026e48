/** Users of a directory that was removed from the configuration. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock } from '../../dev/test-support/scene.ts'
import { configSchema } from '../../platform/config/schema.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import { openDirectory } from './directories.ts'
import { createHasher } from './hasher.ts'
import { createLocalPasswords } from './local/passwords.ts'

const password = 'Regenschirm im Mai'
const gone = {
  ...{ name: 'gone', kind: 'openldap', servers: ['ldaps://127.0.0.1:1'], base: 'dc=example' },
  ...{ bind_name: 'cn=einlass', bind_password: 'secret of einlass' },
}
const local = { name: 'local', kind: 'local' }

onEachEngine((engine) => {
  for (const directories of [[local], [local, { ...gone, name: 'another' }]]) {
    const names = directories.map(({ name }) => name).join(' and ')
    test(`A19: users of a removed directory cannot get in beside ${names} (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const clock = createTestClock()
      const scene = createScene(db, clock)
      const hasher = createHasher({ cores: 1, log: scene.log })
      const config = configSchema.parse({ directories })
      const directory = openDirectory({ ...scene, config, hasher })
      t.after(() => directory.close?.())
      const passwordHash = await hasher.hash(password)
      const [erika, own] = await Promise.all(
        ['erika', 'own'].map((username) =>
          scene.users.create(db, { username, displayName: username }),
        ),
      )
      assert.ok(erika && own)
      const entry = { user_id: erika.id, directory: 'gone', entry_id: '1', checked_at: 0 }
      await db.insertInto('directory_entries').values(entry).execute()
      const change = (user: typeof erika) => {
        const wanted = { user, password: 'Fahrrad im Regen', at: clock.now() }
        return directory.changePassword?.(db, wanted)
      }
      for (const [user, isIn] of [
        [erika, false],
        [own, true],
      ] as const) {
        // As a password was written by an earlier version.
        await createLocalPasswords({ clock }).set(db, user.id, passwordHash)
        const refused = { type: 'refused', reason: 'removed' }
        assert.deepEqual(
          await directory.checkAccount?.(db, user.id),
          isIn ? { type: 'current' } : refused,
        )
        assert.equal(await directory.passwordReset?.isFor(db, user), isIn)
        const changed = await change(user)
        assert.equal(changed?.type, isIn ? 'accepted' : 'refused')
        const set = directory.setPassword?.(db, user.id, passwordHash)
        if (isIn) await set
        else await assert.rejects(set ?? Promise.resolve(), Fault)
      }
      // Another directory that does not answer may have the name.
      if (directories.length > 1) return
      assert.equal((await directory.verifyPassword(db, 'erika', password)).type, 'wrong')
      assert.equal((await directory.verifyPassword(db, 'own', password)).type, 'right')
    })
  }
})
