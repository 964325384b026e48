/** The mails about phones and about answers on them. */
import { notice } from '../../../identity/notify/notice.ts'

/** Advises a new password: a login whose message reached the phone had the right one. */
const ifNotYou = 'mail.if_not.password'

/** A new authenticator comes with a link that undoes it. */
const byLink = 'mail.if_not.bound'

export const pushNotices = {
  added: notice('device_added', { byLink }),
  /** The phone and its linked TOTP. */
  combinedAdded: notice('combined_added', { byLink }),
  removed: notice('device_removed'),
  tokenMoved: notice('device_token_moved'),
  secondPhoneRefused: notice('second_phone_refused'),
  denied: notice('push_denied', { ifNotYou }),
  wrongNumber: notice('push_wrong_number', { ifNotYou }),
}
