/** Audit events of what a person chose about second factors, and of apps that they may not enter. */
import { event, say, withOwnWords } from '../../identity/audit/event.ts'
import { message } from '../../platform/ui/message.ts'

export const choiceEvents = {
  /** `left`: how often the person may still defer it. */
  deferred: event<{ userId: string; left: number }>('second_factor_skipped', say('event.skipped')),
  /** `reason`: in the person's own words. */
  declined: withOwnWords(
    event<{ userId: string; reason: string | null }>(
      'second_factor_declined',
      say('event.declined'),
    ),
    ['reason'],
  ),
  declineUndone: event<{ userId: string }>(
    'second_factor_decline_undone',
    say('event.decline_undone'),
  ),
}

/** Both are null when there were more at once than the aggregate can separate. */
export type EntryRefusal =
  | { readonly userId: string; readonly appId: string }
  | { readonly userId: null; readonly appId: null }

export const entryEvents = {
  /** `times`: how often since the last such event; absent: once. */
  refused: event<EntryRefusal & { readonly times?: number }>(
    'entry_refused',
    (_, app) => ({ text: message('event.entry_refused', { app }), isWarning: false }),
    ({ appId }) =>
      `Refused by ${appId}: the login was right, but the user was in none of the groups that may enter.`,
  ),
}
