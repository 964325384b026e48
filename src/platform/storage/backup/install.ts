/** Replaces the configured database with a staged one, completely or not at all. */
import { constants } from 'node:fs'
import { open, rm, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Fault } from '../../kernel/fault.ts'
import { silentLog } from '../../kernel/log.ts'
import { describePlace, openDatabase, type StorageConfig } from '../open.ts'
import { takeServerLock } from '../server-lock.ts'
import { isConflict } from '../transact.ts'
import { isThere, placeFile } from './files.ts'
import { openTables } from './open-tables.ts'
import { copyRows, type OnRows, type TableStore } from './table-store.ts'

export interface InstallOptions {
  /** A SQLite file with the newest schema, which nobody has open. */
  readonly staged: string
  readonly storage: StorageConfig
  /** `false`: only if there is no database yet, or one without users and apps. */
  readonly replace: boolean
  readonly onRows?: OnRows
}

/**
 * A new SQLite file gets its name at the end. In an existing database all rows are replaced in one transaction. Throws
 * `Fault('conflict')` when the database has data that may not be replaced.
 */
export async function installStaged(options: InstallOptions): Promise<void> {
  const { staged, storage } = options
  if (storage.type === 'sqlite' && !(await isThere(storage.file))) {
    return await placeNew(staged, storage.file)
  }
  // Sets up an empty database.
  await (await openDatabase({ storage, log: silentLog })).close()
  const source = await openTables({ type: 'sqlite', file: staged }, 'read')
  try {
    await retryAfterConflict(() => replaceRows(source, options))
  } finally {
    await source.close()
  }
}

/** Refuses while a server still runs on the file that had the name before. */
async function placeNew(staged: string, file: string): Promise<void> {
  const lock = takeServerLock(file)
  try {
    // SQLite would take the leftovers of a lost database for the newest writes of this one.
    for (const end of ['-wal', '-shm']) await rm(`${file}${end}`, { force: true })
    await giveToOwner(dirname(resolve(file)), [staged, `${file}.lock`])
    await placeFile(staged, file)
  } finally {
    lock.release()
  }
}

/** Root may work for a service that has its own user, and that user could not open a file of root. */
export async function giveToOwner(folder: string, files: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = await stat(folder)
  for (const file of files) await giveFile(file, uid, gid)
}

/**
 * The folder belongs to the service, which could replace a file, for example by a link elsewhere. Such a replacement never gets
 * a new owner.
 */
async function giveFile(file: string, uid: number, gid: number): Promise<void> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const { nlink } = await handle.stat()
    if (nlink !== 1) throw new Error(`${file} is a link, and was not given to its owner`)
    await handle.chown(uid, gid)
  } finally {
    await handle.close()
  }
}

async function replaceRows(
  source: TableStore,
  { storage, replace, onRows }: InstallOptions,
): Promise<void> {
  const target = await openTables(storage, 'write')
  try {
    if (!replace) await requireEmpty(target, storage, ' To replace all of it, add --replace.')
    await copyRows(source, target, { onRows })
    await target.commit()
  } finally {
    await target.close()
  }
}

/** Throws when there is data. A server that has only started has some rows already, such as its keys. */
export async function requireEmpty(
  target: TableStore,
  storage: StorageConfig,
  remedy = '',
): Promise<void> {
  for (const table of target.tables.filter(({ name }) => name === 'users' || name === 'apps')) {
    for await (const _ of target.read(table)) {
      const text = `The database ${describePlace(storage)} has ${table.name} already, and was left as it is.${remedy}`
      throw new Fault('conflict', text)
    }
  }
}

const attempts = 5

/** PostgreSQL may abort this transaction in favour of one of a running server. */
async function retryAfterConflict(attempt: () => Promise<void>): Promise<void> {
  for (let count = 1; ; count += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (!isConflict(error) || count === attempts) throw error
    }
  }
}
