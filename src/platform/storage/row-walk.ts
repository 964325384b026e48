/**
 * All rows that carry a code (bound-rows.ts): counts those that are not as Einlass wrote them, and gives a code to rows of programs
 * that knew none. Owns the walk through the tables in small transactions, so that it can stop anywhere and begin again.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { sql } from 'kysely'
import {
  type BoundTable,
  boundColumns,
  boundTables,
  type RowBinding,
  type RowMeaning,
  voidMac,
} from './bound-rows.ts'
import type { Database } from './database.ts'
import { transact } from './transact.ts'

export interface RowCount {
  readonly table: BoundTable
  /** With the right code. */
  readonly bound: number
  /** Ended or taken back: they let nobody in any more. */
  readonly over: number
  /** Without a code. */
  readonly unbound: number
  /** With a wrong code: the number, and the first of their keys. */
  readonly forged: number
  readonly examples: readonly string[]
}

type Row = Readonly<Record<string, string | number | null>>

const rowsAtOnce = 200
const mostExamples = 20

export async function countRows(db: Database, rows: Pick<RowBinding, 'bind'>): Promise<RowCount[]> {
  const counts: RowCount[] = []
  for (const table of boundTables) {
    const count = { bound: 0, over: 0, unbound: 0, forged: 0 }
    const examples: string[] = []
    for await (const page of readPages(db, table)) {
      for (const row of page) {
        const found = judge(table, row, rows)
        count[found] += 1
        if (found === 'forged' && examples.length < mostExamples) examples.push(findKey(table, row))
      }
    }
    counts.push({ table, ...count, examples })
  }
  return counts
}

/** Gives every row that is not over its code, whatever the row says. Returns how many had none, or another one. */
export async function bindRows(db: Database, rows: Pick<RowBinding, 'bind'>): Promise<number> {
  let changed = 0
  for (const table of boundTables) {
    const key = sql.ref(boundColumns[table][0])
    for await (const page of readPages(db, table)) {
      const loose = page.filter((row) => ['unbound', 'forged'].includes(judge(table, row, rows)))
      if (loose.length === 0) continue
      changed += await transact(db, async (tx) => {
        let written = 0
        for (const row of loose) {
          const same = [...boundColumns[table], 'row_mac'].map(
            (column) => sql`${sql.ref(column)} is not distinct from ${row[column]}`,
          )
          const mac = rows.bind(table, row as unknown as RowMeaning<typeof table>)
          // A server that changes the row meanwhile gives it a code.
          const result = await sql`
            update ${sql.table(table)} set row_mac = ${mac}
            where ${key} = ${findKey(table, row)} and ${sql.join(same, sql` and `)}`.execute(tx)
          written += Number(result.numAffectedRows ?? 0)
        }
        return written
      })
    }
  }
  return changed
}

const findKey = (table: BoundTable, row: Row): string => String(row[boundColumns[table][0]])

function judge(
  table: BoundTable,
  row: Row,
  rows: Pick<RowBinding, 'bind'>,
): 'bound' | 'over' | 'unbound' | 'forged' {
  if (row.row_mac === voidMac) return 'over'
  if (row.row_mac === null) return 'unbound'
  const mac = rows.bind(table, row as unknown as RowMeaning<typeof table>)
  return row.row_mac === mac ? 'bound' : 'forged'
}

/** In the order of their keys. */
async function* readPages(db: Database, table: BoundTable): AsyncGenerator<readonly Row[]> {
  const columns = [...boundColumns[table], 'row_mac']
  const key = sql.ref(boundColumns[table][0])
  for (let after = ''; ; await nextTurn()) {
    const { rows } = await sql<Row>`
      select ${sql.join(columns.map((column) => sql.ref(column)))} from ${sql.table(table)}
      where ${key} > ${after} order by ${key} limit ${sql.lit(rowsAtOnce)}`.execute(db)
    const last = rows.at(-1)
    if (last === undefined) return
    yield rows
    after = findKey(table, last)
  }
}
