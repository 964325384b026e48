/** What a credential signs. A file of its own, as the first screen of the app does not use it. */
import { decodeBase64Url } from './base64url.ts'
import { hash } from './keys.ts'

/**
 * The challenge that the credential signs (WebAuthn), so that its signature is valid only for this answer.
 * @param bound the id and the nonce of the request (for a move both are its `jti`), and the next key's thumbprint
 * @returns 32 bytes
 */
export async function computeChallenge(bound: {
  readonly jti: string
  readonly nonce: string
  readonly next: string
}): Promise<Uint8Array<ArrayBuffer>> {
  const text = `einlass-verification-v1\n${bound.jti}\n${bound.nonce}\n${bound.next}`
  const digest = decodeBase64Url(await hash(text))
  if (digest === undefined) throw new Error('a hash that is no base64url')
  return digest
}
