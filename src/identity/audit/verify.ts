/** Checks that the audit trail is as it was written. Owns what is compared; chain.ts owns the format. */
import type { Queries } from '../../platform/storage/database.ts'
import type { AuditEventRow } from '../../platform/storage/audit-tables.ts'
import { chainStart, findSubject, head, keyedHash, plainHash } from './chain.ts'
import type { Head } from './heads.ts'
import { deriveEventKey, type KeySource } from './keys.ts'

export type ChainState =
  | {
      readonly type: 'intact'
      readonly events: number
      /** How many of the oldest ones were written before there was a key; absent: none. */
      readonly unkeyed?: number
    }
  /** `seq` is the first event that is not as it was written. */
  | { readonly type: 'broken'; readonly seq: number; readonly reason: BreakReason }

/**
 * `not_keyed`: right but for the key, so that anybody with write access can have written it. `not_as_exported`: a head that
 * was exported has another hash for it.
 */
export type BreakReason =
  | 'missing'
  | 'changed'
  | 'not_linked'
  | 'not_keyed'
  | 'not_in_head'
  | 'not_as_exported'

const batch = 1000

/** A place in the chain, up to which everything is as it was written. */
interface Place {
  readonly seq: number
  readonly hash: string
  /** How many events are before the first one that is under the key; `undefined`: none is so far. */
  readonly unkeyed: number | undefined
}

/**
 * Checks every event and the end of the chain, a batch at a time. Events may be appended meanwhile. Those from before there
 * was a key are covered by the first one under the key, so a chain without any of those proves nothing.
 * @param heads exported earlier: the chain must have come by each of them
 */
export async function verifyAudit(
  queries: Queries,
  keyring: KeySource,
  heads: readonly Head[] = [],
): Promise<ChainState> {
  const key = deriveEventKey(keyring)
  const expected = Map.groupBy(heads, ({ seq }) => seq)
  let place: Place = { seq: 0, hash: chainStart, unkeyed: undefined }
  for (;;) {
    // Read before the events: a head that is read after them may already be beyond them.
    const end = await readHead(queries)
    const rows = await readBatch(queries, place.seq)
    if (rows.length === 0) return compareHeads(heads, compareEnd(end, place))
    for (const row of rows) {
      const next = follow(place, row, key)
      if ('reason' in next) return { type: 'broken', ...next }
      if (expected.get(next.seq)?.some(({ hash }) => hash !== next.hash))
        return { type: 'broken', seq: next.seq, reason: 'not_as_exported' }
      place = next
    }
  }
}

type Broken = { readonly seq: number; readonly reason: BreakReason }

function follow(place: Place, row: AuditEventRow, key: Uint8Array): Place | Broken {
  const seq = place.seq + 1
  if (row.seq !== seq) return { seq, reason: 'missing' }
  if (row.previous_hash !== place.hash) return { seq, reason: 'not_linked' }
  const isKeyed = row.hash === keyedHash(key, place.hash, row)
  if (!isKeyed && row.hash !== plainHash(place.hash, row)) return { seq, reason: 'changed' }
  if (!isKeyed && place.unkeyed !== undefined) return { seq, reason: 'not_keyed' }
  // Pages find events by it, and the hash does not cover it.
  if (row.about !== findSubject(JSON.parse(row.data))) return { seq, reason: 'changed' }
  return { seq, hash: row.hash, unkeyed: isKeyed ? (place.unkeyed ?? place.seq) : undefined }
}

export async function readHead(queries: Queries): Promise<{ seq: number; hash: string }> {
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

function compareHeads(heads: readonly Head[], state: ChainState): ChainState {
  if (state.type === 'broken') return state
  const { events } = state
  const isShorter = heads.some(({ seq }) => seq > events)
  return isShorter ? { type: 'broken', seq: events + 1, reason: 'missing' } : state
}

function compareEnd(end: { seq: number; hash: string }, { seq, hash, unkeyed }: Place): ChainState {
  if (end.seq > seq) return { type: 'broken', seq: seq + 1, reason: 'missing' }
  if (end.seq < seq) return { type: 'broken', seq: end.seq + 1, reason: 'not_in_head' }
  if (end.hash !== hash) return { type: 'broken', seq, reason: 'not_in_head' }
  if (seq > 0 && unkeyed === undefined) return { type: 'broken', seq, reason: 'not_keyed' }
  return { type: 'intact', events: seq, ...(unkeyed && { unkeyed }) }
}
