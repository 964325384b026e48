/**
 * One SQLite file is for one server: a second one would not hear what the first one wakes. Owns the lock that says so,
 * on a file beside the database, so that commands can use the database meanwhile.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Fault } from '../kernel/fault.ts'
import { fromSqlite, isBusy } from './errors.ts'

export interface ServerLock {
  release(): void
}

/**
 * Takes the lock for the server of the database `file`. SQLite holds it as a lock of the operating system, which ends
 * with the process however it ends. Throws Fault `unavailable` when another server has it.
 */
export function takeServerLock(file: string): ServerLock {
  if (file === ':memory:') return { release() {} }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const lockFile = `${file}.lock`
  closeSync(openSync(lockFile, 'a', 0o600))
  const holder = new DatabaseSync(lockFile, { timeout: 0 })
  try {
    holder.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    holder.close()
    throw isBusy(error) ? inUse(file, error) : fromSqlite(error)
  }
  return { release: () => holder.close() }
}

function inUse(file: string, cause: unknown): Fault {
  const text = `Another Einlass server uses the database ${resolve(file)} already. End it first. Several servers at once need PostgreSQL.`
  return new Fault('unavailable', text, { cause })
}
