/** Finds the username that was probably meant, without a look at all users: only at those with the same beginning. */
import { nearest } from '../../platform/kernel/nearest.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { listNames } from './list.ts'

/** Letters and digits that a search for a beginning finds by an index. */
const beginning = /^[\p{L}\p{N}]{3}/u
const mostCompared = 100

/** For operators only: it names a user. */
export async function findSimilarName(queries: Queries, name: string): Promise<string | undefined> {
  const search = beginning.exec(name.toLowerCase())?.[0]
  if (search === undefined) return undefined
  return nearest(name, await listNames(queries, { search, limit: mostCompared }))
}
