/** What can be wrong with the audit trail. */

/**
 * `not_keyed`: the hash is right but made without the key, so anybody with write access can have written the event.
 * `not_as_exported`: an exported head has another hash for the event. `not_erased`: the event was replaced, and no event of
 * an erasure covers that. `forged_checkpoint`: the checkpoint was not written with the key. `before_checkpoint`: the event
 * exists, although the checkpoint says that it was deleted.
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
