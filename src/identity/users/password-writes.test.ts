import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock } from '../../dev/test-support/scene.ts'
import { hours, minutes, seconds } from '../../platform/kernel/clock.ts'
import { beginWrite, isWriteNew, listUnsettled } from './password-writes.ts'

onEachEngine((engine) => {
  test(`A43: after the clock is set back, an open write of a password is settled without a wait (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { addUser, clock } = createScene(db, createTestClock())
    const userId = await addUser()
    await db
      .insertInto('directory_entries')
      .values({ user_id: userId, directory: 'main', entry_id: 'one', checked_at: clock.now() })
      .execute()
    const beganAt = await beginWrite(db, userId, clock.now())
    const list = () => listUnsettled(db, clock.now(), 10)
    // The clock of another node is behind.
    clock.pass(-seconds(30))
    assert.deepEqual([isWriteNew(beganAt, clock.now()), await list()], [true, []])
    clock.pass(minutes(2))
    assert.deepEqual([isWriteNew(beganAt, clock.now()), await list()], [true, []])
    clock.pass(seconds(30))
    assert.deepEqual([isWriteNew(beganAt, clock.now()), (await list()).length], [false, 1])
    clock.pass(-hours(3))
    assert.deepEqual([isWriteNew(beganAt, clock.now()), (await list()).length], [false, 1])
  })
})
