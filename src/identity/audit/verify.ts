/** Checks that the audit trail is as it was written. Owns what is compared; place.ts owns what makes an event right. */
import type { Queries } from '../../platform/storage/database.ts'
import type { Break } from './break.ts'
import { chainStart, head } from './chain.ts'
import { type Checkpoint, readCheckpoint } from './checkpoint.ts'
import type { Head } from './heads.ts'
import { type AuditKeys, deriveAuditKeys, type KeySource } from './keys.ts'
import { followAll, type Place } from './place.ts'
import { countChanges, readEvents } from './read-events.ts'

export type ChainState =
  | {
      readonly type: 'intact'
      readonly events: number
      /** How many of the oldest ones were written before there was a key; absent: none. */
      readonly unkeyed?: number
      /** How many were replaced when users were erased; absent: none. */
      readonly erased?: number
      /** The last event that was deleted, and when that was (milliseconds since the epoch); absent: none was. */
      readonly deleted?: { readonly seq: number; readonly at: number }
      /** How many heads cannot be compared any more, as their events were deleted; absent: none. */
      readonly earlierHeads?: number
    }
  | ({ readonly type: 'broken' } & Break)

const batch = 1000
/** How often the check is made when retention or erasures change the trail meanwhile. */
const mostTries = 5

/**
 * Checks every event from the checkpoint on and the end of the chain, a batch at a time. Events may be appended meanwhile.
 * The first event under the key covers those from before there was a key, so a chain without such an event proves nothing.
 * @param heads exported earlier: the chain must contain each of them
 */
export async function verifyAudit(
  queries: Queries,
  keyring: KeySource,
  heads: readonly Head[] = [],
): Promise<ChainState> {
  const keys = deriveAuditKeys(keyring)
  for (let tries = 1; ; tries += 1) {
    const changes = await countChanges(queries)
    const state = await verifyOnce(queries, keys, heads)
    if (state.type === 'intact' || tries === mostTries) return state
    if (changes === (await countChanges(queries))) return state
  }
}

async function verifyOnce(
  queries: Queries,
  keys: AuditKeys,
  heads: readonly Head[],
): Promise<ChainState> {
  const checkpoint = await readCheckpoint(queries, keys.checkpoint)
  if (checkpoint === undefined) return { type: 'broken', seq: 1, reason: 'forged_checkpoint' }
  const remaining = await findBefore(queries, checkpoint.place)
  if (remaining !== undefined)
    return { type: 'broken', seq: remaining, reason: 'before_checkpoint' }
  const judge = createHeadCheck(heads)
  let { place } = checkpoint
  let erased = 0
  const wrong = judge(place)
  if (wrong !== undefined) return { type: 'broken', ...wrong }
  for (;;) {
    // Read before the events: a head that is read after them may already be beyond them.
    const end = await readHead(queries)
    const events = await readEvents(queries, { after: place.seq, limit: batch })
    if (events.length === 0)
      return compareHeads(heads, checkpoint, withErased(compareEnd(end, place, checkpoint), erased))
    const next = followAll(place, events, keys, judge)
    if ('reason' in next) return { type: 'broken', ...next }
    erased += events.filter(({ replacements }) => replacements.length > 0).length
    place = next
  }
}

/** Whether a head that was exported has another hash for a place. */
function createHeadCheck(heads: readonly Head[]) {
  const expected = Map.groupBy(heads, ({ seq }) => seq)
  return ({ seq, hash }: Place): Break | undefined =>
    expected.get(seq)?.some((exported) => exported.hash !== hash)
      ? { seq, reason: 'not_as_exported' }
      : undefined
}

const withErased = (state: ChainState, erased: number): ChainState =>
  state.type === 'intact' && erased > 0 ? { ...state, erased } : state

/** An event that the checkpoint says was deleted, or one before the first: numbers begin with 1. */
async function findBefore(queries: Queries, { seq }: Place): Promise<number | undefined> {
  const row = await queries
    .selectFrom('audit_events')
    .select('seq')
    .where('seq', '<=', seq)
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst()
  return row?.seq
}

export async function readHead(queries: Queries): Promise<Head> {
  const row = await queries
    .selectFrom('audit_head')
    .select(['seq', 'hash'])
    .where('id', '=', head)
    .executeTakeFirst()
  return row ?? { seq: 0, hash: chainStart }
}

function compareEnd(end: Head, place: Place, { place: begin, madeAt }: Checkpoint): ChainState {
  const { seq, hash, unkeyed, erasures } = place
  if (end.seq > seq) return { type: 'broken', seq: seq + 1, reason: 'missing' }
  if (end.seq < seq) return { type: 'broken', seq: end.seq + 1, reason: 'not_in_head' }
  if (end.hash !== hash) return { type: 'broken', seq, reason: 'not_in_head' }
  // What moves a checkpoint writes an event behind it.
  if (madeAt !== undefined && seq === begin.seq)
    return { type: 'broken', seq: seq + 1, reason: 'missing' }
  if (seq > 0 && unkeyed === undefined) return { type: 'broken', seq, reason: 'not_keyed' }
  const [open] = erasures.values()
  if (open !== undefined) return { type: 'broken', seq: open.from, reason: 'not_erased' }
  return {
    type: 'intact',
    events: seq - begin.seq,
    ...(unkeyed && { unkeyed }),
    ...(madeAt !== undefined && { deleted: { seq: begin.seq, at: madeAt } }),
  }
}

function compareHeads(
  heads: readonly Head[],
  { place }: Checkpoint,
  state: ChainState,
): ChainState {
  if (state.type === 'broken') return state
  const last = place.seq + state.events
  if (heads.some(({ seq }) => seq > last))
    return { type: 'broken', seq: last + 1, reason: 'missing' }
  const earlierHeads = heads.filter(({ seq }) => seq < place.seq).length
  return earlierHeads > 0 ? { ...state, earlierHeads } : state
}
