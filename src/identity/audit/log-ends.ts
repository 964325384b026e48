/** Where the audit log in the database begins and ends. */
import type { Queries } from '../../platform/storage/database.ts'

/** The numbers of the first and of the last event; in a log without events the last is before the first. */
export async function findEnds(
  queries: Queries,
): Promise<{ readonly first: number; readonly last: number }> {
  // One query for both would look at every event in SQLite, which uses an index for one end at a time.
  const first = await findEnd(queries, 'asc')
  const last = await findEnd(queries, 'desc')
  return { first: first ?? 1, last: last ?? 0 }
}

async function findEnd(queries: Queries, order: 'asc' | 'desc'): Promise<number | undefined> {
  const row = await queries
    .selectFrom('audit_events')
    .select('seq')
    .orderBy('seq', order)
    .limit(1)
    .executeTakeFirst()
  return row?.seq
}
