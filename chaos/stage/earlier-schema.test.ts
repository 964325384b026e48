import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { onEachEngine } from '../../src/dev/test-support/on-each-engine.ts'
import { useEarlierSchema } from './earlier-schema.ts'

onEachEngine(({ name, open }) => {
  test(`values without a column are left out of an insert, the others stay (${name})`, async (t) => {
    const { db } = await open(t)
    await sql`create table earlier (id text, number integer)`.execute(db)
    const earlier = await useEarlierSchema(db)
    const row = { id: 'a', added_since: null, number: 7 }
    await earlier
      .insertInto('earlier' as never)
      .values([row, { ...row, id: 'b' }] as never)
      .execute()
    const { rows } = await sql`select * from earlier order by id`.execute(db)
    await sql`drop table earlier`.execute(db)
    assert.deepEqual(rows, [
      { id: 'a', number: 7 },
      { id: 'b', number: 7 },
    ])
  })
})
