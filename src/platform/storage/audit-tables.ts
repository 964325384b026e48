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
