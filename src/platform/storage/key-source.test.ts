import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { loadConfig } from '../config/load.ts'
import { systemRandom as random } from '../kernel/random.ts'
import { makeKeyLine } from './key-file.ts'
import { openKeySource } from './key-source.ts'

const [first, second] = [makeKeyLine(random), makeKeyLine(random)]
const id = (line: string) => line.split(' ')[1]
const fail = () => {
  throw new Error('no such file')
}

function load(env: Record<string, string>) {
  const loaded = loadConfig({ env, readFile: fail })
  assert.ok(loaded.type === 'ok', JSON.stringify(loaded))
  return openKeySource(loaded.config)
}

const ids = async (env: Record<string, string>) => (await load(env).read()).map((key) => key.id)

async function makeFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-source-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('keys come from a variable, also with semicolons for line ends', async () => {
  for (const end of ['\n', ';', '\r\n']) {
    const env = { SEALING: `${first}${end}${second}`, EINLASS_KEY_SOURCE_VARIABLE: 'SEALING' }
    assert.deepEqual(await ids(env), [id(second), id(first)])
  }
  await assert.rejects(
    load({ SEALING: 'hunter2', EINLASS_KEY_SOURCE_VARIABLE: 'SEALING' }).read(),
    /^Error: the variable SEALING is not a key file$/,
  )
})

test('keys can come from a credential, which only the owner and its group may read', async (t) => {
  const folder = await makeFolder(t)
  const file = join(folder, 'keys')
  await writeFile(file, `${first}\n`)
  const env = { CREDENTIALS_DIRECTORY: folder, EINLASS_KEY_SOURCE_CREDENTIAL: 'keys' }
  await chmod(file, 0o440)
  assert.deepEqual(await ids(env), [id(first)])
  await chmod(file, 0o444)
  await assert.rejects(load(env).read(), /is open to others/)
})

test('keys come from a command, with its own time limit', async () => {
  const print = (text: string) =>
    JSON.stringify([process.execPath, '-e', `console.log(\`${text}\`)`])
  const env = { EINLASS_KEY_SOURCE_COMMAND: print(`${first}\n${second}`) }
  assert.deepEqual(await ids(env), [id(second), id(first)])
  const slow = JSON.stringify([process.execPath, '-e', 'setTimeout(() => {}, 60000)'])
  const limited = { EINLASS_KEY_SOURCE_COMMAND: slow, EINLASS_KEY_SOURCE_TIME_LIMIT: '200ms' }
  await assert.rejects(load(limited).read(), /took longer than 0.2 seconds$/)
  await assert.rejects(
    load({ EINLASS_KEY_SOURCE_COMMAND: print('hunter2') }).read(),
    (error: Error) => {
      assert.match(error.message, /^the output of the command .* is not a key file$/)
      assert.ok(!error.message.includes('hunter2'))
      return true
    },
  )
})

test('a missing key source, two key sources, and a key source beside key_file are mistakes', () => {
  const given: readonly (readonly [Record<string, string>, string, RegExp])[] = [
    [{ EINLASS_KEY_SOURCE_VARIABLE: 'NOT_SET' }, 'key_source.variable', /not set/],
    [{ EINLASS_KEY_SOURCE_CREDENTIAL: 'keys' }, 'key_source.credential', /CREDENTIALS_DIRECTORY/],
    [{ EINLASS_KEY_SOURCE_CREDENTIAL: '../keys' }, 'key_source.credential', /./],
    [{ EINLASS_KEY_SOURCE_TIME_LIMIT: '1s' }, 'key_source', /./],
    [{ A: first, EINLASS_KEY_SOURCE_VARIABLE: 'A', EINLASS_KEY_FILE: 'x' }, 'key_source', /second/],
    [{ EINLASS_KEY_SOURCE_VARIABLE: 'A', EINLASS_KEY_SOURCE_COMMAND: 'a' }, 'key_source', /./],
  ]
  for (const [env, path, found] of given) {
    const loaded = loadConfig({ env, readFile: fail })
    assert.ok(loaded.type === 'mistakes', JSON.stringify(env))
    assert.equal(loaded.mistakes[0]?.path, path)
    assert.match(`${loaded.mistakes[0]?.found}`, found)
  }
})
