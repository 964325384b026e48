import assert from 'node:assert/strict'
import { mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Fault } from '../kernel/fault.ts'
import { silentLog } from '../kernel/log.ts'
import { takeServerLock } from './server-lock.ts'
import { openSqlite } from './sqlite.ts'

async function makeRoot(t: TestContext): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'einlass-folder-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  return root
}

test('the server names the folder that cannot be made when a file has its name', async (t) => {
  const root = await makeRoot(t)
  const taken = join(root, 'data')
  await writeFile(taken, '')
  const dangling = join(root, 'link')
  await symlink(join(root, 'nowhere'), dangling)
  for (const [folder, file] of [
    [taken, join(taken, 'einlass.db')],
    [taken, join(taken, 'below', 'einlass.db')],
    [dangling, join(dangling, 'einlass.db')],
  ] as const) {
    const isExplained = (error: unknown) =>
      error instanceof Fault &&
      error.message ===
        `The folder ${folder} for the database ${file} cannot be made: a file has this name. Name another file in storage.file.`
    assert.throws(() => takeServerLock(file), isExplained)
    await assert.rejects(openSqlite({ file, log: silentLog }), isExplained)
  }
})

test('the server names the folder that the system refuses to make, below /proc too', () => {
  assert.throws(
    () => takeServerLock('/proc/none/data/einlass.db'),
    /^Fault: The folder \/proc\/none for the database \/proc\/none\/data\/einlass\.db cannot be made: ENOENT/,
  )
})

test('several missing folders are made for the owner alone', async (t) => {
  const root = await makeRoot(t)
  takeServerLock(join(root, 'a', 'b', 'einlass.db')).release()
  for (const folder of ['a', join('a', 'b')])
    assert.equal((await stat(join(root, folder))).mode & 0o777, 0o700)
})
