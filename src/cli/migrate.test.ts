import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { sql } from 'kysely'
import { openTerminal } from '../dev/test-support/cli.ts'
import { onEachEngine } from '../dev/test-support/on-each-engine.ts'
import { silentLog as log } from '../platform/kernel/log.ts'
import { type Migration, migrate, migrateTo, migrations } from '../platform/storage/migrate.ts'
import { openEngine } from '../platform/storage/open.ts'
import { takeServerLock } from '../platform/storage/server-lock.ts'

const [last = ''] = Object.keys(migrations).slice(-1)
const older = Object.fromEntries(Object.entries(migrations).slice(0, -1))

/** A terminal with a database of a program that knows only these migrations. */
async function openTerminalWith(t: TestContext, list: Readonly<Record<string, Migration>>) {
  const terminal = await openTerminal(t, { empty: true })
  const file = join(terminal.folder, 'einlass.db')
  const database = await openEngine({ storage: { type: 'sqlite', file }, log })
  await migrate(database, { list })
  await database.close()
  return { ...terminal, file }
}

test('only migrate changes the schema, and other commands refuse an old one', async (t) => {
  const { einlass } = await openTerminalWith(t, older)
  for (const command of ['user list', 'app list', 'keys list', 'audit verify', 'user add erika']) {
    const { code, stdout, stderr } = await einlass(command.split(' '))
    assert.deepEqual([code, stdout], [78, ''], command)
    assert.match(
      stderr,
      new RegExp(`^The database .*einlass\\.db .*missing: ${last}.*\n"einlass migrate"`),
    )
    assert.doesNotMatch(stderr, / at .*\.ts:/)
  }
  const json = await einlass(['user', 'list', '--json'])
  assert.match(json.stderr, /^\{"error":\{"code":"wrong_schema"/)
  assert.equal((await einlass(['migrate', '--dry-run'])).stdout.split('\n')[1], `  ${last}`)
})

test('migrate lists the missing migrations, runs them once, and then reports that none are missing', async (t) => {
  const { einlass } = await openTerminalWith(t, older)
  const planned = await einlass(['migrate', '--dry-run', '--json'])
  assert.deepEqual(planned.json(), { type: 'planned', migrations: [last], contracts: [] })
  const done = await einlass(['migrate'])
  assert.equal(done.code, 0)
  assert.match(done.stdout, new RegExp(`^Done in the database .*einlass\\.db:\n {2}${last}\n$`))
  const again = await einlass(['migrate', '--json'])
  assert.deepEqual(
    [again.code, again.json()],
    [0, { type: 'current', migrations: [], contracts: [] }],
  )
  assert.equal((await einlass(['user', 'list'])).code, 0)
})

test('migrate fails at once if a server runs or the database is missing', async (t) => {
  const { einlass, file } = await openTerminalWith(t, older)
  const lock = takeServerLock(file)
  const running = await einlass(['migrate'])
  assert.equal(running.code, 69)
  assert.match(running.stderr, /Another Einlass server uses the database .* End it first/)
  lock.release()
  assert.equal((await einlass(['migrate'])).code, 0)
  const missing = await einlass(['migrate'], { env: { EINLASS_STORAGE_FILE: '/nowhere/x.db' } })
  assert.equal(missing.code, 69)
  assert.match(missing.stderr, /There is no database at \/nowhere\/x\.db/)
})

test('every command refuses a database that a newer program contracted', async (t) => {
  const contracting: Migration = {
    contract: { migration: '901-contracting', version: '9.1.0' },
    up: (db) => db.schema.dropTable('spent_tickets').execute(),
  }
  const { einlass } = await openTerminalWith(t, { ...migrations, '901-contracting': contracting })
  for (const command of ['user list', 'migrate', 'migrate --dry-run', 'serve']) {
    const { code, stderr } = await einlass(command.split(' '))
    assert.equal(code, 78, command)
    assert.match(stderr, /does not know 901-contracting.*for Einlass 9\.1\.0 and newer/s)
    assert.doesNotMatch(stderr, / at .*\.ts:/)
  }
})

onEachEngine(({ name, findPlace }) => {
  if (name !== 'postgres') return

  test('migrate sets up an empty database before a server starts, and updates an older one (postgres)', async (t) => {
    const { einlass } = await openTerminal(t, { empty: true })
    const storage = await findPlace(t)
    if (storage.type !== 'postgres') throw new Error('no PostgreSQL')
    const env = { EINLASS_STORAGE_TYPE: 'postgres', EINLASS_STORAGE_URL: storage.url }
    assert.equal((await einlass(['user', 'list'], { env })).code, 69)
    const database = await openEngine({ storage, log })
    await migrate(database, { list: older })
    assert.equal((await einlass(['user', 'list'], { env })).code, 78)
    const done = await einlass(['migrate', '--json'], { env })
    assert.deepEqual(done.json(), { type: 'done', migrations: [last], contracts: [] })
    await sql`drop schema public cascade; create schema public`.execute(database.db)
    await database.close()
    const all = Object.keys(migrations)
    const set = await einlass(['migrate', '--json'], { env })
    assert.deepEqual(set.json(), { type: 'done', migrations: all, contracts: [] })
    assert.equal((await einlass(['user', 'list'], { env })).code, 0)
  })

  test('migrate names on standard error the session that blocks it, waits for it and then is done (postgres)', async (t) => {
    const { einlass } = await openTerminal(t, { empty: true })
    const storage = await findPlace(t)
    if (storage.type !== 'postgres') throw new Error('no PostgreSQL')
    const env = { EINLASS_STORAGE_TYPE: 'postgres', EINLASS_STORAGE_URL: storage.url }
    const [blocking, watching] = [
      await openEngine({ storage, log }),
      await openEngine({ storage, log }),
    ]
    t.after(() => Promise.all([blocking.close(), watching.close()]))
    await migrateTo(blocking, '064-push-block-begin')
    const isBlocked = async () => {
      const { rows } = await sql`select 1 from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(watching.db)
      return rows.length > 0
    }
    let migrating: ReturnType<typeof einlass> | undefined
    await blocking.db.transaction().execute(async (tx) => {
      await sql`set local application_name = 'nightly report'`.execute(tx)
      await sql`set local idle_in_transaction_session_timeout = 0`.execute(tx)
      await sql`lock table push_devices`.execute(tx)
      migrating = einlass(['migrate'], { env })
      while (!(await isBlocked()));
      // Until it has given up for the moment.
      while (await isBlocked());
    })
    const done = await migrating
    assert.equal(done?.code, 0, `${done?.stderr}`)
    assert.match(
      done?.stderr ?? '',
      /^a migration waits, because process \d+ \(nightly report, since .*Z\) uses a table that is to change; it is tried again in 0\.5 s\n$/,
    )
    assert.match(done?.stdout ?? '', new RegExp(`${last}\n$`))
  })
})
