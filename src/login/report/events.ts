/** Audit events of reports that a login was not one's own. */
import { event, notShown, warn } from '../../identity/audit/event.ts'

export const reportEvents = {
  /** `pushBlockedUntil` in milliseconds since the epoch. */
  notMe: event<{
    userId: string
    source: 'mail' | 'authenticator' | 'login'
    passwordChangeRequired: boolean
    pushBlockedUntil: number | null
  }>('not_me_reported', warn('event.not_me')),
  /** Many wrong passwords for the name of a person, without a login between them. */
  guesses: event<{ userId: string; guesses: number }>(
    'password_guesses_notified',
    warn('event.password_guesses'),
  ),
  /**
   * `username`, `network`: the one name or the one network that many others were tried with. `found`: how many such there were
   * within the hour.
   */
  spraying: event<{
    pattern: 'one_password' | 'one_network' | 'one_name'
    username: string | null
    network: string | null
    found: number
  }>('password_spraying', notShown),
}
