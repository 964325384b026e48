/** The few cryptographic verbs that Einlass uses. Algorithms are fixed here and chosen nowhere else. */
import { createHmac, hash, timingSafeEqual } from 'node:crypto'

/** SHA-256 of a text in base64url. Used to store bearer secrets (a secret has 256 bits, so no salt is needed). */
export function sha256(text: string): string {
  return hash('sha256', text, 'base64url')
}

/** HMAC-SHA256 in base64url. */
export function hmac(key: Uint8Array, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}

/** Compares two texts in a time that does not tell where they differ. */
export function equalInConstantTime(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
