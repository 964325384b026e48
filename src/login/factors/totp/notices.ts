/** Notices of one-time codes. */
import { notice } from '../../../identity/notify/notice.ts'

/** A new authenticator comes with a link that undoes it. */
const byLink = 'mail.if_not.bound'

export const totpNotices = {
  added: notice('totp_added', { byLink }),
  removed: notice('totp_removed'),
}
