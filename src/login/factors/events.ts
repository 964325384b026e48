/** Audit events of second factors of any kind. */
import { type By, event, warn } from '../../identity/audit/event.ts'

export const factorEvents = {
  /** After too many failures; it works again when it is set up anew. */
  locked: event<{ userId: string; kind: string; failures: number }>(
    'second_factor_locked',
    warn('event.locked'),
  ),
  /** Its owner said in a login that it was lost or stolen; it was removed. */
  lost: event<{ userId: string; kind: string; authenticatorId: string }>(
    'authenticator_lost',
    warn('event.lost'),
  ),
  /** All of one kind are removed, with the count of failures, so that they are set up anew. */
  reset: event<{ userId: string; kind: string; removed: number; by: By }>(
    'second_factor_reset',
    warn('event.reset'),
  ),
}
