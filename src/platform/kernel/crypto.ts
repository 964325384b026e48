/** The few cryptographic verbs that many parts use, with one algorithm each. Encryption is in keyring.ts. */
import { hash, timingSafeEqual } from 'node:crypto'

/** SHA-256 of a text in base64url. Used to store bearer secrets (a secret has 256 bits, so no salt is needed). */
export function sha256(text: string): string {
  return hash('sha256', text, 'base64url')
}

/** Bytes that SHA-256 takes at a time. */
const blockLength = 64
const digestLength = 32

/** For each key that is in use: its two pads, the outer one with room for a digest behind it. */
const padsByKey = new WeakMap<Uint8Array, { readonly inner: Buffer; readonly outer: Buffer }>()

/**
 * HMAC-SHA256 (RFC 2104) in base64url, made of its two digests: the object that node:crypto creates for it costs more than
 * all the rest of a form. `key` must not change.
 */
export function hmac(key: Uint8Array, text: string): string {
  const { inner, outer } = padsByKey.get(key) ?? makePads(key)
  const bytes = Buffer.from(text)
  // The bytes as a text: a digest that comes as a buffer takes twice the time.
  outer.write(hash('sha256', Buffer.concat([inner, bytes]), 'latin1'), blockLength, 'latin1')
  return hash('sha256', outer, 'base64url')
}

function makePads(key: Uint8Array) {
  const short = key.length > blockLength ? hash('sha256', key, 'buffer') : key
  const inner = Buffer.alloc(blockLength, 0x36)
  const outer = Buffer.alloc(blockLength + digestLength, 0x5c)
  for (const [index, byte] of short.entries()) {
    inner[index] = byte ^ 0x36
    outer[index] = byte ^ 0x5c
  }
  const pads = { inner, outer }
  padsByKey.set(key, pads)
  return pads
}

/** Compares two texts in a time that does not depend on where they differ. Texts of different lengths are unequal at once. */
export function equalInConstantTime(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
