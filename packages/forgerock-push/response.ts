/** The proof of possession: HMAC-SHA256 over the challenge, keyed with the shared secret. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { fromBase64, toBase64 } from './base64.ts'

/**
 * A phone's response to a challenge: standard base64 with padding (44 characters).
 * @param challenge base64 of either dialect
 * @throws RangeError when the challenge is not base64
 */
export function responseTo(challenge: string, secret: Uint8Array): string {
  return toBase64(computeHmac(challenge, secret))
}

/** Whether `response` answers the challenge. Compares bytes, not text, and in constant time. */
export function isResponseTo(challenge: string, secret: Uint8Array, response: string): boolean {
  const given = fromBase64(response)
  const wanted = computeHmac(challenge, secret)
  return given !== undefined && given.length === wanted.length && timingSafeEqual(given, wanted)
}

function computeHmac(challenge: string, secret: Uint8Array): Buffer {
  const bytes = fromBase64(challenge)
  if (bytes === undefined) throw new RangeError('The challenge is not base64')
  return createHmac('sha256', secret).update(bytes).digest()
}
