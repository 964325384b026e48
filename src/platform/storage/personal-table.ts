/**
 * Declares what a table stores about a person, for the export of all data of a person. The feature that owns the table declares
 * it. Owns the form of the declaration; identity/operations/export-user.ts reads it. A test compares it with the schema, so
 * that each new column needs a decision.
 */
import type { Tables } from './tables.ts'

export interface PersonalTable<Name extends keyof Tables = keyof Tables> {
  readonly table: Name
  /** What a row is, in English, for the person. */
  readonly what: string
  readonly owner: Owner<Name>
  /** Columns that are exported, each with its name in English. */
  readonly shown: Partial<Record<Column<Name>, string>>
  /** Shown columns with 0 for no and 1 for yes. */
  readonly flags?: readonly Column<Name>[]
  /** Columns that are not exported: secrets, their hashes and keys, and ids and notes that say nothing about a person. */
  readonly hidden: readonly Column<Name>[]
}

type Column<Name extends keyof Tables> = keyof Tables[Name] & string

/**
 * The column by which rows of a person are found. `via`: it refers to rows of another table, which has `user_id`. `id`: it is
 * the id of the user. `name`: the canonical user name. `text`: it contains the id somewhere.
 */
interface Owner<Name extends keyof Tables> {
  readonly column: Column<Name>
  readonly is: 'id' | 'name' | 'text' | { readonly via: keyof Tables }
}

/** Declares a table. */
export function personal<Name extends keyof Tables>(
  table: Name,
  declared: Omit<PersonalTable<Name>, 'table' | 'owner'> & { readonly owner?: Owner<Name> },
): PersonalTable {
  const owner = declared.owner ?? { column: 'user_id', is: 'id' }
  return { table, ...declared, owner } as unknown as PersonalTable
}
