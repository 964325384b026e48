/** Audit events of forgotten passwords. The new password itself is `password_set`. */
import { type By, event, notShown, warn } from '../../identity/audit/event.ts'
import { message } from '../../platform/ui/message.ts'

/**
 * Why nobody got a link: an earlier mail has to be enough, there is no address, the directory has the passwords, or it does not
 * let the user in.
 */
export type NotSentReason = 'too_often' | 'no_address' | 'elsewhere' | 'refused'

const explanations: ReadonlyMap<string, string> = new Map<NotSentReason, string>([
  [
    'too_often',
    'A link to a new password was asked for, and not sent: there were three in the last hour.',
  ],
  [
    'no_address',
    'A link to a new password was asked for, and not sent: the user has no e-mail address.',
  ],
  [
    'elsewhere',
    'A link to a new password was asked for, and not sent: the directory lets nobody set passwords here.',
  ],
  [
    'refused',
    'A link to a new password was asked for, and not sent: the directory does not let the user in.',
  ],
])

export const resetEvents = {
  /** `by`: the operator, in place of the address that asked. */
  linkSent: event<{ userId: string; address?: string; by?: By }>(
    'password_reset_link_sent',
    ({ by }) => ({
      text: message(`event.password_reset_link_sent${by === undefined ? '' : '.desk'}`),
      isWarning: false,
    }),
  ),
  notSent: event<{ userId: string; address: string; reason: NotSentReason; times: number }>(
    'password_reset_link_not_sent',
    warn('event.password_reset_link_not_sent'),
    ({ reason }) => explanations.get(`${reason}`),
  ),
  /** More requests than `requests` in a minute, from all networks together. */
  flood: event<{ requests: number }>('password_reset_flood', notShown),
  reset: event<{ userId: string; factor: string | null; address: string }>(
    'password_reset',
    warn('event.password_reset'),
  ),
}
