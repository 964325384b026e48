import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createTestClock } from '../../../dev/test-support/scene.ts'
import { minutes } from '../../../platform/kernel/clock.ts'
import { createSpentTickets } from './spent.ts'

onEachEngine((engine) => {
  test(`of many simultaneous uses of one ticket, exactly one succeeds (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const clock = createTestClock()
    const spent = createSpentTickets({ clock })
    const results = await Promise.all(Array.from({ length: 20 }, () => spent.spend(db, 'one')))
    assert.equal(results.filter(Boolean).length, 1)
    assert.equal(await spent.spend(db, 'two'), true)
    clock.pass(minutes(14))
    await spent.purge(db)
    assert.equal(await spent.spend(db, 'one'), false)
    clock.pass(minutes(1))
    await spent.purge(db)
    assert.deepEqual(await db.selectFrom('spent_tickets').selectAll().execute(), [])
  })
})
