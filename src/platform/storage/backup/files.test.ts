import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { inWorkFolder } from './files.ts'

test('what a killed command has left is removed by the next one, and what a running one has stays', async (t) => {
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
