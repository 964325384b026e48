/** Audit events of reports that a login was not one's own. */
import { event, warn } from '../../identity/audit/event.ts'

export const reportEvents = {
  /** `pushBlockedUntil` in milliseconds since the epoch. */
  notMe: event<{
    userId: string
    source: 'mail' | 'authenticator'
    passwordChangeRequired: boolean
    pushBlockedUntil: number | null
  }>('not_me_reported', warn('event.not_me')),
}
