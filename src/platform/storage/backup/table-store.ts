/**
 * All rows of a database of either engine: read in one snapshot, or replaced in one transaction. Backups, restores and moves
 * between the engines use it. Owns the shape of tables and rows, and the order in which tables are written. Knows only the
 * tables of the migrations by name.
 */
import { createHash } from 'node:crypto'
import { hmac } from '../../kernel/crypto.ts'
import { Fault } from '../../kernel/fault.ts'
import type { EngineName } from '../database.ts'

/** The purpose for which a store is opened. */
export type Access = 'read' | 'write'

/** The values in the order of the columns. */
export type Row = readonly (string | number | null)[]

export interface Table {
  readonly name: string
  /** In alphabetical order. */
  readonly columns: readonly string[]
}

export interface TableStore {
  readonly engine: EngineName
  /** The names of the applied migrations, in order; empty: the database was never set up. */
  readonly migrations: readonly string[]
  /** A table comes after those that its rows refer to. */
  readonly tables: readonly Table[]
  /** Some hundred rows at a time, in no order. */
  read(table: Table): AsyncIterable<readonly Row[]>
  write(table: Table, rows: readonly Row[]): Promise<void>
  /** Removes every row of every table. */
  empty(): Promise<void>
  commit(): Promise<void>
  /** Undoes what was not committed. */
  close(): Promise<void>
}

/** A checksum of all rows of a table, independent of their order. */
export interface TableSum {
  readonly table: string
  readonly rows: number
  /** Characters of all rows as JSON. */
  readonly size: number
  /** Equal for the same rows. */
  readonly digest: string
}

/** The table with the names of the applied migrations. */
export const migrationTable = 'kysely_migration'
/** The table in which a backup describes itself. */
export const noteTable = 'einlass_backup'
/** Tables that hold no rows of the service: every database and every backup has its own. */
export const ownTables: readonly string[] = [migrationTable, 'kysely_migration_lock', noteTable]

export interface References {
  readonly from: string
  readonly to: string
}

/** Throws when the references form a circle. */
export function orderTables(
  tables: readonly Table[],
  references: readonly References[],
): readonly Table[] {
  const ordered: Table[] = []
  let waiting = tables.toSorted((one, other) => (one.name < other.name ? -1 : 1))
  while (waiting.length > 0) {
    const names = new Set(waiting.map(({ name }) => name))
    const isBlocked = ({ name }: Table) =>
      references.some(({ from, to }) => from === name && to !== name && names.has(to))
    const next = waiting.filter((table) => !isBlocked(table))
    if (next.length === 0) throw new Error(`tables refer to each other: ${[...names].join(', ')}`)
    ordered.push(...next)
    waiting = waiting.filter(isBlocked)
  }
  return ordered
}

/** Called with the number of further rows that were copied. */
export type OnRows = (rows: number) => void

export interface CopyRowsOptions {
  readonly onRows?: OnRows | undefined
  /** Absent: anybody can find other rows with the same sum, so the sums show damage and no attack. */
  readonly key?: Uint8Array | undefined
  /** What each table may have at most; absent: nothing is known of the source. */
  readonly announced?: readonly Omit<TableSum, 'digest'>[] | undefined
}

/**
 * Copies every table into a database with the same tables, reads them there again and compares. Commits nothing. Throws
 * `Fault('conflict')` when the tables differ, the source has more than it announced, or a row arrived changed.
 */
export async function copyRows(
  source: TableStore,
  target: TableStore,
  options: CopyRowsOptions = {},
): Promise<readonly TableSum[]> {
  const sums = await streamRows(source, target, options)
  await requireSums(target, sums, options.key)
  return sums
}

/** As `copyRows`, for a caller that reads and compares the rows of the target itself. */
export async function streamRows(
  source: TableStore,
  target: TableStore,
  { onRows = () => {}, key, announced }: CopyRowsOptions = {},
): Promise<readonly TableSum[]> {
  requireSameTables(source, target)
  await target.empty()
  const sums: TableSum[] = []
  for (const table of target.tables) {
    const most = announced?.find((one) => one.table === table.name)
    const sum = createSum(table, createRowHash(key), announced && (most ?? { rows: 0, size: 0 }))
    for await (const rows of source.read(table)) {
      sum.add(rows)
      await target.write(table, rows)
      onRows(rows.length)
    }
    sums.push(sum.finish())
  }
  return sums
}

/** Reads all rows. Throws `Fault('conflict')` when they are not those that have these sums. */
export async function requireSums(
  store: TableStore,
  sums: readonly TableSum[],
  key?: Uint8Array,
): Promise<void> {
  for (const expected of sums) {
    const found = await sumTable(store, expected.table, createRowHash(key))
    if (found.rows === expected.rows && found.digest === expected.digest) continue
    throw new Fault('conflict', `The rows of ${expected.table} did not arrive as they were.`)
  }
}

/** @param key as in `CopyRowsOptions` */
export async function sumTables(store: TableStore, key?: Uint8Array): Promise<readonly TableSum[]> {
  const sums: TableSum[] = []
  for (const { name } of store.tables) sums.push(await sumTable(store, name, createRowHash(key)))
  return sums
}

async function sumTable(store: TableStore, name: string, hash: HashRow): Promise<TableSum> {
  const table = store.tables.find((one) => one.name === name)
  if (table === undefined) throw new Error(`there is no table ${name}`)
  const sum = createSum(table, hash)
  for await (const rows of store.read(table)) sum.add(rows)
  return sum.finish()
}

function requireSameTables(source: TableStore, target: TableStore): void {
  const describe = ({ tables }: TableStore): string[] =>
    tables.map(({ name, columns }) => `${name} (${columns.join(', ')})`)
  const expected = describe(target)
  const found = describe(source)
  const other = [
    ...expected.filter((one) => !found.includes(one)),
    ...found.filter((one) => !expected.includes(one)),
  ]
  if (other.length === 0) return
  throw new Fault('conflict', `The tables are not those of Einlass: ${other.join('; ')}.`)
}

/** The hash of a row as JSON, in hexadecimal digits. */
type HashRow = (text: string) => string

const createRowHash = (key: Uint8Array | undefined): HashRow =>
  key === undefined
    ? (text) => createHash('sha256').update(text).digest('hex')
    : (text) => Buffer.from(hmac(key, text), 'base64url').toString('hex')

/** JSON has one text for an infinite number and for no value: a row with the one would have the sum of a row with the other. */
const hasOwnText = (value: Row[number]): boolean =>
  value === null || typeof value === 'string' || Number.isFinite(value)

/**
 * Adds up the hashes of the rows: the engines sort texts differently, so the rows have no common order.
 * @param most what the table may have at most; absent: there is no limit
 */
function createSum(
  { name }: Table,
  hash: HashRow,
  most?: { readonly rows: number; readonly size: number },
) {
  let rows = 0
  let size = 0
  let total = 0n
  return {
    /** Throws before the caller uses these rows. */
    add(more: readonly Row[]): void {
      rows += more.length
      for (const row of more) {
        if (!row.every(hasOwnText))
          throw new Fault('conflict', `A row of ${name} has a value that Einlass never writes.`)
        const text = JSON.stringify(row)
        size += text.length
        total += BigInt(`0x${hash(text)}`)
      }
      if (most !== undefined && (rows > most.rows || size > most.size))
        throw new Fault(
          'conflict',
          `The backup is damaged: its rows are not those that it was made with. The table ${name} has more, or longer ones.`,
        )
    },
    finish: (): TableSum => ({
      table: name,
      rows,
      size,
      digest: BigInt.asUintN(256, total).toString(16),
    }),
  }
}
