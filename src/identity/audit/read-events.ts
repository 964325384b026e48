/** Reads events together with what erasures say of them. Owns how both are found, also where a database has no erasures yet. */
import type { Queries } from '../../platform/storage/database.ts'
import { hasTable } from '../../platform/storage/has-table.ts'
import type { ReadEvent } from './place.ts'

export interface Part {
  readonly after: number
  /** The last one; absent: as far as `limit` goes. */
  readonly upTo?: number
  readonly limit: number
}

/** Oldest first. */
export async function readEvents(
  queries: Queries,
  { after, upTo, limit }: Part,
): Promise<ReadEvent[]> {
  const rows = await queries
    .selectFrom('audit_events')
    .selectAll()
    .where('seq', '>', after)
    .$if(upTo !== undefined, (query) => query.where('seq', '<=', upTo ?? 0))
    .orderBy('seq')
    .limit(limit)
    .execute()
  const [first, last] = [rows[0], rows.at(-1)]
  if (first === undefined || last === undefined) return []
  const replacements = Map.groupBy(
    await readReplacements(queries, first.seq, last.seq),
    ({ seq }) => seq,
  )
  return rows.map((row) => ({ row, replacements: replacements.get(row.seq) ?? [] }))
}

async function readReplacements(queries: Queries, from: number, to: number) {
  if (!(await hasTable(queries, 'audit_replacements'))) return []
  return await queries
    .selectFrom('audit_replacements')
    .selectAll()
    .where('seq', '>=', from)
    .where('seq', '<=', to)
    .orderBy('seq')
    .orderBy('turn')
    .execute()
}

/** If this text changes, events were deleted or replaced meanwhile. */
export async function countChanges(queries: Queries): Promise<string> {
  if (!(await hasTable(queries, 'audit_checkpoint'))) return ''
  const row = await queries
    .selectFrom('audit_checkpoint')
    .select(['seq', 'changes'])
    .executeTakeFirst()
  return `${row?.seq} ${row?.changes}`
}
