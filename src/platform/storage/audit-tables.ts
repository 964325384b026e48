/** The rows of the audit trail. tables.ts has the rules for columns. */
import type { Generated } from 'kysely'

export interface AuditEventRow {
  seq: number
  at: number
  type: string
  /** Canonical JSON; part of the hash. */
  data: string
  previous_hash: string
  hash: string
  /** The user id or user name from `data`, by which events are found. Not part of the hash, but verified against `data`. */
  about: string | null
}

/** One row with id 1: the end of the chain. */
export interface AuditHeadRow {
  id: Generated<number>
  seq: number
  hash: string
}

/** One row with id 1: where the chain begins, see identity/audit/checkpoint.ts. */
export interface AuditCheckpointRow {
  id: Generated<number>
  /** Number of the last deleted event; 0: none was deleted. */
  seq: number
  hash: string
  /** 1: that event has a keyed hash, so all later ones must have one too. */
  is_keyed: 0 | 1
  /** JSON: what was read of erasures whose own event comes after this one. */
  erasures: string
  /** Milliseconds since the epoch; 0: there is no checkpoint. */
  made_at: number
  /** HMAC of all this; empty: there is no checkpoint. */
  mac: string
  /** Grows with each erasure, so that a reader notices a change while reading. */
  changes: number
}

/** An event whose facts were replaced by an erasure, see identity/audit/erasures.ts. */
export interface AuditReplacementRow {
  seq: number
  /** 1 for the first erasure that changed this event, 2 for the next one. */
  turn: number
  /** The id of the erasure's event. */
  erasure: string
  /** HMAC of the event as that erasure left it. */
  hash: string
}

/** How far a receiver of the audit log has come, see identity/audit/stream. */
export interface AuditReceiverRow {
  /** Its name in the configuration. */
  name: string
  /** The last event that it accepted, or after which it begins, with its hash. */
  seq: number
  hash: string
  /** The node that sends to it, and until when no other node does. */
  holder: string | null
  held_until: number
  /** Attempts since it last accepted something. */
  failures: number
  failing_since: number | null
  reason: string | null
  /** When the next attempt is. */
  due_at: number
  /** When it last accepted something. */
  sent_at: number | null
}
