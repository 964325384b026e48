/**
 * Lets only one server use a SQLite file: a second one would not get the wake-ups of the first. Owns the lock for that, on a
 * file beside the database, so that commands can still use the database.
 */
import {
  closeSync,
  constants,
  existsSync,
  fchownSync,
  openSync,
  readlinkSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Fault } from '../kernel/fault.ts'
import { makeDatabaseFolder } from './database-folder.ts'
import { fromSqlite, isBusy } from './errors.ts'

export interface ServerLock {
  release(): void
}

/**
 * Takes the lock for the server of the database `file`. SQLite holds it as a lock of the operating system, which ends when the
 * process ends in any manner. Throws `Fault('unavailable')` when another server has it.
 */
export function takeServerLock(file: string): ServerLock {
  if (file === ':memory:') return { release() {} }
  makeDatabaseFolder(file)
  const database = realFile(file)
  const lockFile = `${database}.lock`
  createLockFile(database, lockFile)
  const holder = new DatabaseSync(lockFile, { timeout: 0 })
  try {
    holder.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    holder.close()
    throw isBusy(error) ? inUse(file, error) : fromSqlite(error)
  }
  return { release: () => holder.close() }
}

/**
 * Root may run a command in the folder of the service. So a link that the service has put there is not followed, and a new file
 * gets the owner of the database, who could not use a file of root. SQLite does the same with its own files.
 */
function createLockFile(database: string, file: string): void {
  const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
  try {
    const made = unlessFails(
      () => openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600),
      'EEXIST',
    )
    if (made !== undefined && process.getuid?.() === 0) {
      const { uid, gid } = statSync(existsSync(database) ? database : dirname(database))
      fchownSync(made, uid, gid)
    }
    closeSync(made ?? openSync(file, O_WRONLY | O_APPEND | O_NOFOLLOW))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ELOOP')) throw error
    throw new Fault('unavailable', `${file} is a link to another file. Remove it.`, {
      cause: error,
    })
  }
}

/** The one real name of a database, whichever link leads to it: SQLite follows symbolic links too. */
function realFile(file: string): string {
  const found = unlessFails(() => realpathSync(file), 'ENOENT')
  if (found !== undefined) return found
  const missing = join(realpathSync(dirname(file)), basename(file))
  const target = unlessFails(() => readlinkSync(missing), 'ENOENT')
  return target === undefined ? missing : realFile(resolve(dirname(missing), target))
}

function unlessFails<Value>(make: () => Value, code: string): Value | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === code) return undefined
    throw error
  }
}

function inUse(file: string, cause: unknown): Fault {
  const text = `Another Einlass server uses the database ${resolve(file)} already. End it first. Several servers at once need PostgreSQL.`
  return new Fault('unavailable', text, { cause })
}
