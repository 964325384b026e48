/** Audit events of the installation as a whole: its first administrator, and its restore from a backup. */
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
