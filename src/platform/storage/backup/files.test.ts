import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { inWorkFolder } from './files.ts'

test('the next command removes the files of a killed command, but not those of a running one', async (t) => {
  const parent = await mkdtemp(join(tmpdir(), 'einlass-files-'))
  t.after(() => rm(parent, { recursive: true, force: true }))
  await mkdir(join(parent, '.einlass-of-another-machine'))
  const text = `
    const { inWorkFolder } = await import(${JSON.stringify(import.meta.resolve('./files.ts'))})
    await inWorkFolder(${JSON.stringify(parent)}, () => new Promise(() => setInterval(() => {}, 1000)))
  `
  const args = ['--input-type=module', '-e', text]
  const command = spawn(process.execPath, args, { stdio: 'ignore' })
  t.after(() => command.kill('SIGKILL'))
  const list = async () => (await readdir(parent)).sort()
  while ((await list()).length < 2) await sleep(20)
  const before = await list()
  await inWorkFolder(parent, async () => assert.equal((await list()).length, 3))
  assert.deepEqual(await list(), before)
  const ended = once(command, 'exit')
  command.kill('SIGKILL')
  await ended
  await inWorkFolder(parent, async () => assert.equal((await list()).length, 2))
  assert.deepEqual(await list(), ['.einlass-of-another-machine'])
})

/** A folder that looks as if a command that was killed had left it behind. */
async function makeLeft(parent: string, name: string): Promise<string> {
  const own = await inWorkFolder(parent, async (folder) => folder)
  const left = own.replace(/-\d+-[^-]*$/, `-4194999-${name}`)
  await mkdir(left, { mode: 0o700 })
  return left
}

test('A41: a command removes only folders of its own user, and no folders inside them', async (t) => {
  const parent = await mkdtemp(join(tmpdir(), 'einlass-files-'))
  t.after(() => rm(parent, { recursive: true, force: true }))
  const precious = join(parent, 'precious')
  await mkdir(precious)
  await writeFile(join(precious, 'einlass.key'), 'key')
  const own = await makeLeft(parent, 'own')
  await writeFile(join(own, 'restored.db'), 'rows')
  await symlink(precious, join(own, 'restored.db-wal'))
  // Another user could replace this folder by a link while it is removed.
  const nested = await makeLeft(parent, 'nested')
  await mkdir(join(nested, 'in'))
  await writeFile(join(nested, 'in', 'einlass.key'), 'key')
  await symlink(precious, nested.replace('nested', 'link'))
  const foreign = await makeLeft(parent, 'foreign')
  await writeFile(join(foreign, 'file'), 'of another user')
  const isRoot = process.getuid?.() === 0
  if (isRoot) await chown(foreign, 65_534, 65_534)
  await inWorkFolder(parent, async (folder) => {
    await rename(folder, `${folder}.moved`)
    await symlink(precious, folder)
  }).catch(() => undefined)
  assert.deepEqual(await readdir(precious), ['einlass.key'])
  assert.deepEqual(await readdir(join(nested, 'in')), ['einlass.key'])
  const names = (await readdir(parent)).join(' ')
  assert.doesNotMatch(names, /-own\b/)
  if (isRoot) assert.deepEqual(await readdir(foreign), ['file'])
  else assert.doesNotMatch(names, /-foreign\b/)
})

test('the error for a folder that does not exist names it', async () => {
  const work = inWorkFolder('/nothing/here', async () => undefined)
  await assert.rejects(work, { message: 'There is no folder /nothing/here.' })
})

test('a command removes its own work folder even if the file system shows another owner', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('only root gives a folder away')
  const parent = await mkdtemp(join(tmpdir(), 'einlass-files-'))
  t.after(() => rm(parent, { recursive: true, force: true }))
  await inWorkFolder(parent, async (folder) => {
    await writeFile(join(folder, 'backup'), 'rows')
    await chown(folder, 65_534, 65_534)
  })
  assert.deepEqual(await readdir(parent), [])
})
