// Writes made-up people into a database with the newest schema, faster than an import: all have the same password, and nothing
// is checked first.

import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { createHasher } from '../../src/identity/users/hasher.ts'
import { silentLog as log } from '../../src/platform/kernel/log.ts'
import { openDatabase, type StorageConfig } from '../../src/platform/storage/open.ts'
import { userPassword } from '../logins.ts'
import { makePerson } from './population.ts'
import { listRows, type Rows, setHead, type TableName, tableNames, tables } from './rows.ts'

const columnsOf = (table: TableName) =>
  tables[table].map((column) => {
    const [name = '', mark] = column.split(':')
    return { name, type: mark === 'n' ? 'bigint' : 'text' }
  })

type Cells = NonNullable<Rows[TableName]>

export const fill = async (storage: StorageConfig, count: number): Promise<void> => {
  const { close } = await openDatabase({ storage, log })
  await close()
  const passwordHash = await createHasher({ cores: 1, log }).hash(userPassword)
  const rowsOf = (index: number) => listRows(makePerson(index), index, passwordHash)
  await (storage.type === 'sqlite'
    ? fillSqlite(storage.file, count, rowsOf)
    : fillPostgres(storage.url, count, rowsOf))
}

const fillSqlite = async (file: string, count: number, rowsOf: (index: number) => Rows) => {
  const database = new DatabaseSync(file)
  database.exec('pragma journal_mode = delete; pragma journal_mode = off; pragma synchronous = off')
  database.exec('pragma cache_size = -2000000; pragma foreign_keys = off; begin')
  const inserts = tableNames.map((table) => {
    const names = columnsOf(table).map(({ name }) => name)
    const values = names.map(() => '?').join(', ')
    const text = `insert into ${table} (${names.join(', ')}) values (${values})`
    return [table, database.prepare(text)] as const
  })
  for (let index = 0; index < count; index += 1) {
    const rows = rowsOf(index)
    for (const [table, insert] of inserts) for (const row of rows[table] ?? []) insert.run(...row)
  }
  database.exec(setHead(count))
  database.exec('commit; pragma journal_mode = wal')
  database.close()
}

/** People whose rows are written in one go. */
const atOnce = 5_000

const fillPostgres = async (url: string, count: number, rowsOf: (index: number) => Rows) => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const inserts = tableNames.map((table) => {
    const columns = columnsOf(table)
    const lists = columns.map(({ type }, at) => `$${at + 1}::${type}[]`).join(', ')
    const names = columns.map(({ name }) => name).join(', ')
    const text = `insert into ${table} (${names}) select * from unnest(${lists})`
    return async (rows: Cells) => {
      if (rows.length === 0) return
      await client.query(
        text,
        columns.map((_, at) => rows.map((row) => row[at])),
      )
    }
  })
  for (let from = 0; from < count; from += atOnce) {
    const all = Array.from({ length: Math.min(atOnce, count - from) }, (_, at) => rowsOf(from + at))
    for (const [at, table] of tableNames.entries())
      await inserts[at]?.(all.flatMap((rows) => rows[table] ?? []))
  }
  await client.query(setHead(count))
  // The server would do it by itself after a while.
  await client.query('vacuum analyze')
  await client.query('checkpoint')
  await client.end()
}
