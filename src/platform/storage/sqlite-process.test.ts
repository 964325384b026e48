/** Several processes use one database: they are killed, their writes are refused, or they start at the same time. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { sql } from 'kysely'
import { silentLog } from '../kernel/log.ts'
import type { OpenDatabase } from './database.ts'
import { migrate } from './migrate.ts'
import { openSqlite } from './sqlite.ts'

async function temporaryFile(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'einlass.db')
}

async function openFile(t: TestContext, file: string): Promise<OpenDatabase> {
  const database = await openSqlite({ file, log: silentLog })
  t.after(() => database.close())
  await migrate(database)
  return database
}

const put = ({ db }: OpenDatabase, name: string, value = '') =>
  db.insertInto('settings').values({ name, value }).execute()

const names = async ({ db }: OpenDatabase): Promise<string[]> => {
  const rows = await db.selectFrom('settings').select('name').orderBy('name').execute()
  return rows.map((row) => row.name)
}

const here = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href)

/** A process that opens `file` and runs `body` with `database` in scope; `limit` is a command of the shell. */
function runChild(file: string, body: string, limit = ':'): ChildProcess {
  const code = `
    import { silentLog } from ${here('../kernel/log.ts')}
    import { migrate } from ${here('./migrate.ts')}
    import { openSqlite } from ${here('./sqlite.ts')}
    const database = await openSqlite({ file: ${JSON.stringify(file)}, log: silentLog })
    await migrate(database)
    const put = (name) => database.db.insertInto('settings').values({ name, value: '' }).execute()
    ${body}`
  const shell = `${limit}; exec "$0" --input-type=module -e "$1"`
  return spawn('/bin/sh', ['-c', shell, process.execPath, code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

test('every write that was acknowledged survives a kill of the process', async (t) => {
  const file = await temporaryFile(t)
  const child = runChild(
    file,
    `for (let round = 0; ; round++) {
      await Promise.all(Array.from({ length: 5 }, async (_, i) => {
        const name = round + '-' + i
        if (i < 3) await put(name)
        else await database.db.transaction().execute(async (tx) => {
          await tx.insertInto('settings').values({ name, value: '' }).execute()
          await tx.insertInto('settings').values({ name: name + '+', value: '' }).execute()
        })
        process.stdout.write(name + (i < 3 ? '\\n' : '\\n' + name + '+\\n'))
      }))
    }`,
  )
  const acknowledged: string[] = []
  assert.ok(child.stdout)
  for await (const line of createInterface({ input: child.stdout })) {
    // The last line may be cut off by the kill.
    if (/^\d+-\d\+?$/.test(line)) acknowledged.push(line)
    if (acknowledged.length === 400) child.kill('SIGKILL')
  }
  assert.ok(acknowledged.length >= 400)
  const database = await openFile(t, file)
  const stored = new Set(await names(database))
  assert.deepEqual(
    acknowledged.filter((name) => !stored.has(name)),
    [],
  )
  for (const name of stored) {
    if (/-[34]$/.test(name)) assert.ok(stored.has(`${name}+`), 'a transaction is there as a whole')
  }
  const { rows } = await sql<object>`pragma integrity_check`.execute(database.db)
  assert.deepEqual(rows, [{ integrity_check: 'ok' }])
})

test('when the system refuses writes, exactly the acknowledged transactions are stored', async (t) => {
  const file = await temporaryFile(t)
  const before = await openFile(t, file)
  await before.close()
  const child = runChild(
    file,
    `let i = 0
    const attempt = async (value) => {
      const name = 'n' + i++
      await database.db.transaction().execute(async (tx) => {
        await tx.insertInto('settings').values({ name, value }).execute()
        await tx.insertInto('settings').values({ name: name + '+', value }).execute()
      })
      process.stdout.write(name + '\\n' + name + '+\\n')
    }
    for (let round = 0; round < 40; round++) {
      const value = 'x'.repeat(3000 * (round % 5))
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => attempt(value)))
      for (const { reason } of results) if (reason) process.stdout.write(reason.code + '\\n')
    }`,
    'ulimit -f 2000',
  )
  const lines: string[] = []
  assert.ok(child.stdout)
  for await (const line of createInterface({ input: child.stdout })) lines.push(line)
  const acknowledged = lines.filter((line) => line.startsWith('n'))
  const codes = new Set(lines.filter((line) => !line.startsWith('n')))
  assert.ok(acknowledged.length > 0)
  assert.deepEqual([...codes], ['unavailable'])
  const database = await openFile(t, file)
  assert.deepEqual((await names(database)).sort(), acknowledged.sort())
  await put(database, 'space')
})

test('processes that start at the same time set up one schema and all write', async (t) => {
  const file = await temporaryFile(t)
  const children = ['a', 'b', 'c'].map((letter) =>
    runChild(
      file,
      `for (let i = 0; i < 20; i++) await put('${letter}' + i)
      await database.close()`,
    ),
  )
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]))
  assert.deepEqual(codes, [0, 0, 0])
  assert.equal((await names(await openFile(t, file))).length, 60)
})
