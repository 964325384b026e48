/** Notices of second factors of any kind. */
import { notice } from '../../identity/notify/notice.ts'

export const factorNotices = {
  locked: notice('factor_locked'),
}
