import assert from 'node:assert/strict'
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'

const redirect = ['--redirect-uri', 'https://cloud.example.org/callback']

test('a missing key file is reported as a configuration error', async (t) => {
  const { einlass, folder } = await openTerminal(t)
  await einlass(['app', 'add', 'cloud', ...redirect])
  await chmod(join(folder, 'einlass.key'), 0o600)
  await rm(join(folder, 'einlass.key'))
  const { code, stderr } = await einlass(['app', 'list'])
  assert.equal(code, 78)
  assert.match(stderr, /key_file/)
})

test('a key file of another database is reported as a configuration error, and nothing is changed', async (t) => {
  const { einlass, folder } = await openTerminal(t)
  const other = await openTerminal(t)
  for (const one of [einlass, other.einlass]) await one(['app', 'add', 'cloud', ...redirect])
  const own = await readFile(join(folder, 'einlass.key'))
  const foreign = await readFile(join(other.folder, 'einlass.key'))
  await chmod(join(folder, 'einlass.key'), 0o600)
  await writeFile(join(folder, 'einlass.key'), foreign)
  for (const command of [
    ['app', 'list'],
    ['app', 'add', 'wiki', ...redirect],
  ]) {
    const { code, stderr } = await einlass(command)
    assert.equal(code, 78, stderr)
    assert.match(stderr, /key_file/)
  }
  await writeFile(join(folder, 'einlass.key'), own)
  const listed = (await einlass(['app', 'list'])).stdout
  assert.match(listed, /cloud/)
  assert.doesNotMatch(listed, /wiki/)
})

test('without the key file of the database, a command fails and makes no new key', async (t) => {
  const { einlass, folder } = await openTerminal(t)
  await rm(join(folder, 'einlass.key'), { force: true })
  const { code, stderr } = await einlass(['app', 'add', 'cloud', ...redirect])
  assert.equal(code, 78)
  assert.match(stderr, /the key file .*einlass\.key/)
  assert.ok(!(await readdir(folder)).includes('einlass.key'))
})
