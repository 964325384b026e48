/** Backups that only the owner of a secret key can read. */
import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'

async function openWithKeys(t: TestContext) {
  const terminal = await openTerminal(t)
  const { einlass, folder } = terminal
  await einlass(['user', 'add', 'erika', '--email', 'erika@example.org'])
  const makeKey = async (name: string) => {
    const made = await einlass(['backup-key', join(folder, name), '--json'])
    assert.equal(made.code, 0, made.stderr)
    return (made.json() as { recipient: string }).recipient
  }
  const recipient = await makeKey('key.txt')
  await mkdir(join(folder, 'away'))
  const file = join(folder, 'away', 'backup.age')
  return { ...terminal, makeKey, recipient, file }
}

const intoNew = (folder: string) => ({ env: { EINLASS_STORAGE_FILE: join(folder, 'new.db') } })

test('a backup is encrypted to a public key and restored with the secret key', async (t) => {
  const { einlass, folder, recipient, file } = await openWithKeys(t)
  assert.match(recipient, /^age1[a-z0-9]{58}$/)
  assert.equal((await stat(join(folder, 'key.txt'))).mode & 0o777, 0o400)
  const made = await einlass(['backup', file, '--to', recipient])
  assert.equal(made.code, 0, made.stderr)
  assert.match(made.stdout, /It is encrypted: a restore needs the secret key/)
  const bytes = await readFile(file)
  assert.ok(bytes.toString('latin1').startsWith('age-encryption.org/v1\n-> X25519 '))
  assert.ok(!bytes.includes('erika'))
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.deepEqual(await readdir(join(folder, 'away')), ['backup.age'])
  const restored = await einlass(
    ['restore', file, '--key', join(folder, 'key.txt')],
    intoNew(folder),
  )
  assert.equal(restored.code, 0, restored.stderr)
  assert.match((await einlass(['user', 'list'], intoNew(folder))).stdout, /erika/)
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('.einlass')),
    [],
  )
})

test('each of several keys opens a backup, and no other key does', async (t) => {
  const { einlass, folder, makeKey, recipient, file } = await openWithKeys(t)
  const second = await makeKey('second.txt')
  await makeKey('foreign.txt')
  await einlass(['backup', file, '--to', recipient, '--to', second])
  const foreign = await einlass(
    ['restore', file, '--key', join(folder, 'foreign.txt')],
    intoNew(folder),
  )
  assert.equal(foreign.code, 1)
  assert.match(foreign.stderr, /^No key of --key is one that .* was encrypted to/)
  const without = await einlass(['restore', file], intoNew(folder))
  assert.match(without.stderr, /is encrypted: --key FILE names the secret key/)
  const restored = await einlass(
    ['restore', file, '--key', join(folder, 'second.txt')],
    intoNew(folder),
  )
  assert.equal(restored.code, 0, restored.stderr)
})

test('an encrypted backup that was truncated or changed is refused, and nothing is restored', async (t) => {
  const { einlass, folder, recipient, file } = await openWithKeys(t)
  await einlass(['backup', file, '--to', recipient])
  const bytes = await readFile(file)
  const broken = join(folder, 'broken.age')
  const flip = (at: number) => bytes.with(at, (bytes[at] ?? 0) ^ 1)
  const pieces = [
    bytes.subarray(0, -1),
    bytes.subarray(0, 70_000),
    flip(60),
    flip(bytes.length - 1),
  ]
  for (const piece of pieces) {
    await writeFile(broken, piece)
    const refused = await einlass(
      ['restore', broken, '--key', join(folder, 'key.txt')],
      intoNew(folder),
    )
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /cannot be decrypted|No key of --key/)
  }
  assert.ok(!(await readdir(folder)).includes('new.db'))
})

test('an invalid public key is refused, and the error does not repeat a secret key', async (t) => {
  const { einlass, folder, recipient, file } = await openWithKeys(t)
  const [, secret = ''] = (await readFile(join(folder, 'key.txt'), 'utf8')).split('\n')
  for (const typed of [secret, `${recipient}x`, 'erika']) {
    const refused = await einlass(['backup', file, '--to', typed])
    assert.equal(refused.code, 64)
    assert.match(refused.stderr, /allowed: a public key of age, age1…/)
    assert.ok(!refused.stderr.includes(secret))
  }
  assert.deepEqual(await readdir(join(folder, 'away')), [])
  const wrong = await einlass([
    'restore',
    join(folder, 'key.txt'),
    '--key',
    join(folder, 'einlass.key'),
  ])
  assert.match(wrong.stderr, /The file of --key is no key file of age/)
  const again = await einlass(['backup-key', join(folder, 'key.txt')])
  assert.equal(again.code, 1)
  assert.match(again.stderr, /exists already, and was left as it is/)
})
