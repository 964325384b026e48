/**
 * Proves that an answer key belongs to the device whose reading key signs. A server may not know an answer key, because the
 * message that named it never arrived; it always knows the reading key.
 */
import { decodeBase64Url, encodeBase64Url, encodeText } from './base64url.ts'
import { computeThumbprint, importPublicKey, type PublicJwk, signing } from './keys.ts'

/** The claims that the proof is bound to. The next key differs in each message. */
export interface ProvenClaims {
  readonly aud: string
  readonly sub: string
  readonly iat: number
  readonly jti: string
  readonly key: string
  readonly next: PublicJwk
}

/** @param type the `typ` of the message */
export async function signKeyProof(
  type: string,
  claims: ProvenClaims,
  readingKey: CryptoKey,
): Promise<string> {
  const proven = await describe(type, claims)
  return encodeBase64Url(new Uint8Array(await crypto.subtle.sign(signing, readingKey, proven)))
}

/** Never throws. */
export async function isKeyProof(
  type: string,
  claims: ProvenClaims & { readonly proof: string },
  reader: PublicJwk,
): Promise<boolean> {
  const proof = decodeBase64Url(claims.proof)
  if (proof === undefined) return false
  try {
    const key = await importPublicKey(reader)
    return await crypto.subtle.verify(signing, key, proof, await describe(type, claims))
  } catch {
    return false
  }
}

async function describe(
  type: string,
  { aud, sub, iat, jti, key, next }: ProvenClaims,
): Promise<Uint8Array<ArrayBuffer>> {
  const named = await computeThumbprint(next)
  return encodeText(['einlass-key-proof-v1', type, aud, sub, iat, jti, key, named].join('\n'))
}
