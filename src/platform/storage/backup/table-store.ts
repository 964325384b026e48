/**
 * All rows of a database, whatever its engine: read in one snapshot, or replaced in one transaction. Backups, restores and
 * moves between the engines stand on it. Owns what a table is here and in which order tables are written; knows no
 * table by name but those of the migrations.
 */
import { createHash } from 'node:crypto'
import { Fault } from '../../kernel/fault.ts'
import type { EngineName } from '../database.ts'

/** What a store is opened for. */
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
  /** The names of the applied migrations, in order; none: nothing was ever set up here. */
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

/** Of all rows of a table, in whatever order they come. */
export interface TableSum {
  readonly table: string
  readonly rows: number
  /** Equal for the same rows. */
  readonly digest: string
}

/** Names the applied migrations. */
export const migrationTable = 'kysely_migration'
/** What a backup says of itself, in its file. */
export const noteTable = 'einlass_backup'
/** No rows of the service: every database and every backup has its own. */
export const ownTables: readonly string[] = [migrationTable, 'kysely_migration_lock', noteTable]

export interface References {
  readonly from: string
  readonly to: string
}

/** Throws when the references go in a circle. */
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

/** `onRows` hears how many rows more were copied. */
export type OnRows = (rows: number) => void

/**
 * Copies every table into a database that has the same ones, reads it there again and compares. Commits nothing. Throws
 * `Fault('conflict')` when the tables are not the same, or a row did not arrive as it was.
 */
export async function copyRows(
  source: TableStore,
  target: TableStore,
  onRows: OnRows = () => {},
): Promise<readonly TableSum[]> {
  requireSameTables(source, target)
  await target.empty()
  const sums: TableSum[] = []
  for (const table of target.tables) {
    const sum = createSum(table)
    for await (const rows of source.read(table)) {
      sum.add(rows)
      await target.write(table, rows)
      onRows(rows.length)
    }
    sums.push(sum.finish())
  }
  for (const expected of sums) {
    const found = await sumTable(target, expected.table)
    if (found.rows === expected.rows && found.digest === expected.digest) continue
    throw new Fault('conflict', `The rows of ${expected.table} did not arrive as they were.`)
  }
  return sums
}

export async function sumTables(store: TableStore): Promise<readonly TableSum[]> {
  const sums: TableSum[] = []
  for (const { name } of store.tables) sums.push(await sumTable(store, name))
  return sums
}

async function sumTable(store: TableStore, name: string): Promise<TableSum> {
  const table = store.tables.find((one) => one.name === name)
  if (table === undefined) throw new Error(`there is no table ${name}`)
  const sum = createSum(table)
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

/** Hashes are added up: the engines have no order of texts in common by which rows could be sorted. */
function createSum({ name }: Table) {
  let rows = 0
  let total = 0n
  return {
    add(more: readonly Row[]): void {
      rows += more.length
      for (const row of more) {
        const hash = createHash('sha256').update(JSON.stringify(row)).digest('hex')
        total += BigInt(`0x${hash}`)
      }
    },
    finish: (): TableSum => ({
      table: name,
      rows,
      digest: BigInt.asUintN(256, total).toString(16),
    }),
  }
}
