/** Which users a list or a search has, and in which order. */
import { sql } from 'kysely'
import type { Queries } from '../../platform/storage/database.ts'
import { canonicalUsername, type Manager } from './user.ts'
import { matchSearch } from './words.ts'

export interface ListOptions {
  /** What it may be is in words.ts. */
  readonly search?: string
  /** The user name after which the list begins. */
  readonly after?: string
  /** From where names and addresses come; `null`: from administrators of Einlass. Absent: from anywhere. */
  readonly managedBy?: Manager | null
}

/** Rows of users, sorted by name; `undefined`: there can be none. */
export function selectListed(queries: Queries, { search = '', after, managedBy }: ListOptions) {
  // No name holds a NUL; PostgreSQL refuses one and SQLite reads no further.
  if (search.includes('\0')) return undefined
  const isSearch = search.trim() !== ''
  return (
    queries
      .selectFrom('users')
      .$if(isSearch, (query) => query.where((where) => matchSearch(where, search)))
      .$if(after !== undefined, (query) =>
        query.where('username_key', '>', canonicalUsername(after ?? '') ?? ''),
      )
      .$if(managedBy !== undefined, (query) =>
        managedBy === null
          ? query.where('managed_by', 'is', null)
          : query.where('managed_by', '=', managedBy ?? ''),
      )
      // What is found is sorted. PostgreSQL would else walk through all names in their order, until it has found enough.
      .orderBy(isSearch ? sql`username_key || ''` : 'username_key')
  )
}

/** The canonical names alone, sorted: very many of them fit into memory. */
export async function listNames(
  queries: Queries,
  { limit, ...options }: ListOptions & { readonly limit: number },
): Promise<string[]> {
  const query = selectListed(queries, options)
  if (query === undefined) return []
  const rows = await query.select('username_key').limit(limit).execute()
  return rows.map((row) => row.username_key)
}
