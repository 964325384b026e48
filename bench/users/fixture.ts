// The databases with many users. They are made once, which takes minutes, and stay in the cache folder of the user until the
// made-up people change. A newer schema is applied as in a real installation: by its migrations.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { glob, mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { startPostgresIn } from '../../scripts/testing/postgres.ts'
import { silentLog as log } from '../../src/platform/kernel/log.ts'
import { openDatabase, type StorageConfig } from '../../src/platform/storage/open.ts'
import { fill } from './fill.ts'

const root = resolve(import.meta.dirname, '../..')
const prefix = 'users-'

/** The size of each pair: few users, and many. */
export const userCounts = { few: 1_000, many: 1_000_000 } as const

/** The sources that determine the rows. */
const sources = ['bench/users/{population,rows,fill}.ts', 'src/identity/users/words.ts']

/** A folder that outlives a restart of the machine. Root's own is closed to the user that PostgreSQL runs as. */
const findCache = (): string =>
  process.getuid?.() === 0
    ? '/var/cache/einlass-bench'
    : join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'einlass-bench')

const locateUsers = async (counts: readonly number[]): Promise<string> =>
  join(findCache(), `${prefix}${await findHash(counts)}`)

/** Whether the databases of `userCounts` are there. */
export const hasUsers = async (): Promise<boolean> =>
  (await stat(await locateUsers(Object.values(userCounts))).catch(() => undefined)) !== undefined

const findHash = async (counts: readonly number[]): Promise<string> => {
  const files = (await Array.fromAsync(glob(sources, { cwd: root }))).sort()
  const texts = await Promise.all(files.map((file) => readFile(join(root, file), 'utf8')))
  const hash = createHash('sha256').update(JSON.stringify([counts, texts]))
  return hash.digest('hex').slice(0, 16)
}

export const engines = ['sqlite', 'postgres'] as const
export type EngineName = (typeof engines)[number]

export const locateSqlite = (folder: string, count: number): StorageConfig => ({
  type: 'sqlite',
  file: join(folder, `users-${count}.db`),
})

const nameDatabase = (count: number) => `users_${count}`

/** @param server the address of the server of `startUsersPostgres` */
export const locateDatabase = (server: string, count: number): StorageConfig => {
  const url = new URL(server)
  url.pathname = `/${nameDatabase(count)}`
  return { type: 'postgres', url: url.href }
}

const locatePostgres = (folder: string) => join(folder, 'postgres')

/** Starts it durable, otherwise with default settings. @param before a command that starts it */
export const startUsersPostgres = (folder: string, before: readonly string[] = []) =>
  startPostgresIn({ folder: locatePostgres(folder), options: [], before })

/**
 * Resolves with the folder that has, for each engine and count, a database with the newest schema. `say`: called with the
 * progress.
 */
export const prepareUsers = async (
  counts: readonly number[],
  say: (text: string) => void,
): Promise<string> => {
  const folder = await locateUsers(counts)
  if (await stat(folder).catch(() => undefined)) {
    await migrateUsers(folder, counts)
    return folder
  }
  // Removes databases with other people, and unfinished ones.
  for await (const other of glob(`${prefix}*`, { cwd: findCache() }))
    await rm(join(findCache(), other), { recursive: true, force: true })
  const unfinished = `${folder}-unfinished`
  await mkdir(locatePostgres(unfinished), { recursive: true })
  const make = async (count: number, storage: StorageConfig) => {
    const begin = performance.now()
    say(`making ${count} users on ${storage.type}, once: some minutes`)
    await fill(storage, count)
    say(`made in ${((performance.now() - begin) / 1000).toFixed(0)} s`)
  }
  for (const count of counts) await make(count, locateSqlite(unfinished, count))
  await withPostgres(unfinished, async (url) => {
    for (const count of counts) {
      await createDatabase(url, count)
      await make(count, locateDatabase(url, count))
    }
  })
  await rename(unfinished, folder)
  return folder
}

/**
 * Reads all files once, so that the system has them in memory, as on a server that has run for a day. The databases' own caches
 * have their default sizes, a thousandth and a thirtieth of the files.
 */
export const readUsers = async (folder: string): Promise<void> => {
  for await (const file of glob(['*.db', 'postgres/data/base/*/*'], { cwd: folder }))
    for await (const _ of createReadStream(join(folder, file), { highWaterMark: 1024 * 1024 }));
}

const migrateUsers = async (folder: string, counts: readonly number[]): Promise<void> => {
  const migrate = async (storage: StorageConfig) => (await openDatabase({ storage, log })).close()
  for (const count of counts) await migrate(locateSqlite(folder, count))
  const postgres = await startUsersPostgres(folder)
  try {
    for (const count of counts) await migrate(locateDatabase(postgres.url, count))
  } finally {
    await postgres.close()
  }
}

/** Without durability, as an unfinished database is made again. */
const withPostgres = async (folder: string, work: (url: string) => Promise<void>) => {
  const { url, close } = await startPostgresIn({
    folder: locatePostgres(folder),
    options: ['-c', 'fsync=off', '-c', 'max_wal_size=8GB', '-c', 'shared_buffers=1GB'],
  })
  try {
    await work(url)
  } finally {
    await close()
  }
}

const createDatabase = async (server: string, count: number) => {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  await client.query(`create database ${nameDatabase(count)} template template0`)
  await client.end()
}
