/**
 * What a table has of a person, declared by the feature whose table it is: for the export of all that is stored of a person. Owns
 * the form of such a declaration; identity/operations/export-user.ts reads by it. A test compares it with the schema, so that each new
 * column needs a decision.
 */
import type { Tables } from './tables.ts'

export interface PersonalTable<Name extends keyof Tables = keyof Tables> {
  readonly table: Name
  /** What a row is, in English, for the person. */
  readonly what: string
  readonly owner: Owner<Name>
  /** Columns that are handed out, each with its name in English. */
  readonly shown: Partial<Record<Column<Name>, string>>
  /** Columns that are not: secrets, their hashes and keys, and ids and notes that say nothing of a person. */
  readonly hidden: readonly Column<Name>[]
}

type Column<Name extends keyof Tables> = keyof Tables[Name] & string

/**
 * The column by which rows of a person are found. `via`: it has ids of rows of another table, which has `user_id`. `id`: it
 * is the id of the user. `name`: the canonical user name. `text`: somewhere in it is the id.
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
