/** The one-time codes of an account that was scanned together with push (RFC 6238). */
import { Secret, TOTP } from 'otpauth'
import { z } from 'zod'
import type { OathPart } from '#forgerock-push'

export const codesSchema = z.object({
  /** Base32. */
  secret: z.string().regex(/^[A-Z2-7]+$/),
  algorithm: z.enum(['SHA1', 'SHA256', 'SHA512']),
  digits: z.union([z.literal(6), z.literal(8)]),
  /** Seconds. */
  period: z.int().min(1).max(300),
})

export type StoredCodes = z.infer<typeof codesSchema>

/** The part of a registration's codes that the phone stores. */
export function computeCodes({ secret, algorithm, digits, period = 30 }: OathPart): StoredCodes {
  return { secret, algorithm: algorithm ?? 'SHA1', digits, period }
}

/** The code that is valid at `now` (milliseconds since the epoch), and for how many seconds more it is shown. */
export function codeAt(codes: StoredCodes, now: number): { code: string; secondsLeft: number } {
  const { secret, algorithm, digits, period } = codes
  const totp = new TOTP({ secret: Secret.fromBase32(secret), algorithm, digits, period })
  const code = totp.generate({ timestamp: now })
  return { code, secondsLeft: Math.ceil(totp.remaining({ timestamp: now }) / 1000) }
}
