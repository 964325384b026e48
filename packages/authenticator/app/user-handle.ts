/**
 * User handles (WebAuthn Level 3 section 5.4.3) of the passkeys that this app makes. A new passkey replaces one with the same
 * handle, even a passkey with which a person logs in at the address of this app. So no server chooses these handles. They have
 * a prefix that no other handle has, by which a login page recognises that these passkeys log nobody in.
 */
import { encodeText } from '../protocol/base64url.ts'

const mark = encodeText('einlass-phone:')
const length = 32

export function createUserHandle(): Uint8Array<ArrayBuffer> {
  const handle = crypto.getRandomValues(new Uint8Array(length))
  handle.set(mark)
  return handle
}
