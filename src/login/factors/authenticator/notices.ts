/** The mails about phones with the Einlass authenticator, and about answers on them. */
import { notice } from '../../../identity/notify/notice.ts'

/** Advises a new password: a login that reached the phone had the right one. */
const ifNotYou = 'mail.if_not.password'

/** A new authenticator comes with a link that undoes it. */
const byLink = 'mail.if_not.bound'

export const authenticatorNotices = {
  added: notice('phone_added', { byLink }),
  /** The phone and its one-time codes. */
  addedWithCodes: notice('phone_added_with_codes', { byLink }),
  removed: notice('phone_removed'),
  /** The new phone took the place of the old one. */
  moved: notice('phone_moved', { byLink }),
  /** The one that is enrolled stays. */
  laterPhoneRefused: notice('later_phone_refused'),
  bothPhonesRefused: notice('both_phones_refused'),
  copied: notice('phone_copied'),
  denied: notice('phone_denied', { ifNotYou }),
  wrongCode: notice('phone_wrong_code', { ifNotYou }),
}
