/** The rows of a PostgreSQL database, over its own connection without the time limits of a server's queries. */
import pg from 'pg'
import { fromPostgres } from '../errors.ts'
import {
  type Access,
  migrationTable,
  orderTables,
  ownTables,
  type Row,
  type Table,
  type TableStore,
} from './table-store.ts'

const rowsAtOnce = 1000

const begins: Readonly<Record<Access, string>> = {
  read: 'begin isolation level repeatable read read only',
  write: 'begin isolation level read committed',
}

/** Throws `Fault('unavailable')` when there is no connection. */
export async function openPostgresTables(url: string, access: Access): Promise<TableStore> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'einlass backup',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  })
  // A waiting query gets the error as well.
  client.on('error', () => {})
  const query: Query = async (text, values = []) => {
    try {
      return (await client.query({ text, values: [...values], rowMode: 'array' })).rows
    } catch (error) {
      throw fromPostgres(error)
    }
  }
  try {
    await client.connect().catch((error: unknown) => {
      throw fromPostgres(error)
    })
    await query('set statement_timeout = 0')
    await query('set idle_in_transaction_session_timeout = 0')
    await query(begins[access])
    const migrations = await listMigrations(query)
    const typed = await listTables(query)
    const tables = orderTables(typed, await listReferences(query))
    const close = () => client.end()
    return { engine: 'postgres', migrations, tables, ...createRowAccess(query, typed), close }
  } catch (error) {
    await client.end()
    throw error
  }
}

/** How many servers use the database: each has a connection for wake-ups. Throws `Fault('unavailable')` as above. */
export async function countServers(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query(
      `select count(*)::int as servers from pg_stat_activity
      where datname = current_database() and application_name = 'einlass events'`,
    )
    return rows[0].servers
  } catch (error) {
    throw fromPostgres(error)
  } finally {
    await client.end().catch(() => {})
  }
}

type Query = (text: string, values?: readonly unknown[]) => Promise<unknown[][]>

interface TypedTable extends Table {
  /** Types of the columns, in the same order. */
  readonly types: readonly string[]
}

async function listMigrations(query: Query): Promise<string[]> {
  const found = await query(
    'select 1 from pg_tables where schemaname = current_schema() and tablename = $1',
    [migrationTable],
  )
  if (found.length === 0) return []
  return (await query(`select name from ${quote(migrationTable)} order by name`)).map(([name]) =>
    String(name),
  )
}

async function listTables(query: Query): Promise<TypedTable[]> {
  const rows = await query(
    `select c.relname, a.attname, format_type(a.atttypid, null)
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace and c.relname <> all($1)
    order by c.relname, a.attname collate "C"`,
    [ownTables],
  )
  const byTable = Map.groupBy(rows, ([name]) => String(name))
  return [...byTable].map(([name, columns]) => ({
    name,
    columns: columns.map(([, column]) => String(column)),
    types: columns.map(([, , type]) => String(type)),
  }))
}

async function listReferences(query: Query) {
  const rows = await query(
    `select a.relname, b.relname from pg_constraint c
    join pg_class a on a.oid = c.conrelid join pg_class b on b.oid = c.confrelid
    where c.contype = 'f' and c.connamespace = current_schema()::regnamespace`,
  )
  return rows.map(([from, to]) => ({ from: String(from), to: String(to) }))
}

function createRowAccess(
  query: Query,
  tables: readonly TypedTable[],
): Pick<TableStore, 'read' | 'write' | 'empty' | 'commit'> {
  const findTypes = ({ name }: Table) => tables.find((one) => one.name === name)?.types ?? []
  return {
    async *read(table) {
      const toValue = findTypes(table).map((type) => (type === 'bigint' ? readBigint : readValue))
      const columns = table.columns.map(quote).join(', ')
      await query(
        `declare reading no scroll cursor for select ${columns} from ${quote(table.name)}`,
      )
      for (;;) {
        const rows = await query(`fetch ${rowsAtOnce} from reading`)
        if (rows.length === 0) break
        yield rows.map((row) => row.map((value, index) => toValue[index]?.(value) ?? null))
      }
      await query('close reading')
    },
    async write(table, rows) {
      const places = findTypes(table).map((type, index) => `$${index + 1}::${type}[]`)
      const lists = table.columns.map((_, index) => rows.map((row) => row[index]))
      await query(
        `insert into ${quote(table.name)} (${table.columns.map(quote).join(', ')})
        select * from unnest(${places.join(', ')})`,
        lists,
      )
    },
    async empty() {
      await query(`truncate ${tables.map(({ name }) => quote(name)).join(', ')}`)
    },
    async commit() {
      await query('commit')
    },
  }
}

type Value = Row[number]

/** pg returns a bigint as text; every number here fits a JavaScript number. */
const readBigint = (value: unknown): Value => (value === null ? null : Number(value))

const readValue = (value: unknown): Value =>
  typeof value === 'number' || typeof value === 'string' ? value : null

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`
