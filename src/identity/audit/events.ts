/** Audit events about the audit log itself. */
import { type By, event, notShown } from './event.ts'

export const trailEvents = {
  /** From here on events are under the key of the key file; `events`: how many are before. */
  keyed: event<{ events: number }>('audit_log_keyed', notShown),
  /** A row of this table was changed or added without the sealing keys; `times`: how often such rows were read. */
  rowForged: event<{ table: string; row: string; times: number }>('row_forged', notShown),
  /** A receiver that was at `from` goes on behind `after`. */
  receiverMoved: event<{ receiver: string; from: number; after: number; by: By }>(
    'audit_receiver_moved',
    notShown,
  ),
  /** Events from `from` on that were older than `olderThan` (ISO 8601) are being deleted, by `retention.audit`. */
  shortened: event<{ from: number; olderThan: string }>('audit_log_shortened', notShown),
  /**
   * Facts that named a person were replaced. `erasure`: its id in `audit_replacements`; `events` and `digest`: how many,
   * and their digest, see erasures.ts. `userId`: the pseudonym that stands there now. `names`: hashes of earlier user
   * names, by which a restore knows them.
   */
  erased: event<{
    userId: string
    erasure: string
    events: number
    digest: string
    names?: readonly string[]
    by: By
  }>('user_erased', notShown),
}
