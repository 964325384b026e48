/** Notices of changes to a user's password and address. */
import { notice } from '../notify/notice.ts'

export const userNotices = {
  passwordChanged: notice('password_changed'),
  /** An operator has set the password. */
  passwordSet: notice('password_set'),
  /** Goes to the earlier address, so queue it before the change. */
  emailChanged: notice('email_changed'),
}
