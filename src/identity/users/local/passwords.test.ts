import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { Fault } from '../../../platform/kernel/fault.ts'
import { systemRandom } from '../../../platform/kernel/random.ts'
import { createUsers } from '../users.ts'
import { createLocalPasswords } from './passwords.ts'

const clock = { time: 1_000_000, now: () => clock.time }
const users = createUsers({ clock, random: systemRandom })
const passwords = createLocalPasswords({ clock })
const isFault = (code: string) => (error: unknown) => error instanceof Fault && error.code === code

onEachEngine((engine) => {
  test(`a hash is replaced only while it is the one that was verified (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { id } = await users.create(db, { username: 'e', displayName: 'E', passwordHash: 'old' })
    assert.equal(await passwords.find(db, id), 'old')
    assert.equal(await passwords.replaceHash(db, id, 'old', 'rehashed'), true)
    clock.time += 1000
    await passwords.set(db, id, 'new')
    assert.equal(await passwords.replaceHash(db, id, 'rehashed', 'late'), false)
    assert.equal(await passwords.find(db, id), 'new')
    assert.equal((await users.find(db, id))?.passwordChangedAt, clock.time)
    await assert.rejects(passwords.set(db, 'usr_none', 'x'), isFault('not_found'))
  })

  test(`A15: an unknown name costs the work of some user's hash, and always of the same one (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    assert.equal(await passwords.findLike(db, 'nobody'), undefined)
    for (let n = 0; n < 40; n += 1) {
      const passwordHash = n % 2 === 0 ? 'ours' : 'imported'
      await users.create(db, { username: `u${n}`, displayName: 'U', passwordHash })
    }
    const names = Array.from({ length: 200 }, (_, n) => `nobody${n}`)
    const found = await Promise.all(names.map((name) => passwords.findLike(db, name)))
    const again = await Promise.all(names.map((name) => passwords.findLike(db, name.toUpperCase())))
    assert.deepEqual(again, found)
    const imported = found.filter((hash) => hash === 'imported').length
    assert.ok(imported > 10 && imported < 190, `${imported}`)
  })
})
