import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
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

test('writes of one turn share a COMMIT', async (t) => {
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

test('a COMMIT does not wait for the end of the turn when enough units have collected', async (t) => {
  const commits: number[] = []
  const database = await open(t, { batchLimit: 10, onCommit: (units) => commits.push(units) })
  commits.length = 0
  await Promise.all(Array.from({ length: 35 }, (_, i) => put(database, `n${i}`)))
  assert.deepEqual(commits, [10, 10, 10, 5])
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
  const kept = results.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []))
  assert.deepEqual(
    kept,
    Array.from({ length: 40 }, (_, i) => i).filter((i) => i % 4 === 0 || i % 4 === 3),
  )
  const expected = kept.flatMap((i) => [`a${i}`, `b${i}`]).sort()
  assert.deepEqual((await names(database)).sort(), expected)
})

test('a transaction that waits for something else keeps other writes out until it ends', async (t) => {
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

test('a transaction that never ends is rolled back and lets the others go on', async (t) => {
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

test('a full disk is a fault, leaves nothing half-written, and passes when there is space', async (t) => {
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

test('the database file is for its owner only', async (t) => {
  const file = await temporaryFile(t)
  const database = await openFile(t, file)
  await put(database, 'a')
  for (const name of [file, `${file}-wal`, `${file}-shm`]) {
    assert.equal((await stat(name)).mode & 0o777, 0o600)
  }
})

test('a file that is no database is a fault', async (t) => {
  const file = await temporaryFile(t)
  await writeFile(file, 'this is a text, not a database\n'.repeat(100))
  await assert.rejects(openSqlite({ file, log: silentLog }), unavailable)
})

test('close waits for a transaction that is under way, refuses what comes later, and may be repeated', async (t) => {
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

const here = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href)

/** A process that opens `file` and runs `body` with `database` in scope; `limit` is a command of the shell. */
function runChild(file: string, body: string, limit = ':'): ChildProcess {
  const code = `
    import { silentLog } from ${here('../kernel/log.ts')}
    import { migrate } from ${here('./migrate.ts')}
    import { openSqlite } from ${here('./sqlite.ts')}
    const database = await openSqlite({ file: ${JSON.stringify(file)}, log: silentLog })
    await migrate(database)
    const put = (name) => database.db.insertInto('settings').values({ name, value: '' }).execute()
    ${body}`
  const shell = `${limit}; exec "$0" --input-type=module -e "$1"`
  return spawn('/bin/sh', ['-c', shell, process.execPath, code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

test('every write that was acknowledged survives a kill of the process', async (t) => {
  const file = await temporaryFile(t)
  const child = runChild(
    file,
    `for (let round = 0; ; round++) {
      await Promise.all(Array.from({ length: 5 }, async (_, i) => {
        const name = round + '-' + i
        if (i < 3) await put(name)
        else await database.db.transaction().execute(async (tx) => {
          await tx.insertInto('settings').values({ name, value: '' }).execute()
          await tx.insertInto('settings').values({ name: name + '+', value: '' }).execute()
        })
        process.stdout.write(name + (i < 3 ? '\\n' : '\\n' + name + '+\\n'))
      }))
    }`,
  )
  const acknowledged: string[] = []
  assert.ok(child.stdout)
  for await (const line of createInterface({ input: child.stdout })) {
    // The last line may be cut off by the kill.
    if (/^\d+-\d\+?$/.test(line)) acknowledged.push(line)
    if (acknowledged.length === 400) child.kill('SIGKILL')
  }
  assert.ok(acknowledged.length >= 400)
  const database = await openFile(t, file)
  const stored = new Set(await names(database))
  assert.deepEqual(
    acknowledged.filter((name) => !stored.has(name)),
    [],
  )
  for (const name of stored) {
    if (/-[34]$/.test(name)) assert.ok(stored.has(`${name}+`), 'a transaction is there as a whole')
  }
  const { rows } = await sql<object>`pragma integrity_check`.execute(database.db)
  assert.deepEqual(rows, [{ integrity_check: 'ok' }])
})

test('when the system refuses to write, what was acknowledged is stored and nothing else', async (t) => {
  const file = await temporaryFile(t)
  const before = await openFile(t, file)
  await before.close()
  const child = runChild(
    file,
    `let i = 0
    const attempt = async (value) => {
      const name = 'n' + i++
      await database.db.transaction().execute(async (tx) => {
        await tx.insertInto('settings').values({ name, value }).execute()
        await tx.insertInto('settings').values({ name: name + '+', value }).execute()
      })
      process.stdout.write(name + '\\n' + name + '+\\n')
    }
    for (let round = 0; round < 40; round++) {
      const value = 'x'.repeat(3000 * (round % 5))
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => attempt(value)))
      for (const { reason } of results) if (reason) process.stdout.write(reason.code + '\\n')
    }`,
    'ulimit -f 2000',
  )
  const lines: string[] = []
  assert.ok(child.stdout)
  for await (const line of createInterface({ input: child.stdout })) lines.push(line)
  const acknowledged = lines.filter((line) => line.startsWith('n'))
  const codes = new Set(lines.filter((line) => !line.startsWith('n')))
  assert.ok(acknowledged.length > 0)
  assert.deepEqual([...codes], ['unavailable'])
  const database = await openFile(t, file)
  assert.deepEqual((await names(database)).sort(), acknowledged.sort())
  await put(database, 'space')
})

test('processes that start at the same time set up one schema and all write', async (t) => {
  const file = await temporaryFile(t)
  const children = ['a', 'b', 'c'].map((letter) =>
    runChild(
      file,
      `for (let i = 0; i < 20; i++) await put('${letter}' + i)
      await database.close()`,
    ),
  )
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]))
  assert.deepEqual(codes, [0, 0, 0])
  assert.equal((await names(await openFile(t, file))).length, 60)
})

test('a write waits for another process without stopping this one, then gives up', async (t) => {
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
