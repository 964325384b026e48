import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import pg from 'pg'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import type { Database, Queries } from './database.ts'
import { createStatementNames, isOutdatedPlan } from './postgres-statements.ts'
import { prepared, type Slots } from './prepared.ts'
import { transact } from './transact.ts'

const find = prepared((queries, at: Slots<{ name: string }>) =>
  queries.selectFrom('settings').selectAll().where('name', '=', at.name),
)

test('only a prepared query has a name, and only the error for changed columns means an outdated plan', () => {
  assert.equal(createStatementNames().find('select now()'), undefined)
  const refused = (code: string) => Object.assign(new pg.DatabaseError('x', 1, 'error'), { code })
  assert.equal(isOutdatedPlan(refused('0A000')), true)
  assert.equal(isOutdatedPlan(refused('42P01')), false)
  assert.equal(isOutdatedPlan(Object.assign(new Error(), { code: '0A000' })), false)
})

/** Texts of the plans on this connection. */
const listPlans = async (queries: Queries) => {
  const { rows } = await sql<{
    statement: string
  }>`select statement from pg_prepared_statements`.execute(queries)
  return rows.map(({ statement }) => statement)
}

/** Runs the query on three connections, so that each has the plan. */
const findOnThree = (db: Database) => {
  const { promise: all, resolve } = Promise.withResolvers<void>()
  let open = 0
  const findOnOne = () =>
    db.transaction().execute(async (tx) => {
      await find.first(tx, { name: 'colour' })
      open += 1
      if (open === 3) resolve()
      await all
    })
  return Promise.all([findOnOne(), findOnOne(), findOnOne()])
}

/** As a newer node does it. The database is used again by other tests. */
const withNewColumn = async (db: Database, work: () => Promise<void>) => {
  await sql`alter table settings add column shade text`.execute(db)
  await work().finally(() => sql`alter table settings drop column shade`.execute(db))
}

onEachEngine((engine) => {
  if (engine.name !== 'postgres') return

  test('PostgreSQL stores plans of prepared queries only', async (t) => {
    const { db } = await engine.open(t)
    await db.transaction().execute(async (tx) => {
      for (const name of ['colour', 'shape']) {
        await find.first(tx, { name })
        await tx.selectFrom('settings').select('value').where('name', '=', name).execute()
      }
      assert.deepEqual(await listPlans(tx), ['select * from "settings" where "name" = $1'])
    })
  })

  test('a query is answered after a newer node has changed the schema', async (t) => {
    const [{ db }, { db: newer }] = await engine.openTwice(t)
    await db.insertInto('settings').values({ name: 'colour', value: 'blue' }).execute()
    await findOnThree(db)
    await withNewColumn(newer, async () => {
      const blue = { name: 'colour', value: 'blue', shade: null }
      assert.deepEqual(await find.first(db, { name: 'colour' }), blue)
      await findOnThree(db)
    })
  })

  test('a transaction is tried again after a newer node has changed the schema', async (t) => {
    const [{ db }, { db: newer }] = await engine.openTwice(t)
    await findOnThree(db)
    await withNewColumn(newer, async () => {
      let tries = 0
      await transact(db, async (tx) => {
        tries += 1
        await tx.insertInto('settings').values({ name: 'shape', value: 'round' }).execute()
        assert.equal((await find.first(tx, { name: 'shape' }))?.value, 'round')
      })
      assert.equal(tries, 2)
      await findOnThree(db)
    })
  })
})
