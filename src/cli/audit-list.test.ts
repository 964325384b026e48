import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'
import { testKeyring } from '../dev/test-support/keyring.ts'
import { appendEvent } from '../identity/audit/chain.ts'
import { deriveEventKey } from '../identity/audit/keys.ts'
import { silentLog } from '../platform/kernel/log.ts'
import type { Database } from '../platform/storage/database.ts'
import { openDatabase } from '../platform/storage/open.ts'
import { transact } from '../platform/storage/transact.ts'
import { run } from './run.ts'

const start = Date.parse('2026-11-27T08:00:00Z')
const minute = 60_000
const key = deriveEventKey(testKeyring)

async function write(folder: string, work: (db: Database) => Promise<void>): Promise<void> {
  const storage = { type: 'sqlite', file: join(folder, 'einlass.db') } as const
  const database = await openDatabase({ storage, log: silentLog })
  await work(database.db)
  await database.close()
}

const appendMany = (folder: string, count: number) =>
  write(folder, async (db) => {
    for (let from = 0; from < count; from += 10_000)
      await transact(db, async (tx) => {
        for (let n = from + 1; n <= Math.min(from + 10_000, count); n += 1) {
          const data = { userId: `usr_${n % 7}`, appId: n % 2 === 0 ? 'webmail' : 'wiki', n }
          await appendEvent(tx, { key, at: start + n * minute, type: `type_${n % 3}`, data })
        }
      })
  })

async function openLog(t: TestContext, count: number) {
  const { folder, einlass } = await openTerminal(t)
  await appendMany(folder, count)
  const list = async (...options: string[]) => {
    const { code, stdout, stderr } = await einlass(['audit', 'list', '--json', ...options])
    assert.equal(code, 0, stderr)
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { seq: number }).seq)
  }
  return { folder, einlass, list }
}

test('the list shows one event a line, oldest first; JSON lines also have the number and the hash', async (t) => {
  const { einlass } = await openLog(t, 2)
  const { stdout } = await einlass(['audit', 'list'])
  assert.equal(
    stdout,
    '2026-11-27T08:01:00Z  1  type_1  appId=wiki  n=1  userId=usr_1\n' +
      '2026-11-27T08:02:00Z  2  type_2  appId=webmail  n=2  userId=usr_2\n',
  )
  const lines = (await einlass(['audit', 'list', '--json'])).stdout.trim().split('\n')
  const { hash, ...first } = JSON.parse(lines[0] ?? '') as Record<string, unknown>
  assert.match(`${hash}`, /^[\w-]{43}$/)
  const data = { appId: 'wiki', n: 1, userId: 'usr_1' }
  assert.deepEqual(first, { seq: 1, at: start + minute, type: 'type_1', data })
})

test('the list is filtered by person, type, app, time and event number', async (t) => {
  const { list, einlass } = await openLog(t, 50)
  assert.deepEqual(await list('--user', 'usr_3'), [3, 10, 17, 24, 31, 38, 45])
  assert.deepEqual(await list('--user', 'usr_3', '--app', 'webmail'), [10, 24, 38])
  assert.deepEqual(await list('--type', 'type_0', '--after', '40'), [42, 45, 48])
  assert.deepEqual(await list('--type', 'type_0', '--type', 'type_1', '--after', '46'), [48, 49])
  assert.deepEqual(await list('--since', '2026-11-27T08:48Z'), [48, 49, 50])
  assert.deepEqual(await list('--until', '2026-11-27T08:02:59Z'), [1, 2])
  assert.deepEqual(await list('--since', '1h', '--until', '1m'), [])
  await einlass(['user', 'add', 'erika'])
  assert.deepEqual(await list('--user', 'Erika'), [51])
  assert.deepEqual(await list('--user', 'nobody'), [])
  for (const wrong of [
    ['--since', 'yesterday'],
    ['--after', 'last'],
  ]) {
    const { code, stderr } = await einlass(['audit', 'list', ...wrong])
    assert.deepEqual([code, stderr.includes(`${wrong[0]}\n  found:`)], [64, true])
  }
})

test('--since and --until find the right events in a long log, even if clocks differ', async (t) => {
  const { folder, list } = await openLog(t, 9000)
  await write(folder, (db) =>
    appendEvent(db, { key, at: start + 8970 * minute, type: 'late', data: {} }),
  )
  const from = new Date(start + 8970 * minute).toISOString()
  assert.deepEqual(await list('--since', from, '--type', 'late'), [9001])
  assert.equal((await list('--since', from)).length, 32)
  assert.equal((await list('--until', new Date(start + 10 * minute).toISOString())).length, 10)
})

test('the list escapes control characters, so that an event stays one line', async (t) => {
  const { folder, einlass } = await openTerminal(t)
  const data = { name: 'a\n\u001b[31m b' }
  await write(folder, (db) => appendEvent(db, { key, at: start, type: 'named', data }))
  const { stdout } = await einlass(['audit', 'list'])
  assert.equal(stdout, '2026-11-27T08:00:00Z  1  named  name="a\\n\\u001b[31m b"\n')
})

test('the list writes 100,000 events to a slow reader without growing memory use', async (t) => {
  const { folder } = await openLog(t, 100_000)
  let lines = 0
  let most = 0
  const stdout = new Writable({
    highWaterMark: 1024,
    write(chunk: Buffer, _encoding, done) {
      for (const byte of chunk) if (byte === 10) lines += 1
      most = Math.max(most, stdout.writableLength)
      setImmediate(done)
    },
  })
  const env = { EINLASS_STORAGE_FILE: join(folder, 'einlass.db') }
  const io = { ...process, stdout, env, readFile: () => fail(), readMode: () => undefined }
  assert.equal(await run(['audit', 'list', '--json'], io), 0)
  assert.equal(lines, 100_000)
  assert.ok(most < 1_000_000, `${most} bytes waited to be written`)
})

function fail(): never {
  throw Object.assign(new Error('there is no file'), { code: 'ENOENT' })
}

const root = join(import.meta.dirname, '..', '..')

function runShell(command: string, folder: string) {
  const env = {
    PATH: process.env.PATH ?? '',
    EINLASS_STORAGE_FILE: join(folder, 'einlass.db'),
    EINLASS: join(root, 'einlass'),
  }
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    const args = ['--norc', '-o', 'pipefail', '-c', command]
    execFile('bash', args, { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    )
  })
}

test('the list ends without an error when its reader stops early', async (t) => {
  const { folder } = await openLog(t, 20_000)
  const ended = await runShell('"$EINLASS" audit list | head -n 2', folder)
  assert.deepEqual([ended.code, ended.stderr], [0, ''])
  assert.equal(ended.stdout.split('\n').length, 3)
  const short = await runShell('"$EINLASS" audit list | true', folder)
  assert.deepEqual([short.code, short.stderr], [0, ''])
})

test('the command fails if its output cannot be written', async (t) => {
  const { folder } = await openLog(t, 10)
  const full = await runShell('"$EINLASS" audit list > /dev/full', folder)
  assert.equal(full.code, 74)
  assert.match(full.stderr, /^The output could not be written: ENOSPC/)
})
