/** Notices of one-time codes. */
import { notice } from '../../../identity/notify/notice.ts'

export const totpNotices = {
  added: notice('totp_added'),
  removed: notice('totp_removed'),
}
