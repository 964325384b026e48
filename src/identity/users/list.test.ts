import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { systemClock as clock } from '../../platform/kernel/clock.ts'
import { systemRandom as random } from '../../platform/kernel/random.ts'
import { listNames } from './list.ts'
import { createUsers } from './users.ts'

onEachEngine((engine) => {
  test(`a search lists names in order, page by page (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const users = createUsers({ clock, random })
    for (const username of ['Erika', 'anton', 'Zoe', 'bob'])
      await users.create(db, { username, displayName: `${username} Muster` })
    await users.create(db, { username: 'max', displayName: 'Max', managedBy: 'directory:corp' })
    const search = 'muster'
    assert.deepEqual(await listNames(db, { search, limit: 9 }), ['anton', 'bob', 'erika', 'zoe'])
    assert.deepEqual(await listNames(db, { search, limit: 2 }), ['anton', 'bob'])
    assert.deepEqual(await listNames(db, { search, limit: 2, after: 'BOB' }), ['erika', 'zoe'])
    assert.deepEqual(await listNames(db, { search, limit: 2, after: 'zoe' }), [])
    assert.deepEqual(await listNames(db, { search: '\0', limit: 2 }), [])
    assert.deepEqual(await listNames(db, { limit: 9, managedBy: 'directory:corp' }), ['max'])
  })
})
