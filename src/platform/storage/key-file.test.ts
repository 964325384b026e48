import assert from 'node:assert/strict'
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import {
  chmod,
  lstat,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { systemRandom as random } from '../kernel/random.ts'
import { addKey, loadKeys, loadOrCreateKeys, makeKeyLine, removeKey } from './key-file.ts'

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('a key file is created once, for its owner only, and read again later', async (t) => {
  const folder = await temporaryFolder(t)
  const file = join(folder, 'keys', 'einlass.key')
  const created = await loadOrCreateKeys({ file })
  assert.equal(created.length, 1)
  assert.equal(created[0].key.length, 32)
  assert.equal((await stat(file)).mode & 0o777, 0o400)
  assert.match(await readFile(file, 'utf8'), /^einlass-key-v1 [0-9a-f]{16} [\w-]{43}\n$/)
  assert.deepEqual(await loadOrCreateKeys({ file }), created)
  assert.deepEqual(await readdir(join(folder, 'keys')), ['einlass.key'])
})

test('a key file below a folder that cannot be created is refused', async () => {
  await assert.rejects(loadOrCreateKeys({ file: '/proc/nothing/here/einlass.key' }), {
    syscall: 'mkdir',
  })
})

test('processes that create the key file at the same time get the same key', async (t) => {
  const file = join(await temporaryFolder(t), 'einlass.key')
  const keys = await Promise.all(Array.from({ length: 8 }, () => loadOrCreateKeys({ file })))
  for (const key of keys) assert.deepEqual(key, keys[0])
})

test('a key file that the group or everybody may read is refused', async (t) => {
  const file = join(await temporaryFolder(t), 'einlass.key')
  await loadOrCreateKeys({ file })
  for (const mode of [0o440, 0o404, 0o420]) {
    await chmod(file, mode)
    await assert.rejects(loadOrCreateKeys({ file }), /chmod 400/)
  }
})

test('a file that is not a key file is refused and not changed', async (t) => {
  const file = join(await temporaryFolder(t), 'einlass.key')
  for (const text of ['', 'secret', 'einlass-key-v1 a b\n', 'einlass-key-v2 a b\n']) {
    await writeFile(file, text, { mode: 0o600 })
    await assert.rejects(loadOrCreateKeys({ file }), /is not a key file/)
    assert.equal(await readFile(file, 'utf8'), text)
  }
})

test('the last line is the newest key, and comments and empty lines are ignored', async (t) => {
  const file = join(await temporaryFolder(t), 'einlass.key')
  const [first, second] = [makeKeyLine(random), makeKeyLine(random)]
  await writeFile(file, `# since March\r\n${first}\r\n\n${second}\n`, { mode: 0o400 })
  const ids = (await loadKeys(file)).map(({ id }) => id)
  assert.deepEqual(ids, [second.split(' ')[1], first.split(' ')[1]])
})

test('a file with the same id twice is refused, and none of its lines is shown', async (t) => {
  const file = join(await temporaryFolder(t), 'einlass.key')
  const line = makeKeyLine(random)
  await writeFile(file, `${line}\n${line}\n`, { mode: 0o400 })
  await assert.rejects(loadKeys(file), (error: Error) => {
    assert.match(error.message, /two keys with the same id$/)
    assert.ok(!error.message.includes(line.split(' ')[2] ?? ''))
    return true
  })
})

test('a key is added as the last line and can be removed again, and nothing else changes', async (t) => {
  const folder = await temporaryFolder(t)
  const file = join(folder, 'einlass.key')
  await writeFile(file, `# ours\n${makeKeyLine(random)}`, { mode: 0o600 })
  const before = await readFile(file, 'utf8')
  await addKey(file, random)
  const [added] = await loadKeys(file)
  assert.ok((await readFile(file, 'utf8')).startsWith(`${before}\neinlass-key-v1 ${added.id} `))
  assert.equal((await stat(file)).mode & 0o777, 0o400)
  assert.equal(await removeKey(file, 'nobody'), undefined)
  const retired = `${file}.retired`
  assert.equal(await removeKey(file, added.id), retired)
  assert.equal(await readFile(file, 'utf8'), `${before}\n`)
  assert.match(await readFile(retired, 'utf8'), new RegExp(`^einlass-key-v1 ${added.id} .*\n$`))
  assert.equal((await stat(retired)).mode & 0o777, 0o600)
  assert.deepEqual((await readdir(folder)).sort(), ['einlass.key', 'einlass.key.retired'])
})

test('the only key of a file cannot be removed', async (t) => {
  const file = join(await temporaryFolder(t), 'einlass.key')
  const [key] = await loadOrCreateKeys({ file })
  await assert.rejects(removeKey(file, key.id), /is not a key file/)
  assert.deepEqual(await loadKeys(file), [key])
})

test('a retired key is not written through a link, and then stays in the key file', async (t) => {
  const folder = await temporaryFolder(t)
  const file = join(folder, 'einlass.key')
  await loadOrCreateKeys({ file })
  await addKey(file, random)
  const keys = await loadKeys(file)
  await symlink(join(folder, 'elsewhere'), `${file}.retired`)
  await assert.rejects(removeKey(file, keys.at(-1)?.id ?? ''), { code: 'ELOOP' })
  assert.deepEqual(await loadKeys(file), keys)
  assert.deepEqual((await readdir(folder)).sort(), ['einlass.key', 'einlass.key.retired'])
})

test('a link to a key file stays a link when a key is added', async (t) => {
  const folder = await temporaryFolder(t)
  const [file, name] = [join(folder, 'real.key'), join(folder, 'einlass.key')]
  await loadOrCreateKeys({ file })
  await symlink(file, name)
  await addKey(name, random)
  assert.equal((await loadKeys(file)).length, 2)
  assert.ok((await lstat(name)).isSymbolicLink())
})

test('of commands that add a key at the same time, each adds it or reports another command', async (t) => {
  const file = join(await temporaryFolder(t), 'einlass.key')
  await loadOrCreateKeys({ file })
  const added = await Promise.allSettled(Array.from({ length: 6 }, () => addKey(file, random)))
  const done = added.filter(({ status }) => status === 'fulfilled').length
  assert.equal((await loadKeys(file)).length, 1 + done)
  for (const one of added)
    if (one.status === 'rejected') assert.match(`${one.reason.message}`, /^Another command/)
})

test('the file of a killed command blocks later commands only for a limited time', async (t) => {
  const file = join(await temporaryFolder(t), 'einlass.key')
  await loadOrCreateKeys({ file })
  await writeFile(`${file}.new`, 'half')
  await assert.rejects(addKey(file, random), { code: 'conflict' })
  await utimes(`${file}.new`, 1, 1)
  await addKey(file, random)
  assert.equal((await loadKeys(file)).length, 2)
})

test('after a killed command, of commands at the same time each adds its key or reports another command', async (t) => {
  const folder = await temporaryFolder(t)
  const file = join(folder, 'einlass.key')
  for (let round = 0; round < 20; round += 1) {
    await rm(file, { force: true })
    await loadOrCreateKeys({ file })
    await writeFile(`${file}.new`, 'half')
    await utimes(`${file}.new`, 1, 1)
    const added = await Promise.allSettled(Array.from({ length: 6 }, () => addKey(file, random)))
    const done = added.filter(({ status }) => status === 'fulfilled').length
    assert.equal((await loadKeys(file)).length, 1 + done)
    for (const one of added)
      if (one.status === 'rejected') assert.match(`${one.reason}`, /Another command/)
    assert.deepEqual(await readdir(folder), ['einlass.key'])
  }
})

/** Another command does its work while this one waits for its new key. */
const whileWaiting = (work: () => void) => {
  let isDone = false
  return {
    ...random,
    bytes(count: number) {
      if (!isDone) work()
      isDone = true
      return random.bytes(count)
    },
  }
}

test('a key that was added while a command waited is not lost', async (t) => {
  const file = join(await temporaryFolder(t), 'einlass.key')
  await loadOrCreateKeys({ file })
  const other = makeKeyLine(random)
  const addOther = () => {
    const text = readFileSync(file, 'utf8')
    chmodSync(file, 0o600)
    writeFileSync(file, `${text}${other}\n`)
    chmodSync(file, 0o400)
  }
  await assert.rejects(addKey(file, whileWaiting(addOther)), { code: 'conflict' })
  assert.equal((await loadKeys(file)).length, 2)
  assert.match(await readFile(file, 'utf8'), new RegExp(`^${other}$`, 'm'))
})

test('a command whose temporary file another one has taken over changes nothing', async (t) => {
  const folder = await temporaryFolder(t)
  const file = join(folder, 'einlass.key')
  const before = await loadOrCreateKeys({ file })
  const takeOver = () => {
    rmSync(`${file}.new`)
    writeFileSync(`${file}.new`, 'half')
  }
  await assert.rejects(addKey(file, whileWaiting(takeOver)), { code: 'conflict' })
  assert.deepEqual(await loadKeys(file), before)
  assert.equal(await readFile(`${file}.new`, 'utf8'), 'half')
  const remove = () => rmSync(`${file}.new`)
  await assert.rejects(addKey(file, whileWaiting(remove)), { code: 'conflict' })
})

test('a folder in place of the key file is named, with a file that could be meant', async (t) => {
  await assert.rejects(
    loadOrCreateKeys({ file: await temporaryFolder(t) }),
    /is a folder; name a file in it: .+einlass\.key$/,
  )
})
