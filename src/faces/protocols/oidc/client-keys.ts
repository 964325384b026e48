/**
 * The maximum number and size of an app's keys. A signature that names no key is tried with each of them, and anybody who knows
 * the id of the app can send one. So there are few keys, and none is slow.
 */

/** For an app that an administrator has added or adopted, and for one that registered itself. */
export const mostKeys = 20
export const mostRegisteredKeys = 10

export const keySizeRule = 'RSA keys of 2048 to 4096 bits'

/** Describes which keys of a JWK Set would be allowed; `undefined`: the keys are allowed. */
export function findKeysProblem(keys: readonly unknown[], most: number): string | undefined {
  if (keys.length > most) return `at most ${most} keys`
  return keys.some(isOfWrongSize) ? keySizeRule : undefined
}

/** The public exponent may have four bytes: with a longer one, each verification is as slow as a signature. */
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
