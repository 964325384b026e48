/**
 * How many keys an app may have, and of which size. A signature that names no key is tried with each of them, by anybody who
 * knows the id of the app, so they are few and none of them is slow.
 */

/** Of an app that an administrator has added or adopted, and of one that registered itself. */
export const mostKeys = 20
export const mostRegisteredKeys = 10

export const keySizeRule = 'RSA keys of 2048 to 4096 bits'

/** What is wrong with the keys of a JWK Set, as what would be allowed; `undefined`: nothing. */
export function findKeysProblem(keys: readonly unknown[], most: number): string | undefined {
  if (keys.length > most) return `at most ${most} keys`
  return keys.some(isOfWrongSize) ? keySizeRule : undefined
}

/** The public exponent has four bytes at most: a long one makes each check as slow as a signature. */
function isOfWrongSize(key: unknown): boolean {
  const { kty, n, e } = Object(key)
  if (kty !== 'RSA') return false
  const bits = countBits(n)
  return bits < 2048 || bits > 4096 || countBits(e) > 32
}

function countBits(base64: unknown): number {
  if (typeof base64 !== 'string') return 0
  const bytes = Buffer.from(base64, 'base64url')
  const first = bytes.findIndex((byte) => byte !== 0)
  return first === -1 ? 0 : (bytes.length - first) * 8 - Math.clz32(bytes[first] ?? 0) + 24
}
