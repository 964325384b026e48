import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Kysely, sql } from 'kysely'
import { type Engine, onEachEngine, type Scope } from '../../dev/test-support/on-each-engine.ts'
import { Fault } from '../kernel/fault.ts'
import { silentLog } from '../kernel/log.ts'
import { listContracts, type Migration, migrate, migrateTo, migrations } from './migrate.ts'
import { lookAtSchema, openDatabase, openEngine, type StorageConfig } from './open.ts'
import { openWhenThere } from './open-when-there.ts'
import { createSchemaCheck, readSchema } from './schema.ts'
import type { Tables } from './tables.ts'

const names = Object.keys(migrations)
const [last = ''] = names.slice(-1)
const log = silentLog

const expanding: Migration = {
  up: (db: Kysely<Tables>) => db.schema.alterTable('users').addColumn('later', 'text').execute(),
}
const contract = { migration: '900-expanding', version: '9.1.0' }
const contracting: Migration = {
  contract,
  up: (db: Kysely<Tables>) => db.schema.dropTable('spent_tickets').execute(),
}

/** A database as a program with these migrations leaves it. */
async function prepare(
  t: Scope,
  { findPlace }: Engine,
  list: Readonly<Record<string, Migration>>,
): Promise<StorageConfig> {
  const storage = await findPlace(t)
  const database = await openEngine({ storage, log })
  await migrate(database, { list })
  await database.close()
  return storage
}

const older = Object.fromEntries(Object.entries(migrations).slice(0, -1))
const newer = { ...migrations, '900-expanding': expanding }
const tooNew = { ...newer, '901-contracting': contracting }

async function refusal(opening: Promise<unknown>): Promise<Fault> {
  const error: unknown = await opening.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof Fault, String(error))
  return error
}

onEachEngine((engine) => {
  test(`a database that has all migrations of the program is opened without changes (${engine.name})`, async (t) => {
    const database = await engine.open(t)
    assert.deepEqual(await readSchema(database), { type: 'current' })
    assert.deepEqual(await migrate(database), [])
  })

  test(`an older database is refused with advice, and is migrated only if the options allow it (${engine.name})`, async (t) => {
    const storage = await prepare(t, engine, older)
    assert.deepEqual(await lookAtSchema({ storage, log }), { type: 'older', missing: [last] })
    for (const options of [{ create: false }, { migrate: false }]) {
      const fault = await refusal(openDatabase({ storage, log, ...options }))
      assert.equal(fault.code, 'wrong_schema')
      assert.match(
        fault.message,
        new RegExp(`older Einlass; missing: ${last}.*"einlass migrate"`, 's'),
      )
    }
    assert.deepEqual(await lookAtSchema({ storage, log }), { type: 'older', missing: [last] })
    await (await openDatabase({ storage, log })).close()
    assert.deepEqual(await lookAtSchema({ storage, log }), { type: 'current' })
  })

  test(`an empty database is set up even if migrations are turned off (${engine.name})`, async (t) => {
    const storage = await engine.findPlace(t)
    const fault = await refusal(openDatabase({ storage, log, create: false }))
    assert.equal(fault.code, 'not_found')
    await (await openDatabase({ storage, log, migrate: false })).close()
    assert.deepEqual(await lookAtSchema({ storage, log }), { type: 'current' })
  })

  test(`a program opens a database that a newer program has only expanded, and does not change its schema (${engine.name})`, async (t) => {
    const storage = await prepare(t, engine, newer)
    const warnings: object[] = []
    const heard = { ...log, warn: (entry: object) => void warnings.push(entry) }
    const { db, close } = await openDatabase({ storage, log: heard })
    t.after(close)
    assert.deepEqual(warnings, [{ unknown: ['900-expanding'] }])
    assert.deepEqual(await db.selectFrom('users').select('id').execute(), [])
    const there = await sql`select later from users`.execute(db)
    assert.deepEqual(there.rows, [])
  })

  test(`a database that a newer program contracted is refused, and the error names the version that it requires (${engine.name})`, async (t) => {
    const storage = await prepare(t, engine, tooNew)
    for (const options of [{}, { create: false }]) {
      const fault = await refusal(openDatabase({ storage, log, ...options }))
      assert.equal(fault.code, 'wrong_schema')
      assert.match(fault.message, /does not know 900-expanding, 901-contracting/)
      assert.match(fault.message, /for Einlass 9\.1\.0 and newer.*restore a backup/s)
      assert.ok(!fault.message.includes('postgres://'))
    }
  })

  test(`a newer database is refused if its record of the oldest usable program cannot be read (${engine.name})`, async (t) => {
    const storage = await prepare(t, engine, newer)
    const { db, close } = await openEngine({ storage, log })
    t.after(close)
    for (const value of ['', '9.1.0', '{"migration":"001-initial"}']) {
      await db.deleteFrom('settings').execute()
      await db.insertInto('settings').values({ name: 'oldest_program', value }).execute()
      const fault = await refusal(openDatabase({ storage, log }))
      assert.equal(fault.code, 'wrong_schema', value)
      assert.match(fault.message, /Use the program that has them/)
    }
  })

  test(`a database that lacks a known migration and has an unknown one is refused (${engine.name})`, async (t) => {
    const storage = await prepare(t, engine, { ...older, '053-zz-elsewhere': expanding })
    const fault = await refusal(openDatabase({ storage, log }))
    assert.equal(fault.code, 'wrong_schema')
    assert.match(fault.message, /does not know 053-zz-elsewhere/)
  })

  test(`a migration that fails leaves the schema as it was (${engine.name})`, async (t) => {
    const storage = await prepare(t, engine, older)
    const database = await openDatabase({ storage, log })
    t.after(() => database.close())
    const failing: Migration = {
      async up(db) {
        await db.schema.dropTable('spent_tickets').execute()
        throw new Error('half done')
      },
    }
    const list = { ...migrations, '900-expanding': expanding, '901-failing': failing }
    await assert.rejects(migrate(database, { list }), /half done/)
    assert.deepEqual(await readSchema(database), { type: 'current' })
    await assert.rejects(sql`select later from users`.execute(database.db))
    assert.deepEqual(await database.db.selectFrom('spent_tickets').selectAll().execute(), [])
  })

  test(`a running node detects within seconds that its database now requires a newer program (${engine.name})`, async (t) => {
    const storage = await prepare(t, engine, migrations)
    const database = await openDatabase({ storage, log })
    t.after(() => database.close())
    const clock = { time: 1_800_000_000_000, now: () => clock.time }
    const check = createSchemaCheck(database, clock)
    await check()
    await migrate(database, { list: newer })
    clock.time += 5000
    await check()
    await migrate(database, { list: tooNew })
    await check()
    clock.time += 5000
    const fault = await refusal(check())
    assert.equal(fault.code, 'wrong_schema')
    assert.match(fault.message, /for Einlass 9\.1\.0 and newer/)
  })

  if (engine.name !== 'postgres') return

  test('a migration gives up if a backup reads its table, because a long wait would block all requests (postgres)', async (t) => {
    const storage = await prepare(t, engine, migrations)
    const [backup, database] = [
      await openEngine({ storage, log }),
      await openEngine({ storage, log }),
    ]
    t.after(() => Promise.all([backup.close(), database.close()]))
    const change = { list: newer, longestWait: 50, patience: 0 }
    await backup.db.transaction().execute(async (tx) => {
      await tx.selectFrom('users').select('id').execute()
      const fault = await refusal(migrate(database, change))
      assert.equal(fault.code, 'unavailable')
      assert.match(
        fault.message,
        /(another transaction, such as a backup,|process .*) uses a table/,
      )
      assert.deepEqual(await tx.selectFrom('users').select('id').execute(), [])
    })
    assert.deepEqual(await migrate(database, change), ['900-expanding'])
  })

  test('a migration names the session that blocks it, tries again, and is done when that has ended (postgres)', async (t) => {
    const storage = await prepare(t, engine, migrations)
    const [backup, database] = [
      await openEngine({ storage, log }),
      await openEngine({ storage, log }),
    ]
    t.after(() => Promise.all([backup.close(), database.close()]))
    const texts: string[] = []
    const isNamed = Promise.withResolvers<void>()
    const onBlocked = (text: string) => {
      texts.push(text)
      if (/process \d+/.test(text)) isNamed.resolve()
    }
    let applied: Promise<readonly string[]> | undefined
    const { pid } = await backup.db.transaction().execute(async (tx) => {
      await sql`set local application_name = 'nightly report'`.execute(tx)
      await sql`set local idle_in_transaction_session_timeout = 0`.execute(tx)
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)
      await sql`lock table users`.execute(tx)
      applied = migrate(database, { list: newer, longestWait: 200, patience: 60_000, onBlocked })
      // A migration that gives up at once would leave the test waiting for its name.
      await Promise.race([isNamed.promise, applied])
      return rows[0] ?? { pid: 0 }
    })
    assert.deepEqual(await applied, ['900-expanding'])
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`
    const blocker = new RegExp(`process ${pid} \\(nightly report, since ${time}\\)`)
    assert.match(texts.at(-1) ?? '', blocker)
    assert.equal(await backup.db.selectFrom('users').select('id').executeTakeFirst(), undefined)
  })

  test('a start that is blocked by a session names it in the log, and can be ended meanwhile (postgres)', async (t) => {
    const storage = await engine.findPlace(t)
    const blocking = await openEngine({ storage, log })
    t.after(() => blocking.close())
    await migrateTo(blocking, '064-push-block-begin')
    const reasons: unknown[] = []
    const ended = new AbortController()
    const warn = (entry: { reason?: unknown }) => {
      reasons.push(entry.reason)
      ended.abort(new Fault('unavailable', 'ended by a signal'))
    }
    const options = { storage, log: { ...log, warn }, migrate: true }
    await blocking.db.transaction().execute(async (tx) => {
      await sql`set local idle_in_transaction_session_timeout = 0`.execute(tx)
      await sql`lock table push_devices`.execute(tx)
      const fault = await refusal(openWhenThere(options, 0))
      assert.match(
        fault.message,
        /is not available: process \d+ \(einlass, since .*Z\) uses a table/,
      )
      const waiting = await refusal(openWhenThere(options, 600_000, ended.signal))
      assert.equal(waiting.message, 'ended by a signal')
      assert.match(String(reasons[0]), /process \d+ \(einlass, since/)
    })
    const { close } = await openWhenThere(options, 0)
    await close()
  })

  test('a migration that gives up names who blocked it, and changes nothing (postgres)', async (t) => {
    const storage = await prepare(t, engine, migrations)
    const [backup, database] = [
      await openEngine({ storage, log }),
      await openEngine({ storage, log }),
    ]
    t.after(() => Promise.all([backup.close(), database.close()]))
    await backup.db.transaction().execute(async (tx) => {
      await sql`set local idle_in_transaction_session_timeout = 0`.execute(tx)
      await sql`lock table users`.execute(tx)
      const fault = await refusal(migrate(database, { list: newer, longestWait: 500, patience: 0 }))
      assert.match(fault.message, /process \d+ \(einlass, since .*Z\) uses a table/)
      assert.match(`${fault.cause}`, /process \d+ \(einlass/)
    })
    assert.deepEqual(await migrate(database, { list: newer }), ['900-expanding'])
  })

  test('a migration that PostgreSQL ends in favour of a running server begins again (postgres)', async (t) => {
    const storage = await prepare(t, engine, migrations)
    const [server, database] = [
      await openEngine({ storage, log }),
      await openEngine({ storage, log }),
    ]
    t.after(() => Promise.all([server.close(), database.close()]))
    const hasTable = Promise.withResolvers<void>()
    let attempts = 0
    const crossing: Migration = {
      async up(tx) {
        attempts += 1
        await expanding.up(tx)
        hasTable.resolve()
        await sql`lock table mail_queue`.execute(tx)
      },
    }
    const serving = server.db.transaction().execute(async (tx) => {
      // So that the server is not the one that is ended.
      await sql`set local deadlock_timeout = '1min'`.execute(tx)
      await sql`lock table mail_queue in row exclusive mode`.execute(tx)
      const applied = migrate(database, { list: { ...migrations, '900-crossing': crossing } })
      await hasTable.promise
      return { applied, users: await tx.selectFrom('users').select('id').execute() }
    })
    const { applied, users } = await serving
    assert.deepEqual(users, [])
    assert.deepEqual(await applied, ['900-crossing'])
    assert.equal(attempts, 2)
  })
})

test('of some migrations, those that contract name the oldest program that may use the database', () => {
  assert.deepEqual(listContracts(names.slice(0, 1)), [])
  assert.deepEqual(listContracts([last, '900-expanding', '901-contracting'], tooNew), [contract])
})
