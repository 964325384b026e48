/** What can be wrong with the audit trail. */

/**
 * `not_keyed`: right but for the key, so that anybody with write access can have written it. `not_as_exported`: a head that
 * was exported has another hash for it. `not_erased`: it was replaced, and no event of an erasure covers that. `forged_checkpoint`:
 * where the log begins was not written with the key. `before_checkpoint`: it was deleted, and is there.
 */
export type BreakReason =
  | 'missing'
  | 'changed'
  | 'not_linked'
  | 'not_keyed'
  | 'not_in_head'
  | 'not_as_exported'
  | 'not_erased'
  | 'forged_checkpoint'
  | 'before_checkpoint'

export interface Break {
  /** The first event that is not as it was written. */
  readonly seq: number
  readonly reason: BreakReason
}
