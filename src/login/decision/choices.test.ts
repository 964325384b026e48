import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createUsers } from '../../identity/users/users.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { createChoiceStore } from './choices.ts'

const clock = { now: () => 1_800_000_000_000 }

async function setUp(db: Database) {
  const users = createUsers({ clock, random: systemRandom })
  const { id } = await users.create(db, { username: 'erika', displayName: 'Erika' })
  return { userId: id, choices: createChoiceStore({ clock }) }
}

onEachEngine((engine) => {
  test(`a user without a decision has no skips and no decline (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { choices, userId } = await setUp(db)
    assert.deepEqual(await choices.find(db, userId), {
      ...{ skipsUsed: 0, declinedAt: null, lastSkippedAt: null },
    })
  })

  test(`skips are accepted up to the allowed number (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { choices, userId } = await setUp(db)
    const skips = [1, 2, 3].map(() => choices.skip(db, userId, 2))
    assert.deepEqual((await Promise.all(skips)).sort(), [false, true, true])
    assert.equal((await choices.find(db, userId)).skipsUsed, 2)
  })

  test(`A10: when no skips are allowed, the first skip is refused (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { choices, userId } = await setUp(db)
    assert.equal(await choices.skip(db, userId, 0), false)
    assert.equal((await choices.find(db, userId)).skipsUsed, 0)
  })

  test(`A10: with one skip left, only one of 20 simultaneous skips on two nodes is accepted (${engine.name})`, async (t) => {
    const [one, two] = await engine.openTwice(t)
    const { choices, userId } = await setUp(one.db)
    await choices.skip(one.db, userId, 3)
    await choices.skip(one.db, userId, 3)
    const skips = Array.from({ length: 20 }, (_, n) =>
      choices.skip(n % 2 === 0 ? one.db : two.db, userId, 3),
    )
    assert.equal((await Promise.all(skips)).filter((counted) => counted).length, 1)
    assert.equal((await choices.find(one.db, userId)).skipsUsed, 3)
  })

  test(`a decline does not change the skips, and can be undone once (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { choices, userId } = await setUp(db)
    assert.equal(await choices.undoDecline(db, userId), false)
    await choices.skip(db, userId, 3)
    await choices.decline(db, userId)
    assert.deepEqual(await choices.find(db, userId), {
      ...{ skipsUsed: 1, declinedAt: clock.now(), lastSkippedAt: clock.now() },
    })
    assert.equal(await choices.undoDecline(db, userId), true)
    assert.equal(await choices.undoDecline(db, userId), false)
    assert.deepEqual(await choices.find(db, userId), {
      ...{ skipsUsed: 1, declinedAt: null, lastSkippedAt: clock.now() },
    })
  })
})
