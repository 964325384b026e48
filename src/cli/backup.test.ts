/** `einlass backup` and `einlass restore`. */
import assert from 'node:assert/strict'
import { appendFile, chmod, chown, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { openTerminal, writeKeyCommand } from '../dev/test-support/cli.ts'
import { loadKeys, removeKey } from '../platform/storage/key-file.ts'

async function openWithUser(t: TestContext) {
  const terminal = await openTerminal(t)
  await terminal.einlass(['user', 'add', 'erika', '--email', 'erika@example.org'])
  return { ...terminal, file: join(terminal.folder, 'backup.db') }
}

test('a backup is restored into a new database with the key file of the original database', async (t) => {
  const { einlass, folder, file } = await openWithUser(t)
  const made = await einlass(['backup', file, '--json'])
  assert.equal(made.code, 0, made.stderr)
  const { rows, audit } = made.json() as { rows: number; audit: object }
  assert.ok(rows > 3)
  assert.deepEqual(audit, { type: 'intact', events: 1 })
  const env = { EINLASS_STORAGE_FILE: join(folder, 'other', 'einlass.db') }
  const restored = await einlass(['restore', file], { env })
  assert.equal(restored.code, 0, restored.stderr)
  assert.match(
    restored.stdout,
    /^The database .*other\/einlass\.db is as the backup has it, as of \d{4}-/,
  )
  assert.match((await einlass(['user', 'list'], { env })).stdout, /erika/)
  assert.equal((await einlass(['audit', 'verify'], { env })).code, 0)
})

test('a restore without the key file of the original database is refused before anything changes', async (t) => {
  const { einlass, folder, file } = await openWithUser(t)
  const { einlass: elsewhere, folder: otherFolder } = await openTerminal(t, { empty: true })
  await einlass(['keys', 'list'])
  assert.equal((await einlass(['backup', file])).code, 0)
  const without = await elsewhere(['restore', file])
  assert.equal(without.code, 78)
  assert.match(without.stderr, /key_file\n +found: +"?the key file .* is missing; restore it/)
  const env = { EINLASS_KEY_FILE: join(folder, 'einlass.key') }
  assert.equal((await elsewhere(['restore', file], { env })).code, 0)
  assert.match((await elsewhere(['restore', file], { env })).stderr, /has users already/)
  assert.ok(otherFolder)
})

test('the output of a backup says what a restore needs', async (t) => {
  const { einlass, folder, file } = await openWithUser(t)
  const { stdout } = await einlass(['backup', file])
  assert.match(stdout, /It is not encrypted/)
  assert.ok(stdout.includes(`keep a copy of the key file ${join(folder, 'einlass.key')} elsewhere`))
  const [key] = await loadKeys(join(folder, 'einlass.key'))
  assert.ok(stdout.includes(`the sealing keys of today as well (${key.id})`))
  const again = await einlass(['backup', file])
  assert.equal(again.code, 1)
  assert.match(again.stderr, /exists already, and was left as it is. Name another file/)
})

test('a backup from before a key rotation needs the old key, and the restore names it', async (t) => {
  const { einlass, folder, file } = await openWithUser(t)
  const keyFile = join(folder, 'einlass.key')
  await einlass(['keys', 'list'])
  await einlass(['backup', file])
  const [first] = await loadKeys(keyFile)
  assert.equal((await einlass(['keys', 'rotate', '--purpose', 'sealing'])).code, 0)
  await removeKey(keyFile, first.id)
  const env = { EINLASS_STORAGE_FILE: join(folder, 'other.db') }
  const refused = await einlass(['restore', file], { env })
  assert.equal(refused.code, 78)
  assert.match(
    refused.stderr,
    new RegExp(`the database needs ${first.id}, and there is \\w{16}\\.`),
  )
  assert.match(refused.stderr, /a backup from before a rotation needs the keys of that time/)
  const line = await readFile(`${keyFile}.retired`, 'utf8')
  await chmod(keyFile, 0o600)
  await appendFile(keyFile, line)
  const restored = await einlass(['restore', file], { env })
  assert.equal(restored.code, 0, restored.stderr)
  assert.match((await einlass(['user', 'list'], { env })).stdout, /erika/)
  assert.equal((await einlass(['keys', 'rotate', '--purpose', 'sealing'], { env })).code, 0)
  assert.equal((await einlass(['keys', 'check'], { env })).code, 0)
})

test('the error of a backup names a database that is missing or does not answer', async (t) => {
  const { einlass, folder } = await openTerminal(t, { empty: true })
  const missing = await einlass(['backup', join(folder, 'backup.db')])
  assert.equal(missing.code, 1)
  assert.match(missing.stderr, /^There is no database at .*einlass\.db\.$/m)
  const url = 'postgres://einlass:very-secret@127.0.0.1:1/login'
  const env = {
    EINLASS_STORAGE_TYPE: 'postgres',
    EINLASS_STORAGE_URL: url,
    EINLASS_STORAGE_FILE: undefined,
  }
  const away = await einlass(['backup', join(folder, 'backup.db')], { env })
  assert.equal(away.code, 69)
  assert.match(away.stderr, /^The database 127\.0\.0\.1:1\/login is not available: .*ECONNREFUSED/)
  assert.ok(!away.stderr.includes('very-secret'))
})

function openFile(t: TestContext, folder: string): DatabaseSync {
  const database = new DatabaseSync(join(folder, 'einlass.db'))
  t.after(() => database.close())
  return database
}

const readNoted = (database: DatabaseSync) =>
  database.prepare("SELECT value FROM settings WHERE name = 'last_backup'").get()?.value

test('the database notes the time of a backup only after the backup file is complete', async (t) => {
  const { einlass, folder, file } = await openWithUser(t)
  const database = openFile(t, folder)
  assert.equal((await einlass(['backup', join(folder, 'nowhere', 'backup.db')])).code, 69)
  assert.equal(readNoted(database), undefined)
  const made = await einlass(['backup', file, '--json'])
  assert.equal(made.stderr, '')
  const { madeAt, isNoted } = made.json() as { madeAt: string; isNoted: boolean }
  assert.equal(isNoted, true)
  const noted = readNoted(database)
  assert.deepEqual(JSON.parse(`${noted}`), { madeAt: Date.parse(madeAt) })
  assert.equal((await einlass(['backup', file])).code, 1)
  assert.equal(readNoted(database), noted)
})

test('the database notes the time of the last backup of each series', async (t) => {
  const { einlass, folder } = await openWithUser(t)
  const database = openFile(t, folder)
  const backUp = (name: string, args: readonly string[]) =>
    einlass(['backup', join(folder, name), ...args])
  const list = () =>
    database
      .prepare("SELECT name FROM settings WHERE name LIKE 'last_backup%' ORDER BY name")
      .all()
      .map(({ name }) => name)
  const refused = await backUp('first.db', ['--series', 'a b'])
  assert.equal(refused.code, 64)
  assert.match(refused.stderr, /--series\n +found: +a b\n +allowed: 1 to 40 letters/)
  assert.equal((await backUp('first.db', ['--series', 'daily'])).code, 0)
  assert.equal((await backUp('second.db', [])).code, 0)
  assert.deepEqual(list(), ['last_backup', 'last_backup/daily'])
  assert.equal((await backUp('third.db', ['--series', 'n', '--instead-of', 'daily'])).code, 0)
  assert.deepEqual(list(), ['last_backup', 'last_backup/n'])
})

test('a backup succeeds with a warning if its time cannot be noted in the database', async (t) => {
  const { einlass, folder, file } = await openWithUser(t)
  openFile(t, folder).exec(`CREATE TRIGGER refuse BEFORE INSERT ON settings
    WHEN NEW.name = 'last_backup' BEGIN SELECT RAISE(ABORT, 'it is full'); END`)
  const made = await einlass(['backup', file, '--json'])
  assert.equal(made.code, 0)
  assert.match(made.stderr, /^The backup was made, but its time could not be noted.*it is full/)
  assert.equal((made.json() as { isNoted: boolean }).isNoted, false)
  const env = { EINLASS_STORAGE_FILE: join(folder, 'other.db') }
  assert.equal((await einlass(['restore', file], { env })).code, 0)
})

test('a backup and a restore run the command of the keys once', async (t) => {
  const { einlass, folder, file } = await openWithUser(t)
  const { keys, calls } = await writeKeyCommand(folder)
  const made = await einlass(['backup', file], { env: keys })
  assert.equal(made.code, 0, made.stderr)
  assert.equal(await readFile(calls, 'utf8'), 'once\n')
  const env = { ...keys, EINLASS_STORAGE_FILE: join(folder, 'other.db') }
  const restored = await einlass(['restore', file], { env })
  assert.equal(restored.code, 0, restored.stderr)
  assert.equal(await readFile(calls, 'utf8'), 'once\nonce\n')
})

test('root makes and restores no backup where other users can replace files', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('only root gives a folder away')
  const { einlass, folder } = await openWithUser(t)
  const open = join(folder, 'open')
  await mkdir(open)
  const backup = join(open, 'backup.db')
  assert.equal((await einlass(['backup', backup])).code, 0)
  await chmod(open, 0o777)
  const env = { EINLASS_STORAGE_FILE: join(open, 'new', 'einlass.db') }
  const copy = join(folder, 'copy.db')
  await writeFile(copy, await readFile(backup))
  for (const refused of [
    await einlass(['backup', join(open, 'second.db')]),
    await einlass(['restore', backup, '--replace']),
    await einlass(['restore', copy], { env }),
  ]) {
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /Root does not use .*: other users can write to .*open, and could/)
  }
  assert.deepEqual(await readdir(open), ['backup.db'])
  // Others make files here, but replace none of root.
  await chmod(open, 0o1777)
  assert.equal((await einlass(['backup', join(open, 'second.db')])).code, 0)
  assert.equal((await einlass(['restore', backup], { env })).code, 0)
  await chown(backup, 12_345, 12_345)
  const forged = await einlass(['restore', backup, '--replace'])
  assert.match(forged.stderr, /: \S+open\/backup\.db belongs to 12345, who could replace files/)
})

test('root makes and restores encrypted backups only where other users cannot replace files', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('only root gives a folder away')
  const { einlass, folder } = await openWithUser(t)
  const made = await einlass(['backup-key', join(folder, 'backup.key')])
  const args = ['--to', made.stdout.trim()]
  const foreign = join(folder, 'foreign')
  await mkdir(foreign)
  await chown(foreign, 12_345, 12_345)
  const refused = await einlass(['backup', join(foreign, 'backup.age'), ...args])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /foreign belongs to 12345, who could replace files meanwhile/)
  // The owner of the database can replace it anyway.
  await chown(join(folder, 'einlass.db'), 12_345, 12_345)
  assert.equal((await einlass(['backup', join(foreign, 'backup.age'), ...args])).code, 0)
  // The copy before the encryption is beside the database.
  await chmod(folder, 0o777)
  const beside = await einlass(['backup', join(foreign, 'second.age'), ...args])
  assert.match(beside.stderr, /Run this command as 12345, or use a folder/)
})

test('root reads and writes the keys of backups and the exported events only where others replace no files', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('only root gives a folder away')
  const { einlass, folder, file } = await openWithUser(t)
  const open = join(folder, 'open')
  await mkdir(open)
  const key = join(open, 'backup.key')
  const made = await einlass(['backup-key', key])
  assert.equal(made.code, 0, made.stderr)
  const events = join(open, 'events.json')
  await writeFile(events, (await einlass(['audit', 'list', '--json'])).stdout)
  await einlass(['backup', file, '--to', made.stdout.trim()])
  const env = { EINLASS_STORAGE_FILE: join(folder, 'other.db') }
  const restore = ['restore', file, '--key', key]
  await chmod(open, 0o777)
  const safeKey = join(folder, 'safe.key')
  await writeFile(safeKey, await readFile(key), { mode: 0o600 })
  for (const refused of [
    await einlass(restore, { env }),
    await einlass(['restore', file, '--key', safeKey, '--ends', events], { env }),
    await einlass(['backup-key', join(open, 'second.key')]),
  ]) {
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /Root does not use .*: other users can write to .*open, and could/)
  }
  assert.deepEqual((await readdir(open)).sort(), ['backup.key', 'events.json'])
  await chmod(open, 0o700)
  const restored = await einlass([...restore, '--ends', events], { env })
  assert.equal(restored.code, 0, restored.stderr)
})
