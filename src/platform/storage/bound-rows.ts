/**
 * Rows that grant access carry a code (HMAC-SHA-256) of what they mean, under a key that is not in the database. So an attacker who
 * can only write to the database cannot make such a row, give it to another user, or raise what it proves. Owns the list of these
 * tables and the code; each store computes the code with the row that it writes, and asks `isGenuine` for each row that it reads.
 */
import type { Selectable } from 'kysely'
import { equalInConstantTime, hmac } from '../kernel/crypto.ts'
import type { Keyring } from '../kernel/keyring.ts'
import type { Tables } from './tables.ts'

/** The columns that a row means something by. The first one identifies it. Each table also has the column `row_mac`. */
export const boundColumns = {
  sessions: [
    'id',
    'token_hash',
    'user_id',
    'amr',
    'acr',
    'authenticated_at',
    'expires_at',
    'put_off_rule',
    'browser_hash',
  ],
  proofs: [
    'id',
    'journey_hash',
    'user_id',
    'factor',
    'amr',
    'strength',
    'authenticator_id',
    'proven_at',
    'session_id',
  ],
} as const satisfies { readonly [Table in keyof Tables]?: readonly (keyof Tables[Table])[] }

export type BoundTable = keyof typeof boundColumns

export const boundTables = Object.keys(boundColumns) as readonly BoundTable[]

/** What the code of a row is computed from. */
type RowOf<Table extends BoundTable> = Selectable<Tables[Table]>

export type RowMeaning<Table extends BoundTable> = Pick<
  RowOf<Table>,
  Extract<keyof RowOf<Table>, (typeof boundColumns)[Table][number]>
>

export type BoundRow<Table extends BoundTable> = RowMeaning<Table> & {
  /** `null`: a program that knew no codes wrote the row. */
  readonly row_mac: string | null
}

/** In place of the code of a row that must not count again, such as an ended session. */
export const voidMac = ''

export interface RowBinding {
  /** The code for a row that is written. */
  bind<Table extends BoundTable>(table: Table, row: RowMeaning<Table>): string
  /** Whether Einlass wrote the row as it is. One that it did not write is reported, and has to be treated as if it did not exist. */
  isGenuine<Table extends BoundTable>(table: Table, row: BoundRow<Table>): boolean
}

export interface RowBindingOptions {
  readonly keyring: Pick<Keyring, 'derive' | 'acceptsUnboundRows'>
  /** Is called for each forged row that is read. Must not throw. */
  readonly report?: (forged: { readonly table: BoundTable; readonly key: string }) => void
}

/** The key is derived from the naming secret, so a rotation of the sealing keys changes no code. */
export function createRowBinding({ keyring, report }: RowBindingOptions): RowBinding {
  const key = keyring.derive('bound rows')
  const verified = createVerified()
  const bind = (table: BoundTable, row: Readonly<Record<string, unknown>>): string => {
    const values: unknown[] = [table]
    for (const column of boundColumns[table]) values.push(row[column])
    return hmac(key, JSON.stringify(values))
  }
  return {
    bind,
    isGenuine(table, row) {
      const { row_mac: mac } = row
      if (mac === voidMac) return false
      // Until then an older program may also have changed a row that had a code.
      if (keyring.acceptsUnboundRows) return true
      if (mac !== null) {
        if (verified.has(table, mac, row)) return true
        if (equalInConstantTime(mac, bind(table, row))) {
          verified.add(mac, row)
          return true
        }
      }
      report?.({
        table,
        key: String((row as Readonly<Record<string, unknown>>)[boundColumns[table][0]]),
      })
      return false
    },
  }
}

type Values = Readonly<Record<string, unknown>>

/** About ten megabytes. */
const mostVerified = 5_000

/**
 * Remembers rows whose code was right: a session is read with every request, and computing its code takes half as long as reading it.
 * A row is only known again with the same code and the same value in every bound column.
 */
function createVerified() {
  let newer = new Map<string, Values>()
  let older = new Map<string, Values>()
  return {
    has(table: BoundTable, mac: string, row: Values): boolean {
      const known = newer.get(mac) ?? older.get(mac)
      if (known === undefined) return false
      for (const column of boundColumns[table]) if (known[column] !== row[column]) return false
      return true
    },
    add(mac: string, row: Values): void {
      if (newer.size >= mostVerified) {
        older = newer
        newer = new Map()
      }
      newer.set(mac, row)
    },
  }
}

/** For commands that open no keyring: they end rows, and no row that they read lets anybody in. */
export const unkeyedRows: RowBinding = {
  bind() {
    throw new Error('a row cannot be bound without the sealing keys')
  },
  isGenuine: (_, { row_mac: mac }) => mac !== voidMac,
}
