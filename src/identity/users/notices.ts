/** Notices of changes to a user's password and address. */
import { notice } from '../notify/notice.ts'

export const userNotices = {
  passwordChanged: notice('password_changed'),
  /** By an operator. */
  passwordSet: notice('password_set'),
  /** Goes to the earlier address, so it is called before the change. */
  emailChanged: notice('email_changed'),
}
