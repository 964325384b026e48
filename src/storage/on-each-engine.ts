/**
 * For tests: registers them once per engine. SQLite runs on a real file in a temporary folder; PostgreSQL runs in a
 * database of its own per test when EINLASS_TEST_POSTGRES holds the URL of a server where databases may be created.
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import pg from 'pg'
import { systemClock } from '../kernel/clock.ts'
import { silentLog } from '../kernel/log.ts'
import type { EngineName, OpenDatabase } from './database.ts'
import type { StorageConfig } from './open.ts'
import { openDatabase } from './open.ts'

export interface Engine {
  readonly name: EngineName
  /** A fresh migrated database, closed and deleted after the test. */
  open(t: TestContext): Promise<OpenDatabase>
  /** The same data opened twice, as two nodes or two processes would. */
  openTwice(t: TestContext): Promise<[OpenDatabase, OpenDatabase]>
}

/** Calls `register` for every engine that can be tested here. */
export function onEachEngine(register: (engine: Engine) => void): void {
  register(createEngine('sqlite', createSqliteFile))
  const url = process.env.EINLASS_TEST_POSTGRES
  if (url !== undefined) register(createEngine('postgres', () => createPostgresDatabase(url)))
}

function createEngine(name: EngineName, create: () => Promise<Place>): Engine {
  const openTimes = async (t: TestContext, times: number): Promise<OpenDatabase[]> => {
    const { storage, remove } = await create()
    const opened: OpenDatabase[] = []
    t.after(async () => {
      await Promise.all(opened.map((database) => database.close()))
      await remove()
    })
    for (let i = 0; i < times; i++) {
      opened.push(await openDatabase({ storage, clock: systemClock, log: silentLog }))
    }
    return opened
  }
  return {
    name,
    open: async (t) => (await openTimes(t, 1))[0] as OpenDatabase,
    openTwice: async (t) => (await openTimes(t, 2)) as [OpenDatabase, OpenDatabase],
  }
}

interface Place {
  readonly storage: StorageConfig
  remove(): Promise<void>
}

async function createSqliteFile(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-test-'))
  return {
    storage: { type: 'sqlite', file: join(folder, 'einlass.db') },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

async function createPostgresDatabase(url: string): Promise<Place> {
  const name = `einlass_test_${randomUUID().replaceAll('-', '')}`
  await administer(url, `create database ${name} template template0`)
  const place = new URL(url)
  place.pathname = `/${name}`
  return {
    storage: { type: 'postgres', url: place.href },
    remove: () => administer(url, `drop database ${name} with (force)`),
  }
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
