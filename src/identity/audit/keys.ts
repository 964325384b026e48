/**
 * The keys of the audit trail, from the key file: without it, nobody can write an event, a head or a checkpoint that `audit
 * verify` accepts. Owns the purpose of each key.
 */
import type { Keyring } from '../../platform/kernel/keyring.ts'

export type KeySource = Pick<Keyring, 'derive'>

/** One object for each keyring, because hmac() recognizes a key by its object. */
const eventKeys = new WeakMap<KeySource, Uint8Array>()

/** What the hashes of events are made with. */
export function deriveEventKey(keyring: KeySource): Uint8Array {
  const known = eventKeys.get(keyring)
  if (known !== undefined) return known
  const key = keyring.derive('audit/events')
  eventKeys.set(keyring, key)
  return key
}

/** What is needed to walk along the chain. */
export interface AuditKeys {
  readonly events: Uint8Array
  /** For events that an erasure has replaced. */
  readonly erasures: Uint8Array
  readonly checkpoint: Uint8Array
}

export function deriveAuditKeys(keyring: KeySource): AuditKeys {
  return {
    events: deriveEventKey(keyring),
    erasures: keyring.derive('audit/erasures'),
    checkpoint: keyring.derive('audit/checkpoint'),
  }
}
