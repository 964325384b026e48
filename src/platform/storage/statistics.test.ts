import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { silentLog } from '../kernel/log.ts'
import type { OpenDatabase } from './database.ts'
import { openPostgres } from './postgres.ts'
import { findOperation } from './statistics.ts'
import { transact } from './transact.ts'

async function read({ metrics }: Pick<OpenDatabase, 'metrics'>, name: string) {
  const metric = metrics.find((one) => name.startsWith(one.name))
  const samples = (await metric?.read()) ?? []
  return Object.fromEntries(
    samples
      .filter(({ metricName }) => (metricName ?? metric?.name) === name)
      .map(({ labels, value }) => [Object.values(labels).at(-1) ?? '', value]),
  )
}

const counts = 'einlass_database_statement_duration_seconds_count'

onEachEngine((engine) => {
  test(`statements are counted by operation (${engine.name})`, async (t) => {
    const database = await engine.open(t)
    const before = await read(database, counts)
    await database.db.selectFrom('settings').selectAll().execute()
    await transact(database.db, async (tx) => {
      await tx.deleteFrom('settings').where('name', '=', 'nothing').execute()
    })
    const after = await read(database, counts)
    const rise = (operation: string) => (after[operation] ?? 0) - (before[operation] ?? 0)
    assert.equal(rise('read'), 1)
    assert.equal(rise('write'), 1)
    assert.equal(rise('commit'), 1)
  })

  test(`an invalid statement is not recorded as a database failure, and the database size is reported (${engine.name})`, async (t) => {
    const database = await engine.open(t)
    const failures = 'einlass_database_failures_total'
    await assert.rejects(sql`select nothing from nowhere`.execute(database.db))
    assert.deepEqual(await read(database, failures), { '': 0 })
    const size = await read(database, 'einlass_database_size_bytes')
    assert.ok((size.data ?? 0) > 10_000)
  })
})

test('a statement to an unreachable database is recorded as a failure', async (t) => {
  const database = await openPostgres({
    url: 'postgres://nobody@127.0.0.1:1/nothing',
    log: silentLog,
  })
  t.after(() => database.close())
  const failures = 'einlass_database_failures_total'
  await assert.rejects(sql`select 1`.execute(database.db), { code: 'unavailable' })
  assert.deepEqual(await read(database, failures), { '': 1 })
})

test('the first word of a statement determines its operation', () => {
  const texts = ['select "id"', 'COMMIT', 'commit', 'BEGIN IMMEDIATE', 'begin', 'SAVEPOINT a']
  assert.deepEqual(texts.map(findOperation), [
    ...['read', 'commit', 'commit'],
    ...['transaction', 'transaction', 'transaction'],
  ])
  assert.deepEqual(['insert into "x"', 'update "x"', 'with "x"'].map(findOperation), [
    ...['write', 'write', 'write'],
  ])
})
