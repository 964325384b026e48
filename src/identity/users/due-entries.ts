/**
 * Which users of a directory have to be looked up there again. Owns the walk through the entries of a directory: page by page in
 * the order of their ids, so that each entry is met once, whatever becomes of it, and no statement looks at all of them.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { sql } from 'kysely'
import { clockSlack } from '../../platform/kernel/clock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { EntryReference } from './entries.ts'

export interface Due {
  /** Only those that were not looked up since (ms). */
  readonly before: number
  readonly now: number
  /** How many are marked in one step. */
  readonly limit: number
}

/** Entries that one statement looks at. */
const pageSize = 500

/**
 * Users of a directory who have a session and were not looked up since `before`. Each batch is marked as looked up now, so that
 * no other node does the same. The walk begins behind the entry `after`, goes on from the first one, and ends where it began.
 */
export async function* takeDue(
  queries: Queries,
  directory: string,
  due: Due,
  after = '',
): AsyncGenerator<EntryReference[]> {
  yield* takeRange(queries, { directory, after, until: undefined }, due)
  if (after !== '') yield* takeRange(queries, { directory, after: '', until: after }, due)
}

interface Range {
  readonly directory: string
  readonly after: string
  readonly until: string | undefined
}

async function* takeRange(
  queries: Queries,
  { directory, after, until }: Range,
  due: Due,
): AsyncGenerator<EntryReference[]> {
  for (let from = after; ; ) {
    const page = await readPage(queries, { directory, after: from, until }, due)
    const last = page.at(-1)
    if (last === undefined) return
    const found = page.filter((entry) => Boolean(entry.is_due))
    for (let at = 0; at < found.length; at += due.limit) {
      const ids = found.slice(at, at + due.limit).map(({ user_id: id }) => id)
      const taken = await mark(queries, ids, due)
      if (taken.length > 0) yield taken.map((one) => ({ ...one, directory }))
    }
    from = last.entry_id
    await nextTurn()
  }
}

/** Also when the last lookup is in the future: the clock was set back since, and nobody would be looked up until then. */
const isDue = ({ before, now }: Due) =>
  sql<boolean>`(checked_at <= ${before} or checked_at > ${now + clockSlack})`

function readPage(queries: Queries, { directory, after, until }: Range, due: Due) {
  return queries
    .selectFrom('directory_entries as due')
    .select(({ and, exists, selectFrom }) => [
      'due.user_id',
      'due.entry_id',
      and([
        isDue(due),
        exists(
          selectFrom('sessions')
            .select('sessions.id')
            .whereRef('sessions.user_id', '=', 'due.user_id'),
        ),
      ]).as('is_due'),
    ])
    .where('due.directory', '=', directory)
    .where('due.entry_id', '>', after)
    .$if(until !== undefined, (query) => query.where('due.entry_id', '<=', until ?? ''))
    .orderBy('due.entry_id')
    .limit(pageSize)
    .execute()
}

/** Those that no other node has marked meanwhile, in the order of their ids. */
async function mark(queries: Queries, ids: readonly string[], due: Due) {
  const rows = await queries
    .updateTable('directory_entries')
    .set({ checked_at: due.now })
    .where('user_id', 'in', ids)
    .where(isDue(due))
    .returning(['user_id', 'entry_id'])
    .execute()
  return rows
    .map(({ user_id, entry_id }) => ({ userId: user_id as Id<'user'>, entryId: entry_id }))
    .sort((a, b) => (a.entryId < b.entryId ? -1 : 1))
}

/** Makes these users due again, because nobody looked them up after all. */
export async function giveBack(
  queries: Queries,
  entries: readonly EntryReference[],
  { before, now }: Pick<Due, 'before' | 'now'>,
): Promise<void> {
  await queries
    .updateTable('directory_entries')
    .set({ checked_at: before })
    .where(
      'user_id',
      'in',
      entries.map(({ userId }) => userId),
    )
    // Except users who have logged in meanwhile.
    .where('checked_at', '=', now)
    .execute()
}
