/** Notices of second factors of any kind. */
import { notice } from '../../identity/notify/notice.ts'

export const factorNotices = {
  locked: notice('factor_locked'),
  /** A caller at the service desk was not who they said they are. */
  callerRefused: notice('caller_refused'),
}
