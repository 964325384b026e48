/** Backups of both engines, read back and restored into both. */
import assert from 'node:assert/strict'
import { chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { testKeyring as keyring } from '../../dev/test-support/keyring.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { readSums } from '../../dev/test-support/restored.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import { silentLog } from '../../platform/kernel/log.ts'
import { systemRandom as random } from '../../platform/kernel/random.ts'
import { writeBackup } from '../../platform/storage/backup/backup-file.ts'
import { openSqliteTables } from '../../platform/storage/backup/sqlite-tables.ts'
import { type OnRows, sumTables } from '../../platform/storage/backup/table-store.ts'
import type { Database } from '../../platform/storage/database.ts'
import { openDatabase, type StorageConfig } from '../../platform/storage/open.ts'
import { createAudit } from '../audit/audit.ts'
import { verifyAudit } from '../audit/verify.ts'
import { userEvents } from '../users/events.ts'
import { createUsers } from '../users/users.ts'
import { type BackupSource, makeBackup, restoreBackup } from './backup.ts'

const start = 1_800_000_000_000
const clock = { now: () => start }
const users = createUsers({ clock, random })
const audit = createAudit({ clock, keyring })

const openKeyring = () => Promise.resolve(keyring)

async function openFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-backup-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function addUser(db: Database, username: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { id } = await users.create(tx, {
      username,
      displayName: `"${username}" Ünïcode 🗝`,
      email: null,
    })
    await tx.insertInto('user_groups').values({ user_id: id, name: 'staff' }).execute()
    await audit.record(tx, userEvents.created, { userId: id, username, by: 'cli:test' })
  })
}

const backUp = (storage: StorageConfig, file: string) =>
  makeBackup({ storage, file, workFolder: dirname(file), now: clock.now, openKeyring })

const restore = (
  storage: StorageConfig,
  backup: BackupSource | string,
  workFolder: string,
  { replace = false, onRows = () => {} }: { replace?: boolean; onRows?: OnRows } = {},
) =>
  restoreBackup({
    storage,
    onRows,
    backup: typeof backup === 'string' ? { file: backup } : backup,
    workFolder,
    replace,
    openKeyring,
    settle: () => Promise.resolve(),
  })

onEachEngine((engine) => {
  test(`a backup has every row, and a restore on either engine gives the same rows (${engine.name})`, async (t) => {
    const { database, storage } = await engine.openPlace(t)
    for (const name of ['erika', 'max', "o'tto"]) await addUser(database.db, name)
    const folder = await openFolder(t)
    const file = join(folder, 'backup')
    const { note, audit } = await backUp(storage, file)
    assert.deepEqual(audit, { type: 'intact', events: 3 })
    assert.equal(note.madeAt, start)
    const expected = await readSums(storage)
    const describe = ({ table, rows, size }: (typeof expected)[number]) => ({ table, rows, size })
    assert.deepEqual(note.sums.map(describe), expected.map(describe))
    assert.deepEqual(
      ['users', 'user_groups', 'audit_events'].map(
        (name) => expected.find(({ table }) => table === name)?.rows,
      ),
      [3, 3, 3],
    )
    const toFile = { type: 'sqlite', file: join(folder, 'new.db') } as const
    await restore(toFile, file, folder)
    assert.deepEqual(await readSums(toFile), expected)
    const other = await engine.openPlace(t)
    await restore(other.storage, file, folder)
    assert.deepEqual(await readSums(other.storage), expected)
    assert.deepEqual(await verifyAudit(other.database.db, keyring), { type: 'intact', events: 3 })
    await addUser(other.database.db, 'later')
  })

  test(`a backup made while others write has whole transactions and an unbroken log (${engine.name})`, async (t) => {
    const { database, storage } = await engine.openPlace(t)
    const folder = await openFolder(t)
    let isDone = false
    const writing = (async () => {
      for (let count = 0; !isDone; count += 1) await addUser(database.db, `user${count}`)
      return true
    })()
    const file = join(folder, 'backup')
    const made = await backUp(storage, file).finally(() => {
      isDone = true
    })
    assert.ok(await writing)
    assert.equal(made.audit.type, 'intact')
    const rows = Object.fromEntries(made.note.sums.map(({ table, rows }) => [table, rows]))
    assert.equal(rows.users, rows.user_groups)
    assert.equal(rows.users, rows.audit_events)
  })

  test(`a restore replaces a database with users only on request, and an error leaves it unchanged (${engine.name})`, async (t) => {
    const { database, storage } = await engine.openPlace(t)
    await addUser(database.db, 'erika')
    const folder = await openFolder(t)
    const file = join(folder, 'backup')
    await backUp(storage, file)
    await addUser(database.db, 'max')
    const before = await readSums(storage)
    await assert.rejects(restore(storage, file, folder), /has users already, .+ --replace/)
    const failing = restoreBackup({
      storage,
      backup: { file },
      workFolder: folder,
      replace: true,
      openKeyring,
      settle: () => Promise.reject(new Error('the key is another one')),
    })
    await assert.rejects(failing, /the key is another one/)
    assert.deepEqual(await readSums(storage), before)
    await restore(storage, file, folder, { replace: true })
    const names = await database.db.selectFrom('users').select('username').execute()
    assert.deepEqual(names, [{ username: 'erika' }])
    assert.deepEqual(await readdir(folder), ['backup'])
  })
})

async function makeOne(t: TestContext) {
  const folder = await openFolder(t)
  const storage = { type: 'sqlite', file: join(folder, 'einlass.db') } as const
  const database = await openDatabase({ storage, log: silentLog })
  await addUser(database.db, 'erika')
  await database.close()
  const file = join(folder, 'backup')
  await backUp(storage, file)
  const target = { type: 'sqlite', file: join(folder, 'new.db') } as const
  return { folder, storage, file, target }
}

const isFault = (code: string, text: RegExp) => (error: unknown) =>
  error instanceof Fault && error.code === code && text.test(error.message)

test('a backup overwrites no file, is readable by its owner only and leaves no other file', async (t) => {
  const { folder, storage, file } = await makeOne(t)
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  const bytes = await readFile(file)
  await assert.rejects(
    backUp(storage, file),
    isFault('conflict', /exists already, and was left as it is/),
  )
  assert.deepEqual(await readFile(file), bytes)
  assert.deepEqual(
    (await readdir(folder)).filter((name) => !name.startsWith('einlass.db')),
    ['backup'],
  )
})

test('a restore refuses a damaged, changed or foreign file with a message and creates no database', async (t) => {
  const { folder, file, target } = await makeOne(t)
  const broken = join(folder, 'broken')
  const bytes = await readFile(file)
  await writeFile(broken, bytes.subarray(0, bytes.length / 2))
  await assert.rejects(
    restore(target, broken, folder),
    isFault('conflict', /damaged|no backup that can be read/),
  )
  await writeFile(broken, 'a letter')
  await assert.rejects(
    restore(target, broken, folder),
    isFault('conflict', /no backup that can be read: file is not a database/),
  )
  await assert.rejects(
    restore(target, join(folder, 'nowhere'), folder),
    isFault('not_found', /There is no file/),
  )
  for (const other of [folder, '/dev/null'])
    await assert.rejects(restore(target, other, folder), isFault('conflict', /is no regular file/))
  const changes: readonly (readonly [string, RegExp])[] = [
    ["UPDATE users SET role = 'admin'", /made with\. The table users has more, or longer ones/],
    ['UPDATE users SET display_name = upper(display_name)', /its rows are not those .* with\.$/],
    ["UPDATE einlass_backup SET note = '{'", /its note cannot be read/],
    ["INSERT INTO kysely_migration VALUES ('999-later', '')", /It has the schema 999-later/],
    ['DROP TABLE proofs', /The tables are not those of Einlass: proofs/],
    ['CREATE TABLE more (id TEXT)', /The tables are not those of Einlass: more \(id\)/],
    ['DELETE FROM kysely_migration', /It is no database of Einlass/],
    [
      "INSERT INTO user_groups VALUES ('usr_nobody', 'staff')",
      /rows refer to rows that are not there/,
    ],
    ['UPDATE users SET disabled_at = -9e999', /users has a value that Einlass never writes/],
    ['UPDATE users SET disabled_at = 1 << 60', /has a number that Einlass never writes/],
    ['CREATE VIRTUAL TABLE more USING fts5(id)', /it has a virtual table/],
  ]
  for (const [sql, expected] of changes) {
    await writeFile(broken, bytes)
    const database = new DatabaseSync(broken)
    database.exec('PRAGMA foreign_keys = OFF')
    database.exec(sql)
    database.close()
    await assert.rejects(
      restore(target, broken, folder),
      isFault(sql.startsWith('DELETE') ? 'not_found' : 'conflict', expected),
      sql,
    )
  }
  assert.ok(!(await readdir(folder)).includes('new.db'))
})

/** Makes a user of a backup an administrator, and its checksums anew: anybody who can write the file can do that. */
async function forge(file: string): Promise<void> {
  const database = new DatabaseSync(file)
  database.exec("UPDATE users SET role = 'admin'")
  const row = database.prepare('SELECT note FROM einlass_backup').get()
  const store = await openSqliteTables(file, 'read')
  const note = { ...JSON.parse(`${row?.note}`), sums: await sumTables(store) }
  await store.close()
  database.prepare('UPDATE einlass_backup SET note = ?').run(JSON.stringify(note))
  database.close()
}

test('A41: a forged backup is refused, because its authentication code needs the key file', async (t) => {
  const { folder, file, target } = await makeOne(t)
  await forge(file)
  const refused = isFault('conflict', /it was changed, or made with other keys/)
  await assert.rejects(restore(target, file, folder), refused)
  const accepting = { file, acceptUnverified: true }
  await assert.rejects(restore(target, accepting, folder), refused)
  assert.deepEqual((await readdir(folder)).includes('new.db'), false)
})

/** Restores and returns how many rows were written, although it is refused. */
async function countCopied(
  { folder, file, target }: Awaited<ReturnType<typeof makeOne>>,
  text: RegExp,
): Promise<number> {
  let copied = 0
  const count: OnRows = (more) => {
    copied += more
  }
  await assert.rejects(restore(target, file, folder, { onRows: count }), isFault('conflict', text))
  return copied
}

function change(file: string, sql: string): void {
  const database = new DatabaseSync(file)
  database.exec(sql)
  database.close()
}

/** Rows that fill a disk, in a file as large or, with the default of a column, in a small one. */
const many = 'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000)'
const fill = `${many} INSERT INTO settings SELECT 'name ' || n, hex(zeroblob(100)) FROM c`

test('A41: no row of a forged backup is copied, because its note is verified before', async (t) => {
  const made = await makeOne(t)
  change(made.file, fill)
  await forge(made.file)
  assert.equal(await countCopied(made, /it was changed, or made with other keys/), 0)
})

test('A41: a backup with more rows than its verified note announces is refused before they are copied', async (t) => {
  const made = await makeOne(t)
  const total = (await readSums(made.storage)).reduce((sum, { rows }) => sum + rows, 0)
  change(made.file, fill)
  assert.ok((await countCopied(made, /The table settings has more, or longer ones/)) < total)
})

test('A41: a backup with longer rows than its verified note announces is refused before they are copied', async (t) => {
  const made = await makeOne(t)
  const bytes = await readFile(made.file)
  change(made.file, 'UPDATE users SET display_name = hex(zeroblob(5000000))')
  const total = (await readSums(made.storage)).reduce((sum, { rows }) => sum + rows, 0)
  assert.ok((await countCopied(made, /The table users has more, or longer ones/)) < total)
  await writeFile(made.file, bytes)
  change(made.file, 'UPDATE users SET display_name = hex(zeroblob(40000000))')
  await countCopied(made, /a value that is longer than any of Einlass/)
})

test('A41: a note of a backup that is too long to be one is not read', async (t) => {
  const made = await makeOne(t)
  change(made.file, 'UPDATE einlass_backup SET note = hex(zeroblob(2000000))')
  assert.equal(await countCopied(made, /its note cannot be read/), 0)
})

test('A41: rows that somebody changes in the file while the backup is made get no authentication code', async (t) => {
  const { folder, storage } = await makeOne(t)
  const file = join(folder, 'second')
  const making = writeBackup({
    storage,
    file,
    now: clock.now,
    findKey: () => Promise.resolve(keyring.derive('backups')),
    async inspect(db) {
      await db.updateTable('users').set({ display_name: '' }).execute()
    },
  })
  await assert.rejects(making, /The rows of users did not arrive as they were/)
  // The note in the file is that of the database.
  const target = { type: 'sqlite', file: join(folder, 'new.db') } as const
  const refused = isFault('conflict', /its rows are not those that it was made with\.$/)
  await assert.rejects(restore(target, file, folder), refused)
})

test('A41: a backup with other keys, another schema or another time is refused', async (t) => {
  const { folder, file, target } = await makeOne(t)
  const bytes = await readFile(file)
  const refused = isFault(
    'conflict',
    /it was changed, or made with other keys|its rows are not those|It has the schema/,
  )
  const otherKeys = { derive: () => new Uint8Array(32) }
  const foreign = restoreBackup({
    storage: target,
    backup: { file },
    workFolder: folder,
    replace: false,
    openKeyring: () => Promise.resolve(otherKeys),
    settle: () => Promise.resolve(),
  })
  await assert.rejects(foreign, refused)
  for (const sql of [
    'UPDATE einlass_backup SET note = replace(note, \'"madeAt":18\', \'"madeAt":19\')',
    "UPDATE einlass_backup SET mac = substr(mac, 2) || 'A'",
    // Of a migration that makes indexes only: the rows and their codes stay right.
    "DELETE FROM kysely_migration WHERE name LIKE '073-%'",
  ]) {
    await writeFile(file, bytes)
    const database = new DatabaseSync(file)
    database.exec(sql)
    database.close()
    await assert.rejects(restore(target, file, folder), refused, sql)
  }
})

test('A41: a backup without an authentication code is restored only on demand, and the result says so', async (t) => {
  const { folder, file, target } = await makeOne(t)
  const database = new DatabaseSync(file)
  database.exec('DROP TABLE einlass_backup')
  database.close()
  await assert.rejects(
    restore(target, file, folder),
    isFault('conflict', /may be forged: .* Restore it with --unverified only if/),
  )
  const restored = await restore(target, { file, acceptUnverified: true }, folder)
  assert.deepEqual([restored.isVerified, restored.note], [false, undefined])
  assert.equal((await readSums(target)).find(({ table }) => table === 'users')?.rows, 1)
})

test('a trigger in a backup is not restored', async (t) => {
  const { folder, file, target } = await makeOne(t)
  const database = new DatabaseSync(file)
  database.exec(
    "CREATE TRIGGER grab AFTER INSERT ON sessions BEGIN UPDATE users SET role = 'admin'; END",
  )
  database.close()
  await restore(target, file, folder)
  const restored = new DatabaseSync(target.file)
  assert.deepEqual(
    restored.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all(),
    [],
  )
  restored.close()
})

test('files that a lost database left are not mixed with the restored database', async (t) => {
  const { folder, file, target } = await makeOne(t)
  await writeFile(`${target.file}-wal`, 'writes of another database')
  await restore(target, file, folder)
  assert.equal((await readSums(target)).find(({ table }) => table === 'users')?.rows, 1)
})

test('a database that root restores belongs to the owner of its folder', async (t) => {
  const { folder, file } = await makeOne(t)
  const service = join(folder, 'service')
  await mkdir(service)
  const isRoot = process.getuid?.() === 0
  if (isRoot) await chown(service, 12_345, 12_345)
  const target = { type: 'sqlite', file: join(service, 'einlass.db') } as const
  await restore(target, file, folder)
  const { uid } = await stat(service)
  for (const name of await readdir(service))
    assert.equal((await stat(join(service, name))).uid, uid)
  assert.deepEqual((await readdir(service)).sort(), ['einlass.db', 'einlass.db.lock'])
})
