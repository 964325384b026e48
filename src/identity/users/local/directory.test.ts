import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createTestClock } from '../../../dev/test-support/scene.ts'
import { systemRandom } from '../../../platform/kernel/random.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { requireFound } from '../directory-answers.ts'
import type { Hasher } from '../hasher.ts'
import { createUsers } from '../users.ts'
import { createLocalDirectory } from './directory.ts'
import { createLocalPasswords } from './passwords.ts'

/** A hash is the password with a mark. Every verification is written down, by the hash that it was for. */
function createTestHasher() {
  const verified: (string | null | undefined)[] = []
  const likes: (string | undefined)[] = []
  const hasher: Hasher = {
    waiting: () => 0,
    hash: async (password) => `hash of ${password}`,
    async verify(hash, password, { like } = {}) {
      verified.push(hash)
      likes.push(like)
      if (hash === `old hash of ${password}`) {
        return { matches: true, rehashed: `hash of ${password}` }
      }
      return { matches: hash === `hash of ${password}` }
    },
  }
  return { verified, likes, hasher }
}

/** Ids in the middle of all: one at their beginning would be behind no pick of another user's hash. */
const random = {
  ...systemRandom,
  bytes: (length: number) => systemRandom.bytes(length).fill(0x80, 0, 1),
}

async function setUp(db: Database, passwordHash = 'hash of right') {
  const clock = createTestClock()
  const users = createUsers({ clock, random })
  const { verified, likes, hasher } = createTestHasher()
  const directory = createLocalDirectory({ users, hasher, clock })
  const { id } = await users.create(db, { username: 'Erika', displayName: 'Erika', passwordHash })
  return {
    users,
    verified,
    likes,
    directory,
    id,
    passwords: createLocalPasswords({ clock }),
    clock,
  }
}

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(say('a password is right, wrong, to be changed or of a disabled user'), async (t) => {
    const { db } = await engine.open(t)
    const { users, directory, id } = await setUp(db)
    const judge = async (name: string, password: string) => {
      const outcome = await directory.verifyPassword(db, name, password)
      return [outcome.type, 'user' in outcome ? outcome.user?.username : undefined]
    }
    assert.deepEqual(await judge('ERIKA', 'right'), ['right', 'Erika'])
    assert.deepEqual(await judge('erika', 'guess'), ['wrong', 'Erika'])
    assert.deepEqual(await judge('nobody', 'right'), ['unknown', undefined])
    assert.deepEqual(await judge('\u0000', 'right'), ['unknown', undefined])
    await users.requirePasswordChange(db, id)
    assert.deepEqual(await judge('erika', 'right'), ['must_change', 'Erika'])
    await users.disable(db, id)
    assert.deepEqual(await judge('erika', 'right'), ['disabled', 'Erika'])
    assert.deepEqual(await judge('erika', 'guess'), ['wrong', 'Erika'])
  })

  test(say('every try costs one verification, whether the name is known or not'), async (t) => {
    const { db } = await engine.open(t)
    const { directory, verified, likes } = await setUp(db)
    for (let n = 0; n < 30; n += 1) await directory.verifyPassword(db, `nobody${n}`, 'guess')
    assert.ok(likes.includes('hash of right'))
    verified.length = 0
    for (const name of ['erika', 'nobody', '\n']) await directory.verifyPassword(db, name, 'guess')
    assert.deepEqual(verified, ['hash of right', undefined, undefined])
  })

  test(say('a weaker hash is replaced with the login, unless it changed meanwhile'), async (t) => {
    const { db } = await engine.open(t)
    const { directory, id, passwords } = await setUp(db, 'old hash of right')
    const outcome = await directory.verifyPassword(db, 'erika', 'right')
    assert.ok(outcome.type === 'right' && outcome.write !== undefined)
    assert.equal(await passwords.find(db, id), 'old hash of right')
    await outcome.write(db)
    assert.equal(await passwords.find(db, id), 'hash of right')
    await passwords.set(db, id, 'hash of another')
    await outcome.write(db)
    assert.equal(await passwords.find(db, id), 'hash of another')
  })

  test(say('a password is changed once for one version of the credentials'), async (t) => {
    const { db } = await engine.open(t)
    const { directory, id, passwords, clock } = await setUp(db)
    const user = requireFound(await directory.find(db, id))
    assert.ok(user !== undefined && directory.changePassword !== undefined)
    const same = await directory.changePassword(db, { user, password: 'right', at: clock.now() })
    assert.deepEqual(same, { type: 'refused', reason: 'same' })
    const outcome = await directory.changePassword(db, { user, password: 'new', at: clock.now() })
    assert.ok(outcome.type === 'accepted')
    assert.equal(await passwords.find(db, id), 'hash of right')
    assert.equal(await outcome.write(db), true)
    assert.equal(await passwords.find(db, id), 'hash of new')
    const version = requireFound(await directory.find(db, id))?.credentialVersion
    assert.equal(version, user.credentialVersion + 1)
    assert.equal(await outcome.write(db), false)
  })

  test(say('a forgotten password is set anew, also where there was none'), async (t) => {
    const { db } = await engine.open(t)
    const { directory, users, passwords, clock } = await setUp(db)
    const { id } = await users.create(db, { username: 'max', displayName: 'Max' })
    const user = requireFound(await directory.findByName(db, 'max'))
    const { passwordReset } = directory
    assert.ok(user !== undefined && passwordReset !== undefined)
    assert.equal(await passwordReset.isFor(db, user), true)
    const at = clock.now()
    const outcome = await passwordReset.reset(db, { user, password: 'new', at })
    assert.ok(outcome.type === 'accepted' && (await outcome.write(db)))
    assert.equal(await passwords.find(db, id), 'hash of new')
  })
})
