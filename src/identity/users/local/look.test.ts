import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { systemRandom } from '../../../platform/kernel/random.ts'
import { toUser } from '../rows.ts'
import { createUsers } from '../users.ts'
import { lookAtName, lookAtUsername } from './look.ts'
import { onlyUsernames } from './names.ts'
import { createLocalPasswords } from './passwords.ts'

const clock = { now: () => 1_000_000 }
const users = createUsers({ clock, random: systemRandom })
const passwords = createLocalPasswords({ clock })

onEachEngine((engine) => {
  test(`A15: for each name one statement finds the same as three (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const nobody = await lookAtUsername(db, 'own')
    assert.deepEqual([nobody.row, nobody.like], [undefined, undefined])
    for (const username of ['own', 'gone', ...Array.from({ length: 12 }, (_, n) => `user${n}`)]) {
      const passwordHash = `hash of ${username}`
      await users.create(db, { username, displayName: username, passwordHash })
    }
    const gone = await users.findByName(db, 'gone')
    const entry = { directory: 'before', entry_id: '1', checked_at: 0 }
    await db
      .insertInto('directory_entries')
      .values({ ...entry, user_id: gone?.id ?? '' })
      .execute()
    const names = ['own', 'OWN', 'gone', 'user3', 'nobody', 'nobody else', '', 'a\u0000b', ' own']
    for (const name of names) {
      const one = await lookAtUsername(db, name)
      const three = await lookAtName({ names: onlyUsernames, passwords }, db, name)
      assert.deepEqual(
        [one.row && toUser(one.row), one.like],
        [three.row && toUser(three.row), three.like],
        name,
      )
      assert.equal(await one.isOwn(), await three.isOwn(), name)
      assert.equal(await one.isOwn(), name !== 'gone', name)
    }
    assert.equal((await lookAtUsername(db, 'OWN')).row?.password_hash, 'hash of own')
  })
})
