/** Audit events of the installation as a whole: its first administrator, its restore from a backup, its sealing keys. */
import { type By, event, notShown } from '../audit/event.ts'

export const setupEvents = {
  linkCreated: event<Record<string, never>>('setup_link_created', notShown),
  completed: event<{ userId: string }>('setup_completed', notShown),
}

export const restoreEvents = {
  /**
   * Earlier events are those of the backup. `backupAt`: when it was made, in milliseconds since the Unix epoch; null: it
   * does not say. Events between then and the restore are not in this log.
   */
  restored: event<{ epoch: string; backupAt: number | null; by: By }>(
    'database_restored',
    notShown,
  ),
}

export const sealingEvents = {
  /** From now on `key` seals; `before` opens what was sealed earlier. Both are ids. */
  rotated: event<{ key: string; before: string; by: By }>('sealing_key_rotated', notShown),
  /** Every row that grants access has a code from now on; `rows`: how many got one. */
  rowsBound: event<{ rows: number; by: By }>('rows_bound', notShown),
  retired: event<{ key: string; by: By }>('sealing_key_retired', notShown),
}
