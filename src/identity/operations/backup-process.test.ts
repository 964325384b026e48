/** Backups and restores in processes that are killed, or that the system lets write no more. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { testKeyring } from '../../dev/test-support/keyring.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { readSums } from '../../dev/test-support/restored.ts'
import { silentLog } from '../../platform/kernel/log.ts'
import type { Database } from '../../platform/storage/database.ts'
import { openDatabase, type StorageConfig } from '../../platform/storage/open.ts'
import { makeBackup } from './backup.ts'

const here = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href)

/** A process with `makeBackup` and `restoreBackup` in scope; `limit` is a command of the shell. */
function runChild(body: string, limit = ':'): ChildProcess {
  const code = `
    import { makeBackup, restoreBackup } from ${here('./backup.ts')}
    import { testKeyring } from ${here('../../dev/test-support/keyring.ts')}
    const settle = () => Promise.resolve()
    const openKeyring = () => Promise.resolve(testKeyring)
    let count = 0
    const onRows = (more) => { count += more; process.stdout.write('.') }
    ${body}`
  return spawn(
    '/bin/sh',
    ['-c', `${limit}; exec "$0" --input-type=module -e "$1"`, process.execPath, code],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
}

async function openFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-backup-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function fill(db: Database, from: number, to: number): Promise<void> {
  const rows = Array.from({ length: to - from }, (_, index) => ({
    name: `name ${from + index}`,
    value: 'x'.repeat(500),
  }))
  await db.insertInto('settings').values(rows).execute()
}

onEachEngine((engine) => {
  test(`a restore that is killed at any point leaves either the previous or the restored database (${engine.name})`, async (t) => {
    const { database, storage } = await engine.openPlace(t)
    const folder = await openFolder(t)
    const file = join(folder, 'backup')
    await fill(database.db, 0, 3_000)
    await makeBackup({
      storage,
      file,
      workFolder: folder,
      now: () => 1,
      openKeyring: async () => testKeyring,
    })
    const restored = await readSums(storage)
    await fill(database.db, 3_000, 4_000)
    const before = await readSums(storage)
    const backup = { file }
    const options = JSON.stringify({ storage, backup, workFolder: folder, replace: true })
    const seen = new Set<string>()
    // The pieces are of 500 rows: in the staged file, and then in the database.
    for (const piece of [2, 8, 11]) {
      const child = runChild(`await restoreBackup({ ...${options}, settle, openKeyring, onRows })`)
      let pieces = 0
      child.stdout?.on('data', (chunk: Buffer) => {
        pieces += chunk.length
        if (pieces >= piece) child.kill('SIGKILL')
      })
      await once(child, 'exit')
      const found = JSON.stringify(await readSums(storage))
      assert.ok([before, restored].some((sums) => JSON.stringify(sums) === found))
      seen.add(found)
      await fill(database.db, 10_000 + piece, 10_001 + piece)
      await database.db
        .deleteFrom('settings')
        .where('name', '=', `name ${10_000 + piece}`)
        .execute()
    }
    assert.ok(seen.has(JSON.stringify(before)))
    const child = runChild(`await restoreBackup({ ...${options}, settle, openKeyring })`)
    assert.deepEqual(await once(child, 'exit'), [0, null])
    assert.deepEqual(await readSums(storage), restored)
  })
})

test('a backup that is killed has no file under its name', async (t) => {
  const folder = await openFolder(t)
  const storage = await makeDatabase(folder)
  const file = join(folder, 'backup')
  const options = JSON.stringify({ storage, file, workFolder: folder })
  const child = runChild(`await makeBackup({ ...${options}, now: () => 1, openKeyring, onRows })`)
  child.stdout?.once('data', () => child.kill('SIGKILL'))
  assert.deepEqual(await once(child, 'exit'), [null, 'SIGKILL'])
  assert.ok(!(await readdir(folder)).includes('backup'))
})

test('a backup without enough disk space reports it and leaves no file', async (t) => {
  const folder = await openFolder(t)
  const storage = await makeDatabase(folder)
  const target = await openFolder(t)
  const options = JSON.stringify({ storage, file: join(target, 'backup'), workFolder: folder })
  // Blocks of 512 bytes: the schema fits, the rows do not.
  const child = runChild(
    `await makeBackup({ ...${options}, now: () => 1, openKeyring })`,
    'ulimit -f 2000',
  )
  assert.ok(child.stderr)
  const [written] = await Promise.all([text(child.stderr), once(child, 'exit')])
  assert.match(written, /There is not enough space in .*, or it cannot be written/)
  assert.deepEqual(await readdir(target), [])
})

async function makeDatabase(folder: string): Promise<StorageConfig> {
  const storage = { type: 'sqlite', file: join(folder, 'einlass.db') } as const
  const database = await openDatabase({ storage, log: silentLog })
  await fill(database.db, 0, 4_000)
  await database.close()
  return storage
}
