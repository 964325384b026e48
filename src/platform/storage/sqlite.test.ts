import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { sql } from 'kysely'
import { silentLog } from '../kernel/log.ts'
import type { OpenDatabase } from './database.ts'
import { migrate } from './migrate.ts'
import type { SqliteOptions } from './sqlite.ts'
import { openSqlite } from './sqlite.ts'

async function temporaryFile(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'einlass.db')
}

async function openFile(
  t: TestContext,
  file: string,
  options: Partial<SqliteOptions> = {},
): Promise<OpenDatabase> {
  const database = await openSqlite({ file, log: silentLog, ...options })
  t.after(() => database.close())
  await migrate(database)
  return database
}

const open = async (t: TestContext, options: Partial<SqliteOptions> = {}): Promise<OpenDatabase> =>
  openFile(t, await temporaryFile(t), options)

const put = ({ db }: OpenDatabase, name: string, value = '') =>
  db.insertInto('settings').values({ name, value }).execute()

const names = async ({ db }: OpenDatabase): Promise<string[]> => {
  const rows = await db.selectFrom('settings').select('name').orderBy('name').execute()
  return rows.map((row) => row.name)
}

const unavailable = { name: 'Fault', code: 'unavailable' }

test('writes of one event loop turn share a COMMIT', async (t) => {
  const commits: number[] = []
  const database = await open(t, { onCommit: (units) => commits.push(units) })
  commits.length = 0
  await Promise.all(Array.from({ length: 200 }, (_, i) => put(database, `n${i}`)))
  assert.equal((await names(database)).length, 200)
  assert.equal(
    commits.reduce((sum, units) => sum + units, 0),
    200,
  )
  assert.ok(commits.length <= 4, `${commits.length} commits`)
})

test('a full batch is committed before the end of the event loop turn', async (t) => {
  const commits: number[] = []
  const database = await open(t, { batchLimit: 10, onCommit: (units) => commits.push(units) })
  commits.length = 0
  await Promise.all(Array.from({ length: 35 }, (_, i) => put(database, `n${i}`)))
  assert.deepEqual(commits, [10, 10, 10, 5])
})

test('a constant LIMIT is part of the query text, because SQLite would plan the query again for a parameter', async (t) => {
  const queries: { readonly sql: string; readonly parameters: readonly unknown[] }[] = []
  const database = await open(t, {
    onQuery: ({ sql, parameters }) => queries.push({ sql, parameters }),
  })
  for (const name of ['a', 'b', 'c']) await put(database, name)
  queries.length = 0
  const settings = database.db.selectFrom('settings').select('name').orderBy('name')
  assert.deepEqual(await settings.limit(2).execute(), [{ name: 'a' }, { name: 'b' }])
  assert.deepEqual(await settings.limit(sql<number>`1 + 1`).offset(1).execute(), [
    { name: 'b' },
    { name: 'c' },
  ])
  assert.deepEqual(queries, [
    { sql: 'select "name" from "settings" order by "name" limit 2', parameters: [] },
    { sql: 'select "name" from "settings" order by "name" limit 1 + 1 offset ?', parameters: [1] },
  ])
})

test('a transaction that fails among many does not harm the others', async (t) => {
  const database = await open(t)
  const results = await Promise.allSettled(
    Array.from({ length: 40 }, (_, i) =>
      database.db.transaction().execute(async (tx) => {
        await tx
          .insertInto('settings')
          .values({ name: `a${i}`, value: '' })
          .execute()
        await tx
          .insertInto('settings')
          .values({ name: `b${i}`, value: '' })
          .execute()
        if (i % 4 === 1) throw new Error('no')
        if (i % 4 === 2) await tx.insertInto('settings').values({ name: 'a0', value: '' }).execute()
      }),
    ),
  )
  const committed = results.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []))
  assert.deepEqual(
    committed,
    Array.from({ length: 40 }, (_, i) => i).filter((i) => i % 4 === 0 || i % 4 === 3),
  )
  const expected = committed.flatMap((i) => [`a${i}`, `b${i}`]).sort()
  assert.deepEqual((await names(database)).sort(), expected)
})

test('a transaction that waits for something else blocks other writes until it ends', async (t) => {
  const database = await open(t)
  const inside = Promise.withResolvers<void>()
  const proceed = Promise.withResolvers<void>()
  const order: string[] = []
  const transaction = database.db.transaction().execute(async (tx) => {
    await tx.insertInto('settings').values({ name: 'a', value: '' }).execute()
    inside.resolve()
    await proceed.promise
    order.push('transaction')
  })
  await inside.promise
  const single = put(database, 'b').then(() => order.push('single'))
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual(await names(database), [])
  proceed.resolve()
  await Promise.all([transaction, single])
  assert.deepEqual(order, ['transaction', 'single'])
  assert.deepEqual(await names(database), ['a', 'b'])
})

test('a transaction that takes too long is rolled back, and other writes continue', async (t) => {
  const database = await open(t, { transactionLimit: 20 })
  const never = Promise.withResolvers<void>()
  const stuck = database.db.transaction().execute(async (tx) => {
    await tx.insertInto('settings').values({ name: 'stuck', value: '' }).execute()
    await never.promise
    await tx.insertInto('settings').values({ name: 'late', value: '' }).execute()
  })
  await put(database, 'other')
  never.resolve()
  await assert.rejects(stuck, unavailable)
  assert.deepEqual(await names(database), ['other'])
})

test('a full disk is a fault that leaves nothing half-written, and writes work again when there is space', async (t) => {
  const database = await open(t)
  const { db } = database
  await put(database, 'before')
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(db)
  const pages = rows[0]?.page_count ?? 0
  await sql.raw(`pragma max_page_count = ${pages + 2}`).execute(db)
  const attempts = Array.from({ length: 6 }, (_, i) =>
    db.transaction().execute(async (tx) => {
      await tx
        .insertInto('settings')
        .values({ name: `small${i}`, value: '' })
        .execute()
      const value = 'x'.repeat(i < 2 ? 10 : 50_000)
      await tx
        .insertInto('settings')
        .values({ name: `large${i}`, value })
        .execute()
    }),
  )
  const results = await Promise.allSettled(attempts)
  const expected = ['before']
  for (const [i, result] of results.entries()) {
    if (result.status === 'fulfilled') expected.push(`small${i}`, `large${i}`)
    else assert.equal(result.reason.code, 'unavailable')
  }
  assert.ok(results.some(({ status }) => status === 'rejected'))
  assert.deepEqual((await names(database)).sort(), expected.sort())
  await assert.rejects(put(database, 'single', 'x'.repeat(50_000)), unavailable)

  await sql.raw('pragma max_page_count = 1000000').execute(db)
  await put(database, 'single', 'x'.repeat(50_000))
  assert.deepEqual((await names(database)).sort(), [...expected, 'single'].sort())
})

test('a database in memory reads and writes on one connection', async (t) => {
  const database = await openFile(t, ':memory:')
  await Promise.all([put(database, 'a'), put(database, 'b')])
  assert.deepEqual(await names(database), ['a', 'b'])
})

test('only the owner can read and write the database files', async (t) => {
  const file = await temporaryFile(t)
  const database = await openFile(t, file)
  await put(database, 'a')
  for (const name of [file, `${file}-wal`, `${file}-shm`]) {
    assert.equal((await stat(name)).mode & 0o777, 0o600)
  }
})

test('opening a file that is not a database is a fault', async (t) => {
  const file = await temporaryFile(t)
  await writeFile(file, 'this is a text, not a database\n'.repeat(100))
  await assert.rejects(openSqlite({ file, log: silentLog }), unavailable)
})

test('close waits for a running transaction, refuses later writes, and can be called again', async (t) => {
  const file = await temporaryFile(t)
  const database = await openFile(t, file)
  const transaction = database.db.transaction().execute(async (tx) => {
    await tx.insertInto('settings').values({ name: 'a', value: '' }).execute()
    await new Promise((resolve) => setTimeout(resolve, 5))
    await tx.insertInto('settings').values({ name: 'b', value: '' }).execute()
  })
  await new Promise((resolve) => setImmediate(resolve))
  await database.close()
  await transaction
  await assert.rejects(put(database, 'c'))
  await database.close()
  assert.deepEqual(await names(await openFile(t, file)), ['a', 'b'])
})

test('a write gives up if another connection holds the lock too long, and succeeds after that transaction ends', async (t) => {
  const file = await temporaryFile(t)
  const one = await openFile(t, file)
  const other = await openFile(t, file, { busyLimit: 10 })
  const proceed = Promise.withResolvers<void>()
  const inside = Promise.withResolvers<void>()
  const transaction = one.db.transaction().execute(async (tx) => {
    await tx.insertInto('settings').values({ name: 'one', value: '' }).execute()
    inside.resolve()
    await proceed.promise
  })
  await inside.promise
  await assert.rejects(put(other, 'too early'), unavailable)
  proceed.resolve()
  await transaction
  await put(other, 'other')
  assert.deepEqual(await names(one), ['one', 'other'])
})

test('a write waits for the lock of another connection without blocking the process', async (t) => {
  const file = await temporaryFile(t)
  const one = await openFile(t, file)
  const other = await openFile(t, file, { busyLimit: 5_000 })
  const inside = Promise.withResolvers<void>()
  const proceed = Promise.withResolvers<void>()
  const transaction = one.db.transaction().execute(async (tx) => {
    await tx.insertInto('settings').values({ name: 'one', value: '' }).execute()
    inside.resolve()
    await proceed.promise
  })
  await inside.promise
  const waiting = put(other, 'other')
  // A blocked process would fire no timer, and the transaction would never end.
  setTimeout(proceed.resolve, 20)
  await Promise.all([transaction, waiting])
  assert.deepEqual(await names(one), ['one', 'other'])
})

test('a statement that ran before a column was added returns the new column as well', async (t) => {
  const { db } = await open(t)
  await sql`create table things (name text)`.execute(db)
  await sql`insert into things values ('a')`.execute(db)
  const find = () => sql`select * from things`.execute(db)
  assert.deepEqual((await find()).rows, [{ name: 'a' }])
  await sql`alter table things add column size integer default 3`.execute(db)
  assert.deepEqual((await find()).rows, [{ name: 'a', size: 3 }])
})

test('deleted values are no longer in the database file', async (t) => {
  const file = await temporaryFile(t)
  const database = await openFile(t, file)
  const rows = Array.from({ length: 200 }, (_, at) => `${at}`)
  for (const at of rows) await put(database, `row ${at}`, `secret ${at} `.repeat(40))
  await put(database, 'stays', 'this stays')
  await database.db.deleteFrom('settings').where('name', '<>', 'stays').execute()
  await database.close()
  const text = (await readFile(file)).toString('latin1')
  assert.ok(text.includes('this stays'))
  assert.doesNotMatch(text, /secret \d+ /)
})
