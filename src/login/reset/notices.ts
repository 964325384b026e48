/** Notices of forgotten passwords. */
import { notice } from '../../identity/notify/notice.ts'

const title = 'mail.if_not.title'

export const resetNotices = {
  link: notice('password_reset', { next: { title, text: 'mail.password_reset.if_not' } }),
  /** The directory has the password, and nobody can set one here. */
  elsewhere: notice('password_reset_elsewhere', {
    next: { title, text: 'mail.password_reset_elsewhere.if_not' },
  }),
}
