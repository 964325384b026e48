// The program age opens encrypted backups, and what it has encrypted is restored.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { openTerminal } from '../src/dev/test-support/cli.ts'

const run = promisify(execFile)

test('age and Einlass decrypt the backups of each other', async (t) => {
  const { einlass, folder } = await openTerminal(t)
  await einlass(['user', 'add', 'erika'])
  const inside = (name: string) => join(folder, name)
  await run('age-keygen', ['-o', inside('key.txt')])
  const { stdout: recipient } = await run('age-keygen', ['-y', inside('key.txt')])
  const made = await einlass(['backup', inside('ours.age'), '--to', recipient.trim()])
  assert.equal(made.code, 0, made.stderr)
  await run('age', ['-d', '-i', inside('key.txt'), '-o', inside('plain.db'), inside('ours.age')])
  const database = new DatabaseSync(inside('plain.db'), { readOnly: true })
  assert.deepEqual(
    database
      .prepare('SELECT username FROM users')
      .all()
      .map(({ username }) => username),
    ['erika'],
  )
  database.close()
  await run('age', ['-r', recipient.trim(), '-o', inside('theirs.age'), inside('plain.db')])
  const env = { EINLASS_STORAGE_FILE: inside('new.db') }
  const restored = await einlass(['restore', inside('theirs.age'), '--key', inside('key.txt')], {
    env,
  })
  assert.equal(restored.code, 0, restored.stderr)
  assert.match((await einlass(['user', 'list'], { env })).stdout, /erika/)
  // And the keys that we make.
  const own = await einlass(['backup-key', inside('own.txt')])
  const { stdout } = await run('age-keygen', ['-y', inside('own.txt')])
  assert.equal(stdout, own.stdout)
  assert.match(await readFile(inside('own.txt'), 'utf8'), /^# public key: age1/)
})
