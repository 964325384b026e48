/** Notices of recovery codes. */
import { notice } from '../../../identity/notify/notice.ts'

export const recoveryNotices = {
  created: notice('recovery_codes_created'),
  removed: notice('recovery_codes_removed'),
  used: notice('recovery_code_used'),
  /** By a restore of the server. */
  ended: notice('recovery_codes_ended', {
    next: { title: 'mail.recovery_codes_ended.next', text: 'mail.recovery_codes_ended.next.text' },
  }),
}
