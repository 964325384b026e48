/** The rows of the audit trail. The rules for columns are those of tables.ts. */
import type { Generated } from 'kysely'

export interface AuditEventRow {
  seq: number
  at: number
  type: string
  /** Canonical JSON; part of the hash. */
  data: string
  previous_hash: string
  hash: string
  /** The user id or the user name that `data` names, to find events by. Not part of the hash, and verified against `data`. */
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
  /** Of the last event that was deleted; 0: none was. */
  seq: number
  hash: string
  /** 1: that event was under the key, so that all after it are. */
  is_keyed: 0 | 1
  /** JSON: what was read of erasures whose event is still to come. */
  erasures: string
  /** Milliseconds since the epoch; 0: there is no checkpoint. */
  made_at: number
  /** HMAC of all this; empty: there is no checkpoint. */
  mac: string
  /** Grows with each erasure, for those who read the trail meanwhile. */
  changes: number
}

/** An event whose facts were replaced by an erasure, see identity/audit/erasures.ts. */
export interface AuditReplacementRow {
  seq: number
  /** 1 for the first erasure that has changed this event, 2 for the next one. */
  turn: number
  /** The id that the event of the erasure has. */
  erasure: string
  /** HMAC of what the event was after it. */
  hash: string
}

/** How far a receiver of the audit log is, see identity/audit/stream. */
export interface AuditReceiverRow {
  /** As the configuration calls it. */
  name: string
  /** The last event that it has taken, or after which it begins, with its hash. */
  seq: number
  hash: string
  /** The node that sends to it, and until when no other one does. */
  holder: string | null
  held_until: number
  /** Attempts since it has last taken something. */
  failures: number
  failing_since: number | null
  reason: string | null
  /** When the next attempt is. */
  due_at: number
  /** When it has last taken something. */
  sent_at: number | null
}
