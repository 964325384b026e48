/** Notices of recovery codes. */
import { notice } from '../../../identity/notify/notice.ts'

export const recoveryNotices = {
  created: notice('recovery_codes_created'),
  removed: notice('recovery_codes_removed'),
  used: notice('recovery_code_used'),
}
