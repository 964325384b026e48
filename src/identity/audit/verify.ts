/** Checks that the audit trail is as it was written. Owns what is compared; chain.ts owns the format. */
import type { Queries } from '../../platform/storage/database.ts'
import type { AuditEventRow } from '../../platform/storage/tables.ts'
import { chainStart, findSubject, hashEvent, head } from './chain.ts'

export type ChainState =
  | { readonly type: 'intact'; readonly events: number }
  /** `seq` is the first event that is not as it was written. */
  | { readonly type: 'broken'; readonly seq: number; readonly reason: BreakReason }

type BreakReason = 'missing' | 'changed' | 'not_linked' | 'not_in_head'

const batch = 1000

/** Checks every event and the end of the chain, a batch at a time. Events may be appended meanwhile. */
export async function verifyAudit(queries: Queries): Promise<ChainState> {
  let seq = 0
  let hash = chainStart
  for (;;) {
    // Read before the events: a head that is read after them may already be beyond them.
    const end = await readHead(queries)
    const rows = await readBatch(queries, seq)
    if (rows.length === 0) return compareEnd(end, seq, hash)
    for (const row of rows) {
      seq += 1
      const reason = findBreak(row, seq, hash)
      if (reason !== undefined) return { type: 'broken', seq, reason }
      hash = row.hash
    }
  }
}

/** @param previous the hash of the event before */
function findBreak(row: AuditEventRow, seq: number, previous: string): BreakReason | undefined {
  if (row.seq !== seq) return 'missing'
  if (row.previous_hash !== previous) return 'not_linked'
  if (row.hash !== hashEvent(previous, row)) return 'changed'
  // Pages find events by it, and the hash does not cover it.
  return row.about === findSubject(JSON.parse(row.data)) ? undefined : 'changed'
}

async function readHead(queries: Queries) {
  const row = await queries
    .selectFrom('audit_head')
    .select(['seq', 'hash'])
    .where('id', '=', head)
    .executeTakeFirst()
  return row ?? { seq: 0, hash: chainStart }
}

function readBatch(queries: Queries, after: number) {
  return queries
    .selectFrom('audit_events')
    .selectAll()
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(batch)
    .execute()
}

function compareEnd(end: { seq: number; hash: string }, seq: number, hash: string): ChainState {
  if (end.seq > seq) return { type: 'broken', seq: seq + 1, reason: 'missing' }
  if (end.seq < seq) return { type: 'broken', seq: end.seq + 1, reason: 'not_in_head' }
  return end.hash === hash
    ? { type: 'intact', events: seq }
    : { type: 'broken', seq, reason: 'not_in_head' }
}
