/**
 * User handles (WebAuthn Level 3 section 5.4.3) of the passkeys that this app makes. A new passkey takes the place of one with
 * the same handle, also of one with which a person logs in at the address of this app. So no server names them, and they begin
 * with what no other one begins with, by which a login page knows that they log nobody in.
 */
import { encodeText } from '../protocol/base64url.ts'

const mark = encodeText('einlass-phone:')
const length = 32

export function createUserHandle(): Uint8Array<ArrayBuffer> {
  const handle = crypto.getRandomValues(new Uint8Array(length))
  handle.set(mark)
  return handle
}
