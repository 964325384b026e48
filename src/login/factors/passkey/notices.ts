/** Notices of passkeys. */
import { notice } from '../../../identity/notify/notice.ts'

/** A new authenticator comes with a link that undoes it. */
const byLink = 'mail.if_not.bound'

export const passkeyNotices = {
  added: notice('passkey_added', { byLink }),
  removed: notice('passkey_removed'),
  cloned: notice('passkey_cloned'),
}
