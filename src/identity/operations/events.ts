/** Audit events of the installation as a whole: its first administrator, its restore from a backup, its sealing keys. */
import { type By, event, notShown } from '../audit/event.ts'

export const setupEvents = {
  linkCreated: event<Record<string, never>>('setup_link_created', notShown),
  completed: event<{ userId: string }>('setup_completed', notShown),
}

export const restoreEvents = {
  /**
   * The events before it are those of the backup, made at `backupAt` (milliseconds since the epoch of Unix; null: it does not say
   * it). What came between is not in this log.
   */
  restored: event<{ epoch: string; backupAt: number | null; by: By }>(
    'database_restored',
    notShown,
  ),
}

export const sealingEvents = {
  /** What is sealed from now on is sealed with `key`; `before` opens what was sealed until then. Both are ids. */
  rotated: event<{ key: string; before: string; by: By }>('sealing_key_rotated', notShown),
  retired: event<{ key: string; by: By }>('sealing_key_retired', notShown),
}
