/**
 * Events whose facts were replaced when a person was erased. The chain stays as it was: such an event keeps its hash, which
 * the next event covers, so exported heads stay right. Its new facts have a hash of their own in `audit_replacements`, and
 * an event `user_erased` later in the chain has the digest of all replacements. So nobody without the key can pass a change
 * off as an erasure. Owns these hashes, and not what is replaced.
 */
import { sha256 } from '../../platform/kernel/crypto.ts'
import type { AuditEventRow, AuditReplacementRow } from '../../platform/storage/audit-tables.ts'
import type { Break } from './break.ts'
import { keyedHash, type StoredEvent } from './chain.ts'
import { trailEvents } from './events.ts'

/** What was read of an erasure so far. */
export interface Erasure {
  /** The first event that it replaced. */
  readonly from: number
  readonly events: number
  readonly digest: string
}

/** By the id of the erasure. */
export type Erasures = ReadonlyMap<string, Erasure>

/** The digest of no events. */
const noDigest = ''

/** The kind of hash that an event got when it was written. A replaced event no longer shows it. */
export type Form = (typeof forms)[number]
export const forms = ['keyed', 'plain'] as const

/** The hash of an event after an erasure. Its key has no other use: no hash of an original event can be taken for it. */
export function replacedHash(
  key: Uint8Array,
  form: Form,
  previous: string,
  event: StoredEvent,
): string {
  return keyedHash(key, `${form}\n${previous}`, event)
}

export function addToErasure(
  erasures: Erasures,
  { seq, turn, erasure, hash }: AuditReplacementRow,
): Erasures {
  const before = erasures.get(erasure) ?? { from: seq, events: 0, digest: noDigest }
  const digest = sha256(`${before.digest}\n${seq} ${turn} ${hash}`)
  return new Map(erasures).set(erasure, { ...before, events: before.events + 1, digest })
}

/** An event of another type closes no erasure. */
export function closeErasure(
  erasures: Erasures,
  { seq, type, data }: AuditEventRow,
): { readonly erasures: Erasures } | Break {
  if (type !== trailEvents.erased.type) return { erasures }
  const { erasure, events = 0, digest = noDigest } = JSON.parse(data)
  const read = erasures.get(erasure) ?? { from: seq, events: 0, digest: noDigest }
  if (read.events !== events || read.digest !== digest)
    return { seq: read.from, reason: 'not_erased' }
  const open = new Map(erasures)
  open.delete(erasure)
  return { erasures: open }
}
