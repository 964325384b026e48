/**
 * A place in the audit trail up to which everything is as it was written, and the step to the next event. Owns what makes
 * an event right. chain.ts owns the format; verify.ts and retention.ts walk the chain.
 */
import type { AuditEventRow, AuditReplacementRow } from '../../platform/storage/audit-tables.ts'
import type { Break } from './break.ts'
import { chainStart, findSubject, keyedHash, plainHash } from './chain.ts'
import {
  addToErasure,
  closeErasure,
  type Erasures,
  type Form,
  forms,
  replacedHash,
} from './erasures.ts'
import type { AuditKeys } from './keys.ts'

export interface Place {
  readonly seq: number
  readonly hash: string
  /** How many events come before the first one under the key; `undefined`: no event is under the key so far. */
  readonly unkeyed: number | undefined
  /** Erasures whose event is still to come. */
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

/** The place after the event, if the event is right. */
function follow(place: Place, event: ReadEvent, keys: AuditKeys): Place | Break {
  const { row, replacements } = event
  const seq = place.seq + 1
  if (row.seq !== seq) return { seq, reason: 'missing' }
  if (row.previous_hash !== place.hash) return { seq, reason: 'not_linked' }
  const form = findForm(event, keys)
  if (form === undefined) return { seq, reason: 'changed' }
  if (form === 'plain' && place.unkeyed !== undefined) return { seq, reason: 'not_keyed' }
  // Pages find events by `about`, and the hash does not cover it.
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

/** The place after all these events, if each is right and `judge` finds nothing wrong. */
export function followAll(
  begin: Place,
  events: readonly ReadEvent[],
  keys: AuditKeys,
  judge: (place: Place) => Break | undefined = () => undefined,
): Place | Break {
  let place = begin
  for (const event of events) {
    const next = follow(place, event, keys)
    if ('reason' in next) return next
    const wrong = judge(next)
    if (wrong !== undefined) return wrong
    place = next
  }
  return place
}

/**
 * The kind of hash that an event got when it was written; `undefined`: the event was changed. A replaced event has kept the
 * hash of its first facts, which the next event covers; its new facts have a hash of their own.
 */
export function findForm({ row, replacements }: ReadEvent, keys: AuditKeys): Form | undefined {
  const { hash, previous_hash: previous } = row
  const last = replacements.at(-1)
  if (last !== undefined)
    return forms.find((form) => last.hash === replacedHash(keys.erasures, form, previous, row))
  if (hash === keyedHash(keys.events, previous, row)) return 'keyed'
  return hash === plainHash(previous, row) ? 'plain' : undefined
}
