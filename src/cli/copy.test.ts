/** `einlass copy`: copies in both directions, and refusals. */
import assert from 'node:assert/strict'
import { chmod, chown, mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'
import { onEachEngine } from '../dev/test-support/on-each-engine.ts'
import { readSums } from '../dev/test-support/restored.ts'
import type { StorageConfig } from '../platform/storage/open.ts'
import { takeServerLock } from '../platform/storage/server-lock.ts'

const nameOf = (storage: StorageConfig): string =>
  storage.type === 'sqlite' ? storage.file : storage.url

onEachEngine((engine) => {
  test(`copy moves all rows from SQLite to ${engine.name} and back, with the same keys and values`, async (t) => {
    const { einlass, folder } = await openTerminal(t)
    const from = { type: 'sqlite', file: join(folder, 'einlass.db') } as const
    await einlass(['user', 'add', 'erika', '--email', 'erika@example.org'])
    const app = ['app', 'add', 'wiki', '--redirect-uri', 'https://wiki.example.org/callback']
    assert.equal((await einlass(app)).code, 0)
    const { storage } = await engine.openPlace(t)
    const there = await einlass(['copy', '--to', nameOf(storage), '--json'])
    assert.equal(there.code, 0, there.stderr)
    const expected = await readSums(from)
    assert.deepEqual(await readSums(storage), expected)
    const back = { type: 'sqlite', file: join(folder, 'back.db') } as const
    const copied = await einlass(['copy', '--from', nameOf(storage), '--to', back.file])
    assert.equal(copied.code, 0, copied.stderr)
    assert.match(copied.stdout, /tables, each compared\.\nThe audit log in it is intact/)
    assert.deepEqual(await readSums(back), expected)
    // The secret of the app is sealed, and opens with the same key.
    const env = { EINLASS_STORAGE_FILE: back.file }
    assert.equal((await einlass(['app', 'show', 'wiki'], { env })).code, 0)
    assert.equal((await einlass(['keys', 'list'], { env })).code, 0)
    const again = await einlass(['copy', '--to', nameOf(storage)])
    assert.equal(again.code, 1)
    assert.match(again.stderr, /has (users|apps) already, and was left as it is/)
    assert.deepEqual(await readSums(storage), expected)
  })
})

test('copy refuses a running server, a missing database and a database as its own target', async (t) => {
  const { einlass, folder } = await openTerminal(t)
  const target = join(folder, 'new.db')
  const lock = takeServerLock(join(folder, 'einlass.db'))
  const running = await einlass(['copy', '--to', target])
  lock.release()
  assert.equal(running.code, 69)
  assert.match(running.stderr, /Another Einlass server uses the database/)
  const itself = await einlass(['copy', '--to', join(folder, 'einlass.db')])
  assert.equal(itself.code, 64)
  assert.match(itself.stderr, /are the same database/)
  const nowhere = await einlass(['copy', '--from', join(folder, 'nowhere.db'), '--to', target])
  assert.equal(nowhere.code, 1)
  assert.match(nowhere.stderr, /There is no database of Einlass/)
  assert.equal((await einlass(['copy'])).code, 64)
  const missing = 'postgres://einlass:very-secret@127.0.0.1:1/einlass'
  const away = await einlass(['copy', '--to', missing])
  assert.equal(away.code, 69)
  assert.ok(!away.stderr.includes('very-secret'))
  assert.match(
    away.stderr,
    /^The database 127\.0\.0\.1:1\/einlass is not available: .*ECONNREFUSED/,
  )
  assert.ok(!(await readdir(folder)).some((name) => /^(new|nowhere)\.db$/.test(name)))
})

test('a SQLite file that root copies belongs to the owner of its folder, as a restored one does', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('only root gives a folder away')
  const { einlass, folder } = await openTerminal(t)
  await einlass(['user', 'add', 'erika', '--email', 'erika@example.org'])
  const service = 998
  for (const path of [folder, ...(await readdir(folder)).map((name) => join(folder, name))])
    await chown(path, service, service)
  const target = join(folder, 'new.db')
  const copied = await einlass(['copy', '--to', target])
  assert.equal(copied.code, 0, copied.stderr)
  assert.equal((await stat(target)).uid, service)
})

test('root copies no database from or to a folder where other users can replace files', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('only root gives a folder away')
  const { einlass, folder } = await openTerminal(t)
  await einlass(['user', 'add', 'erika', '--email', 'erika@example.org'])
  const open = join(folder, 'open')
  await mkdir(open)
  const source = join(open, 'source.db')
  assert.equal((await einlass(['copy', '--to', source])).code, 0)
  await chmod(open, 0o777)
  for (const args of [
    ['--to', join(open, 'target.db')],
    ['--from', source, '--to', join(folder, 'target.db')],
  ]) {
    const refused = await einlass(['copy', ...args])
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /Root does not use .*: other users can write to .*open, and could/)
  }
  assert.ok(![...(await readdir(open)), ...(await readdir(folder))].includes('target.db'))
})
