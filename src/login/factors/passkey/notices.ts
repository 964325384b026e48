/** Notices of passkeys. */
import { notice } from '../../../identity/notify/notice.ts'

export const passkeyNotices = {
  added: notice('passkey_added'),
  removed: notice('passkey_removed'),
  cloned: notice('passkey_cloned'),
}
