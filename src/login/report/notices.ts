/** Notices of reports that a login was not one's own. */
import { notice } from '../../identity/notify/notice.ts'

export const reportNotices = {
  notMe: notice('not_me', { next: { title: 'mail.not_me.next', text: 'mail.not_me.advice' } }),
}
