/**
 * Searches for sessions that have ended, or are gone with their user, while something still remembers them. Owns the walk: page
 * by page, so that no statement looks at all sessions. What remembers a session is said by its owner.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Queries } from '../../platform/storage/database.ts'

/** Rows that name sessions. */
export interface Remembering {
  /** Those of these sessions that are remembered. */
  among(queries: Queries, ids: readonly string[], now: number): Promise<readonly string[]>
  /** The next sessions that are remembered, in the order of `place`. `next`: absent after the last ones. */
  readPage(
    queries: Queries,
    place: string | undefined,
    now: number,
  ): Promise<{ readonly ids: readonly string[]; readonly next?: string }>
}

export interface Search {
  readonly now: number
  /** Sessions that ended before are not looked at (ms). */
  readonly since: number
  /** How many pages of remembered sessions are looked at; the next search with the same `places` goes on. */
  readonly mostPages: number
}

export const pageSize = 1000

/** Where the walk through each of them has come to. */
export type Places = Map<Remembering, string | undefined>

/** Yields the ids page by page; none twice, if they are noted meanwhile. */
export async function* searchUnnotedEnds(
  queries: Queries,
  places: Places,
  search: Search,
): AsyncGenerator<readonly string[]> {
  for await (const ended of readEnded(queries, search.since)) {
    const lists = [...places.keys()].map((one) => one.among(queries, ended, search.now))
    const found = new Set((await Promise.all(lists)).flat())
    if (found.size > 0) yield [...found]
  }
  for (const one of places.keys()) {
    for (let count = 0; count < search.mostPages; count += 1) {
      const { ids, next } = await one.readPage(queries, places.get(one), search.now)
      places.set(one, next)
      const gone = await listGone(queries, ids)
      if (gone.length > 0) yield gone
      if (next === undefined) break
      await nextTurn()
    }
  }
}

async function* readEnded(queries: Queries, since: number): AsyncGenerator<readonly string[]> {
  for (let after = { at: since, id: '' }; ; await nextTurn()) {
    const rows = await queries
      .selectFrom('sessions')
      .select(['id', 'ended_at'])
      .where('ended_at', '>=', after.at)
      .where(({ or, eb }) => or([eb('ended_at', '>', after.at), eb('id', '>', after.id)]))
      .orderBy('ended_at')
      .orderBy('id')
      .limit(pageSize)
      .execute()
    if (rows.length > 0) yield rows.map(({ id }) => id)
    const last = rows.at(-1)
    if (last === undefined || rows.length < pageSize) return
    after = { at: last.ended_at ?? 0, id: last.id }
  }
}

async function listGone(queries: Queries, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length === 0) return []
  const rows = await queries.selectFrom('sessions').select('id').where('id', 'in', ids).execute()
  const there = new Set(rows.map(({ id }) => id))
  return ids.filter((id) => !there.has(id))
}
