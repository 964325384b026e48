/**
 * The two connections to a SQLite file, and how a statement runs on them. Owns opening, the pragmas and the prepared
 * statements. sqlite.ts owns transactions and chooses the connection of a statement.
 */
import { closeSync, openSync } from 'node:fs'
import type { StatementSync } from 'node:sqlite'
import { DatabaseSync } from 'node:sqlite'
import { type CompiledQuery, type QueryResult, SelectQueryNode } from 'kysely'
import { retryWhileBusy } from './busy.ts'
import type { OnQuery } from './database.ts'
import { makeDatabaseFolder } from './database-folder.ts'
import { fromSqlite, isBusy } from './errors.ts'
import type { WriterOptions } from './group-commit.ts'
import { checkParameter } from './parameters.ts'

/**
 * Opens the file; creates it and its folder if they are missing. Waits up to `busyLimit` milliseconds for another process that
 * has it locked. Throws `Fault('unavailable')` when SQLite cannot use it.
 */
export async function connect(
  file: string,
  busyLimit: number,
  isBulk: boolean,
): Promise<Connections> {
  try {
    return await retryWhileBusy(
      () => openConnections(file, isBulk ? bulkMemory : memory),
      busyLimit,
    )
  } catch (error) {
    throw fromSqlite(error)
  }
}

export interface Connections {
  readonly writing: DatabaseSync
  /** For `:memory:` the same connection, which then also sees uncommitted rows. */
  readonly reading: DatabaseSync
}

/** Milliseconds that a reader waits for another process that recovers or truncates the write-ahead log. */
const readerTimeout = 2_000

interface Memory {
  /**
   * The most KiB of cached pages. With few, a login reads parts of an index again. With many, SQLite looks through all of them
   * at the COMMIT of a transaction that has split a page.
   */
  readonly cache: number
  /** Pages in the write-ahead log before they are copied back, so that a page that changes often is copied only once. */
  readonly checkpointPages: number
}

const memory: Memory = { cache: 8_000, checkpointPages: 16_384 }

/** For very many rows at random places of the indexes: pages are read, and copied back, half as often. */
const bulkMemory: Memory = { cache: 128_000, checkpointPages: 65_536 }

function openConnections(file: string, { cache, checkpointPages }: Memory): Connections {
  if (file === ':memory:') {
    const database = new DatabaseSync(file)
    return { writing: database, reading: database }
  }
  makeDatabaseFolder(file)
  // SQLite gives the other files of the database the mode of this one.
  closeSync(openSync(file, 'a', 0o600))
  const writing = new DatabaseSync(file, { timeout: 0 })
  try {
    // For a new file only. A login changes a few bytes in each of a dozen pages, and every changed page is checksummed
    // and written: small pages halve that work, still smaller ones are split too often.
    writing.exec('PRAGMA page_size = 2048')
    const mode = writing.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode
    if (mode !== 'wal') throw new Error(`the file system of ${file} does not allow shared memory`)
    writing.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
    // Removed data is overwritten, so that the file has nothing of an erased person. For a login that writes no more pages and
    // takes no measurable processor time.
    writing.exec('PRAGMA secure_delete = ON')
    // Savepoints keep their copies in memory, not in a file of their own.
    writing.exec(`PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = ${checkpointPages}`)
    writing.exec(`PRAGMA cache_size = -${cache}`)
    return { writing, reading: new DatabaseSync(file, { readOnly: true, timeout: readerTimeout }) }
  } catch (error) {
    writing.close()
    throw error
  }
}

/** BEGIN, COMMIT and savepoints are always the same few texts: they are prepared once, and not parsed for every login. */
export function createControl(database: DatabaseSync): WriterOptions['database'] {
  const statements = new Map<string, StatementSync>()
  return {
    get isTransaction() {
      return database.isTransaction
    },
    exec(text) {
      const statement = statements.get(text) ?? database.prepare(text)
      statements.set(text, statement)
      statement.run()
    },
  }
}

/** Runs one statement at once; throws what node:sqlite throws. */
export type Runner = <R>(query: CompiledQuery) => QueryResult<R>

interface Statement {
  readonly statement: StatementSync
  /** Columns of the rows that it returns; empty for a statement that returns no rows. */
  columns: readonly string[]
}

function listColumns(statement: StatementSync): readonly string[] {
  return statement.columns().map(({ name }) => name)
}

function nameValues(columns: readonly string[], values: readonly unknown[]): object {
  const row: Record<string, unknown> = {}
  for (let index = 0; index < columns.length; index++) row[columns[index] ?? ''] = values[index]
  return row
}

const statementLimit = 500

/** Hooks for each statement: `onQuery` runs before it, `onDone` after it with the milliseconds that it took. */
export interface RunnerHooks {
  readonly onQuery?: OnQuery | undefined
  readonly onDone?: (sql: string, elapsed: number) => void
}

/** Statements of one connection, prepared once for each text; up to 500 of them are cached. */
export function createRunner(
  database: DatabaseSync,
  { onQuery, onDone }: RunnerHooks = {},
): Runner {
  const statements = new Map<string, Statement>()
  const prepare = (sql: string): Statement => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const statement = database.prepare(sql)
    // As arrays: the row objects of node:sqlite have no prototype, so they are slow and not equal to the same row from
    // PostgreSQL.
    statement.setReturnArrays(true)
    const prepared = { statement, columns: listColumns(statement) }
    if (statements.size >= statementLimit) statements.clear()
    statements.set(sql, prepared)
    return prepared
  }
  return <R>(query: CompiledQuery): QueryResult<R> => {
    onQuery?.(query)
    const begin = performance.now()
    const prepared = prepare(query.sql)
    const { statement } = prepared
    const values = query.parameters.map(checkParameter)
    if (prepared.columns.length === 0) {
      const { changes } = statement.run(...values)
      onDone?.(query.sql, performance.now() - begin)
      return { rows: [], numAffectedRows: BigInt(changes) }
    }
    const lists: readonly unknown[] = statement.all(...values)
    onDone?.(query.sql, performance.now() - begin)
    const rows = (lists as unknown[][]).map((list) => {
      // A column was added since the statement was prepared.
      if (list.length !== prepared.columns.length) prepared.columns = listColumns(statement)
      return nameValues(prepared.columns, list) as R
    })
    if (SelectQueryNode.is(query.query)) return { rows }
    return { rows, numAffectedRows: BigInt(rows.length) }
  }
}

/**
 * While nothing is uncommitted, reads go to the writing connection: it sees the same rows, and has them in memory, while the
 * other connection forgets all its pages after each COMMIT. It also does not wait for another process, which SQLite would do on
 * the event loop.
 */
export function createReader(
  { writing, reading: read }: { readonly writing: DatabaseSync; readonly reading: Runner },
  write: Runner,
): Runner {
  return <R>(query: CompiledQuery): QueryResult<R> => {
    if (writing.isTransaction) return read<R>(query)
    try {
      return write<R>(query)
    } catch (error) {
      if (!isBusy(error)) throw error
      return read<R>(query)
    }
  }
}
