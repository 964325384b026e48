/** Notices of phones and of the answers on them. */
import { notice } from '../../../identity/notify/notice.ts'

/** A login that reached the phone had the right password. */
const ifNotYou = 'mail.if_not.password'

export const pushNotices = {
  added: notice('device_added'),
  /** Together with one-time codes. */
  combinedAdded: notice('combined_added'),
  removed: notice('device_removed'),
  tokenMoved: notice('device_token_moved'),
  secondPhoneRefused: notice('second_phone_refused'),
  denied: notice('push_denied', { ifNotYou }),
  wrongNumber: notice('push_wrong_number', { ifNotYou }),
}
