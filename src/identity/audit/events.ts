/** Audit events about the audit log itself. */
import { event, notShown } from './event.ts'

export const trailEvents = {
  /** From here on events are under the key of the key file; `events`: how many are before. */
  keyed: event<{ events: number }>('audit_log_keyed', notShown),
}
