/** Audit events of forgotten passwords. The new password itself is `password_set`. */
import { event, say, warn } from '../../identity/audit/event.ts'

/** Why nobody got a link: an earlier mail has to do, there is no address, or the directory has the passwords. */
export type NotSentReason = 'too_often' | 'no_address' | 'elsewhere'

export const resetEvents = {
  linkSent: event<{ userId: string; address: string }>(
    'password_reset_link_sent',
    say('event.password_reset_link_sent'),
  ),
  notSent: event<{ userId: string; address: string; reason: NotSentReason; times: number }>(
    'password_reset_link_not_sent',
    warn('event.password_reset_link_not_sent'),
  ),
  reset: event<{ userId: string; factor: string | null; address: string }>(
    'password_reset',
    warn('event.password_reset'),
  ),
}
