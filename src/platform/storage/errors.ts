/** Classifies the errors of the two engines: which ones mean "try again later", and which mean a violated constraint. */
import { Fault } from '../kernel/fault.ts'

/** Primary result codes of SQLite (https://sqlite.org/rescode.html) that are no fault of the statement. */
const sqliteUnavailable = new Set([
  5, // SQLITE_BUSY
  6, // SQLITE_LOCKED
  7, // SQLITE_NOMEM
  8, // SQLITE_READONLY
  9, // SQLITE_INTERRUPT
  10, // SQLITE_IOERR
  11, // SQLITE_CORRUPT
  13, // SQLITE_FULL
  14, // SQLITE_CANTOPEN
  15, // SQLITE_PROTOCOL
  26, // SQLITE_NOTADB
])

/** SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_ROWID. */
const sqliteUnique = new Set([1555, 2067, 2579])

/** The extended result code of an error from node:sqlite. */
function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined
  return typeof error.errcode === 'number' ? error.errcode : undefined
}

/** Whether another connection has the lock, SQLITE_BUSY. */
export function isBusy(error: unknown): boolean {
  return ((sqliteCode(error) ?? 0) & 0xff) === 5
}

/** Turns "the database cannot do it now" into `Fault('unavailable')`; returns every other error as it is. */
export function fromSqlite(error: unknown): unknown {
  const code = sqliteCode(error)
  if (code === undefined || !sqliteUnavailable.has(code & 0xff)) return error
  return new Fault('unavailable', 'the database is not available', {
    cause: error,
    details: { engine: 'sqlite', code },
  })
}

/**
 * Classes of SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html) that are no fault of the statement:
 * connection, rejected login, missing database, conflict with another transaction, resources, object in use, operator
 * intervention, system error, corruption. 25P03 is a transaction that was idle for too long, 25006 a write to a read-only
 * server, such as a standby.
 */
const postgresUnavailable = /^(08|28|3D|40|53|55|57|58|XX|25P03|25006)/

/** Those among them that mean that no write is possible at all: a full disk, no memory, a standby, a broken file. */
const postgresUnwritable = /^(53100|53200|25006|58|XX)/

/** SQLITE_READONLY, SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_FULL. */
const sqliteUnwritable = new Set([8, 10, 11, 13])

/**
 * The SQLSTATE of an error that the server sent. Recognised by its `severity` (PostgreSQL manual, 55.8) and not by its class,
 * because a process on SQLite does not load pg.
 */
function postgresCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('severity' in error)) return undefined
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** As `fromSqlite`. If the server did not send the error, it is an error of the connection. */
export function fromPostgres(error: unknown): unknown {
  const code = postgresCode(error)
  if (code !== undefined && !postgresUnavailable.test(code)) return error
  return new Fault('unavailable', 'the database is not available', {
    cause: error,
    details: { engine: 'postgres', code: code ?? 'connection' },
  })
}

/** Whether the error says that the database takes no writes, on either engine. */
export function isWriteTrouble(error: unknown): boolean {
  const code = sqliteCode(error)
  if (code !== undefined) return sqliteUnwritable.has(code & 0xff)
  return postgresUnwritable.test(postgresCode(error) ?? '')
}

/** Whether a write was refused because a row with the same unique value exists, on either engine. */
export function isUniqueViolation(error: unknown): boolean {
  const code = sqliteCode(error)
  if (code !== undefined) return sqliteUnique.has(code)
  return error instanceof Error && 'code' in error && error.code === '23505'
}
