/**
 * A place in the audit trail up to which everything is as it was written, and the step to the next event. Owns what makes an
 * event right; chain.ts owns the format, verify.ts and retention.ts walk.
 */
import type { AuditEventRow, AuditReplacementRow } from '../../platform/storage/audit-tables.ts'
import type { Break } from './break.ts'
import { chainStart, findSubject, keyedHash, plainHash } from './chain.ts'
import { addToErasure, closeErasure, type Erasures, replacedHash } from './erasures.ts'
import type { AuditKeys } from './keys.ts'

export interface Place {
  readonly seq: number
  readonly hash: string
  /** How many events are before the first one that is under the key; `undefined`: none is so far. */
  readonly unkeyed: number | undefined
  /** Those whose event is still to come. */
  readonly erasures: Erasures
}

export const firstPlace: Place = {
  seq: 0,
  hash: chainStart,
  unkeyed: undefined,
  erasures: new Map(),
}

/** An event with what erasures say of it, in their order. */
export interface ReadEvent {
  readonly row: AuditEventRow
  readonly replacements: readonly AuditReplacementRow[]
}

/** The place behind the event, if it is right. */
export function follow(place: Place, event: ReadEvent, keys: AuditKeys): Place | Break {
  const { row, replacements } = event
  const seq = place.seq + 1
  if (row.seq !== seq) return { seq, reason: 'missing' }
  if (row.previous_hash !== place.hash) return { seq, reason: 'not_linked' }
  const form = findForm(place, event, keys)
  if (form === undefined) return { seq, reason: 'changed' }
  if (form === 'plain' && place.unkeyed !== undefined) return { seq, reason: 'not_keyed' }
  // Pages find events by it, and the hash does not cover it.
  if (row.about !== findSubject(JSON.parse(row.data))) return { seq, reason: 'changed' }
  const closed = closeErasure(place.erasures, row)
  if ('reason' in closed) return closed
  return {
    seq,
    hash: row.hash,
    unkeyed: form === 'keyed' ? (place.unkeyed ?? place.seq) : place.unkeyed,
    erasures: replacements.reduce(addToErasure, closed.erasures),
  }
}

/** The hash of an event that was replaced is of what it was: the event after it covers that, and what it is now has its own. */
function findForm(
  place: Place,
  { row, replacements }: ReadEvent,
  keys: AuditKeys,
): 'keyed' | 'plain' | 'replaced' | undefined {
  const last = replacements.at(-1)
  if (last !== undefined)
    return last.hash === replacedHash(keys.erasures, place.hash, row) ? 'replaced' : undefined
  if (row.hash === keyedHash(keys.events, place.hash, row)) return 'keyed'
  return row.hash === plainHash(place.hash, row) ? 'plain' : undefined
}
