import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Fault } from '../kernel/fault.ts'
import { silentLog } from '../kernel/log.ts'
import { openDatabase } from './open.ts'
import { takeServerLock } from './server-lock.ts'

async function fileFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-lock-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'data', 'einlass.db')
}

const isTaken = (error: unknown) =>
  error instanceof Fault &&
  error.code === 'unavailable' &&
  /Another Einlass server/.test(error.message)

test('a lock file that is a symbolic link is refused and not followed', async (t) => {
  const file = await fileFor(t)
  await mkdir(dirname(file))
  await symlink(join(dirname(file), 'elsewhere'), `${file}.lock`)
  assert.throws(() => takeServerLock(file), /is a link to another file/)
  await assert.rejects(stat(join(dirname(file), 'elsewhere')))
})

test('a lock file made by root belongs to the owner of the database file, or of the folder before the file exists', async (t) => {
  const file = await fileFor(t)
  const folder = dirname(file)
  await mkdir(folder)
  // Without the rights of root, all of it has one owner.
  const [service, other] = process.getuid?.() === 0 ? [12_345, 12_346] : [undefined, undefined]
  if (service !== undefined) await chown(folder, service, service)
  takeServerLock(file).release()
  const { uid } = await stat(folder)
  assert.equal((await stat(`${file}.lock`)).uid, uid)
  await rm(`${file}.lock`)
  await writeFile(file, '')
  if (other !== undefined) await chown(file, other, other)
  takeServerLock(file).release()
  assert.equal((await stat(`${file}.lock`)).uid, (await stat(file)).uid)
})

test('an existing lock file does not change its owner', async (t) => {
  const file = await fileFor(t)
  await mkdir(dirname(file))
  await writeFile(`${file}.lock`, '')
  const { uid } = await stat(`${file}.lock`)
  if (process.getuid?.() === 0) await chown(dirname(file), 12_345, 12_345)
  takeServerLock(file).release()
  assert.equal((await stat(`${file}.lock`)).uid, uid)
})

test('only one server at a time can use a database, but a command can open it too', async (t) => {
  const file = await fileFor(t)
  const lock = takeServerLock(file)
  assert.throws(() => takeServerLock(file), isTaken)
  const database = await openDatabase({ storage: { type: 'sqlite', file }, log: silentLog })
  await database.close()
  assert.throws(() => takeServerLock(file), isTaken)
  lock.release()
  takeServerLock(file).release()
  assert.equal((await stat(`${file}.lock`)).mode & 0o077, 0)
})

test('a symbolic link to a database leads to the same lock, before and after the database exists', async (t) => {
  const file = await fileFor(t)
  const beside = await fileFor(t)
  await mkdir(dirname(file))
  await mkdir(dirname(beside))
  await symlink(file, beside)
  const folder = join(dirname(dirname(beside)), 'folder')
  await symlink(dirname(file), folder)
  const inFolder = join(folder, 'einlass.db')
  const isRefusedByEachName = (held: string) => {
    const lock = takeServerLock(held)
    for (const name of [file, beside, inFolder]) assert.throws(() => takeServerLock(name), isTaken)
    lock.release()
  }
  for (const name of [file, beside, inFolder]) isRefusedByEachName(name)
  const database = await openDatabase({ storage: { type: 'sqlite', file }, log: silentLog })
  await database.close()
  for (const name of [file, beside, inFolder]) isRefusedByEachName(name)
})

test('the lock of another process is respected, and ends when that process is killed', async (t) => {
  const file = await fileFor(t)
  const module = JSON.stringify(join(import.meta.dirname, 'server-lock.ts'))
  const script = `
    const { takeServerLock } = await import(${module})
    globalThis.lock = takeServerLock(${JSON.stringify(file)})
    console.log('held')
    setInterval(() => {}, 1000)`
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  await once(child.stdout, 'data')
  assert.throws(() => takeServerLock(file), isTaken)
  child.kill('SIGKILL')
  await ended
  takeServerLock(file).release()
})
