/** Audit events of what a person chose about second factors. */
import { event, say } from '../../identity/audit/event.ts'

export const choiceEvents = {
  /** `left`: how often the person may still defer it. */
  deferred: event<{ userId: string; left: number }>('second_factor_skipped', say('event.skipped')),
  /** `reason`: in the person's own words. */
  declined: event<{ userId: string; reason: string | null }>(
    'second_factor_declined',
    say('event.declined'),
  ),
  declineUndone: event<{ userId: string }>(
    'second_factor_decline_undone',
    say('event.decline_undone'),
  ),
}
