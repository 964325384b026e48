import assert from 'node:assert/strict'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createKeyring } from '../kernel/keyring.ts'
import { systemRandom } from '../kernel/random.ts'
import { checkKeyring, hasKey, loadOrCreateKey } from './key-file.ts'

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('a key file is created once, for its owner only, and read again later', async (t) => {
  const folder = await temporaryFolder(t)
  const file = join(folder, 'keys', 'einlass.key')
  const created = await loadOrCreateKey({ file })
  assert.equal(created.key.length, 32)
  assert.equal((await stat(file)).mode & 0o777, 0o400)
  assert.match(await readFile(file, 'utf8'), /^einlass-key-v1 [0-9a-f]{16} [\w-]{43}\n$/)
  assert.deepEqual(await loadOrCreateKey({ file }), created)
  assert.deepEqual(await readdir(join(folder, 'keys')), ['einlass.key'])
})

test('a key file below a folder that takes no folders is refused', async () => {
  await assert.rejects(loadOrCreateKey({ file: '/proc/nothing/here/einlass.key' }), {
    syscall: 'mkdir',
  })
})

test('processes that create the key file at the same time get the same key', async (t) => {
  const file = join(await temporaryFolder(t), 'einlass.key')
  const keys = await Promise.all(Array.from({ length: 8 }, () => loadOrCreateKey({ file })))
  for (const key of keys) assert.deepEqual(key, keys[0])
})

test('a key file that the group or everybody may read is refused', async (t) => {
  const file = join(await temporaryFolder(t), 'einlass.key')
  await loadOrCreateKey({ file })
  for (const mode of [0o440, 0o404, 0o420]) {
    await chmod(file, mode)
    await assert.rejects(loadOrCreateKey({ file }), /chmod 400/)
  }
})

test('a file with something else in it is refused and left as it is', async (t) => {
  const file = join(await temporaryFolder(t), 'einlass.key')
  for (const text of ['', 'secret', 'einlass-key-v1 a b\n', 'einlass-key-v2 a b\n']) {
    await writeFile(file, text, { mode: 0o600 })
    await assert.rejects(loadOrCreateKey({ file }), /is not a key file/)
    assert.equal(await readFile(file, 'utf8'), text)
  }
})

onEachEngine((engine) => {
  test(`a key file of another database is recognised (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const keyringWith = (fill: number, id: string) =>
      createKeyring({ keys: [{ id, key: new Uint8Array(32).fill(fill) }], random: systemRandom })
    await checkKeyring(db, keyringWith(1, 'a'))
    await checkKeyring(db, keyringWith(1, 'a'))
    await assert.rejects(checkKeyring(db, keyringWith(2, 'b')), /does not belong to this database/)
    await assert.rejects(checkKeyring(db, keyringWith(2, 'a')), /does not belong to this database/)
  })

  test(`a database knows whether it was used with a key (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    assert.equal(await hasKey(db), false)
    const key = { id: 'a', key: new Uint8Array(32).fill(1) }
    await checkKeyring(db, createKeyring({ keys: [key], random: systemRandom }))
    assert.equal(await hasKey(db), true)
  })

  test(`a database accepts a keyring to which a key was added (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const old = { id: 'a', key: new Uint8Array(32).fill(1) }
    const added = { id: 'b', key: new Uint8Array(32).fill(2) }
    await checkKeyring(db, createKeyring({ keys: [old], random: systemRandom }))
    await checkKeyring(db, createKeyring({ keys: [added, old], random: systemRandom }))
  })
})
