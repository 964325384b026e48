/** The rows of a SQLite file. A reader sees one state of it, whatever is written meanwhile; a writer has the file alone. */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Fault } from '../../kernel/fault.ts'
import { retryWhileBusy } from '../busy.ts'
import { fromSqlite } from '../errors.ts'
import {
  type Access,
  migrationTable,
  orderTables,
  ownTables,
  type Row,
  type Table,
  type TableStore,
} from './table-store.ts'

const rowsAtOnce = 500
/** Characters: so many make fewer rows be read at once. */
const textAtOnce = 4_000_000
/** Bytes of a value. A file from elsewhere may have any, and so may the default of a column in a small file. */
const longestValue = 64_000_000
/** Milliseconds. */
const busyLimit = 30_000

/** Throws `Fault('unavailable')` when the file is no database, or another process locks it for too long. */
export async function openSqliteTables(file: string, access: Access): Promise<TableStore> {
  const database = openFile(file, access)
  try {
    await retryWhileBusy(() => begin(database, access), busyLimit)
    const migrations = listMigrations(database)
    const tables = listTables(database)
    return { engine: 'sqlite', migrations, tables, ...createRowAccess(database, tables) }
  } catch (error) {
    database.close()
    throw fromSqlite(error)
  }
}

/** Opens a file that may be from elsewhere, so that it runs no code of its own. Throws as `openSqliteTables` does. */
export function openFile(file: string, access: Access): DatabaseSync {
  try {
    const database = new DatabaseSync(file, { readOnly: access === 'read', timeout: 0 })
    database.enableDefensive(true)
    database.limits.length = longestValue
    database.exec(
      'PRAGMA trusted_schema = OFF; PRAGMA synchronous = FULL; PRAGMA cache_size = -64000',
    )
    return database
  } catch (error) {
    throw fromSqlite(error)
  }
}

function begin(database: DatabaseSync, access: Access): void {
  database.exec(access === 'read' ? 'BEGIN' : 'BEGIN IMMEDIATE')
  try {
    // The snapshot begins with the first statement that reads.
    database.prepare('SELECT count(*) FROM sqlite_schema').get()
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

function listNames(database: DatabaseSync, sql: string, ...values: string[]): string[] {
  return database
    .prepare(sql)
    .all(...values)
    .map(({ name }) => String(name))
}

function listMigrations(database: DatabaseSync): string[] {
  const find = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = ?"
  if (listNames(database, find, migrationTable).length === 0) return []
  // Nothing shows yet that the file is what it seems to be.
  const names = `SELECT substr(name, 1, 200) AS name FROM ${migrationTable} ORDER BY 1 LIMIT 10000`
  return listNames(database, names)
}

function listTables(database: DatabaseSync): readonly Table[] {
  const names = listNames(
    database,
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
  ).filter((name) => !ownTables.includes(name))
  const tables = names.map((name) => ({
    name,
    columns: listNames(database, 'SELECT name FROM pragma_table_info(?)', name).sort(),
  }))
  const references = names.flatMap((from) =>
    listNames(database, 'SELECT "table" AS name FROM pragma_foreign_key_list(?)', from).map(
      (to) => ({ from, to }),
    ),
  )
  return orderTables(tables, references)
}

function createRowAccess(
  database: DatabaseSync,
  tables: readonly Table[],
): Pick<TableStore, 'read' | 'write' | 'empty' | 'commit' | 'close'> {
  const inserts = new Map<string, StatementSync>()
  function prepareInsert({ name, columns }: Table): StatementSync {
    const known = inserts.get(name)
    if (known !== undefined) return known
    const places = columns.map(() => '?').join(', ')
    const statement = database.prepare(
      `INSERT INTO ${quote(name)} (${columns.map(quote).join(', ')}) VALUES (${places})`,
    )
    inserts.set(name, statement)
    return statement
  }

  return {
    async *read({ name, columns }) {
      const statement = database.prepare(
        `SELECT ${columns.map(quote).join(', ')} FROM ${quote(name)}`,
      )
      statement.setReturnArrays(true)
      let rows: Row[] = []
      let text = 0
      for (const row of translated(() => statement.iterate() as unknown as Iterable<Row>)) {
        rows.push(row)
        for (const value of row) if (typeof value === 'string') text += value.length
        if (rows.length < rowsAtOnce && text < textAtOnce) continue
        yield rows
        rows = []
        text = 0
        await nextTurn()
      }
      if (rows.length > 0) yield rows
    },
    async write(table, rows) {
      try {
        const statement = prepareInsert(table)
        for (const row of rows) statement.run(...row)
      } catch (error) {
        throw fromSqlite(error)
      }
      await nextTurn()
    },
    async empty() {
      try {
        for (const { name } of tables.toReversed()) database.exec(`DELETE FROM ${quote(name)}`)
      } catch (error) {
        throw fromSqlite(error)
      }
    },
    async commit() {
      try {
        database.exec('COMMIT')
      } catch (error) {
        throw fromSqlite(error)
      }
    },
    async close() {
      if (database.isOpen) database.close()
    },
  }
}

function* translated<Item>(open: () => Iterable<Item>): Generator<Item> {
  try {
    yield* open()
  } catch (error) {
    if (error instanceof RangeError)
      throw new Fault('conflict', 'A row has a number that Einlass never writes.', { cause: error })
    if (isTooLong(error))
      throw new Fault('conflict', 'A row has a value that is longer than any of Einlass.', {
        cause: error,
      })
    throw fromSqlite(error)
  }
}

/** SQLITE_TOOBIG. */
const isTooLong = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === 18

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`
