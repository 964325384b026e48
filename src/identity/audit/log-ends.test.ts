import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { findWalks, openUnused, type Query } from '../../dev/test-support/plans.ts'
import { findEnds } from './log-ends.ts'

onEachEngine((engine) => {
  test(`the ends of the audit log are found without a look at all events (${engine.name})`, async (t) => {
    const heard: Query[] = []
    const { db } = await openUnused(t, engine, (query) => heard.push(query))
    await db.deleteFrom('audit_events').execute()
    assert.deepEqual(await findEnds(db), { first: 1, last: 0 })
    for (const seq of [7, 8, 9]) {
      const event = { seq, at: 1, type: 'a', data: '{}', previous_hash: '', hash: `${seq}` }
      await db.insertInto('audit_events').values(event).execute()
    }
    heard.length = 0
    assert.deepEqual(await findEnds(db), { first: 7, last: 9 })
    const queries = [...heard]
    assert.equal(queries.length, 2)
    for (const query of queries)
      assert.deepEqual(await findWalks(db, engine.name, { query, large: ['audit_events'] }), [])
  })
})
