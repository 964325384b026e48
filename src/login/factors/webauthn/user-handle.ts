/**
 * User handles (WebAuthn Level 3 section 5.4.3) of credentials that verify a person on a phone and log nobody in. A browser may
 * offer them on the login page all the same, because they are of the same site; the server recognizes them by their beginning.
 * The app of the phone makes them.
 */

const mark = Buffer.from('einlass-phone:')
const length = 32

export function isVerifierHandle(handle: string | null | undefined): boolean {
  const bytes = Buffer.from(handle ?? '', 'base64url')
  return bytes.length === length && bytes.subarray(0, mark.length).equals(mark)
}
