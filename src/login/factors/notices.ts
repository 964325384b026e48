/** Notices of second factors of any kind. */
import { notice } from '../../identity/notify/notice.ts'

export const factorNotices = {
  /** In browsers in which the user has not logged in before. */
  locked: notice('factor_locked'),
  lockedInKnown: notice('factor_locked_known'),
  /** Right passwords without a right second factor. */
  failures: notice('factor_failures', { ifNotYou: 'mail.if_not.password' }),
  /** A caller at the service desk was not who they said they are. */
  callerRefused: notice('caller_refused'),
  /** What an app asked for without a browser was denied, or approved with another code. Nobody has typed a password for it. */
  appRequestRefused: notice('app_request_refused', { byLink: 'mail.if_not.app' }),
}
