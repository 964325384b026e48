/** The users of a list or a search, and their order. */
import { sql } from 'kysely'
import type { Queries } from '../../platform/storage/database.ts'
import { canonicalUsername, type Manager } from './user.ts'
import { matchSearch } from './words.ts'

export interface ListOptions {
  /** words.ts defines what it may be. */
  readonly search?: string
  /** The user name after which the list begins. */
  readonly after?: string
  /** Only users whose name and address come from there; `null`: from administrators of Einlass. Absent: all users. */
  readonly managedBy?: Manager | null
}

/** Rows of users, sorted by name; `undefined`: no user can match. */
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
      .$if(managedBy !== undefined, (query) => {
        // The expression keeps SQLite from reading all users of the directory, which are more than a search finds.
        if (isSearch) return query.where(sql`coalesce(managed_by, '')`, '=', managedBy ?? '')
        return managedBy === null
          ? query.where('managed_by', 'is', null)
          : query.where('managed_by', '=', managedBy ?? '')
      })
      // The expression makes PostgreSQL sort the found rows. Otherwise it would read all names in their order until it
      // has found enough.
      .orderBy(isSearch ? sql`username_key || ''` : 'username_key')
  )
}

/** Only the canonical names, sorted: very many of them fit into memory. */
export async function listNames(
  queries: Queries,
  { limit, ...options }: ListOptions & { readonly limit: number },
): Promise<string[]> {
  const query = selectListed(queries, options)
  if (query === undefined) return []
  const rows = await query.select('username_key').limit(limit).execute()
  return rows.map((row) => row.username_key)
}
