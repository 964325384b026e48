/** The common parts of all forms of password hashes: how a text is read, and when it is refused. */
import { timingSafeEqual } from 'node:crypto'

export type HashForm = 'argon2' | 'bcrypt' | 'scrypt' | 'pbkdf2' | 'sha_crypt' | 'digest'

/** A parsed hash, without the password. */
export interface PasswordHash {
  readonly form: HashForm
  /** The next login does not have to replace it: it is argon2id with at least today's cost. */
  readonly isSufficient: boolean
  /** Verifies the password in UTF-8. Slow work runs in the thread pool. */
  verify(password: string): Promise<boolean>
}

export type HashRefusal =
  /** It begins like no known form, for example a password in clear text. */
  | 'unknown_form'
  /** It begins like a known form, but continues differently. */
  | 'malformed'
  /** One login would take more memory or time than a server can spare. */
  | 'too_costly'
  /** It is of a known form that nothing here computes. */
  | 'unsupported'

/** A reader returns `undefined` when the text has another form. */
export type HashReading =
  | { readonly type: 'known'; readonly hash: PasswordHash }
  | {
      readonly type: 'refused'
      readonly reason: HashRefusal
      /** Of `unsupported`: what people call the form. */
      readonly name?: string
    }

export const malformed: HashReading = { type: 'refused', reason: 'malformed' }
export const tooCostly: HashReading = { type: 'refused', reason: 'too_costly' }

/** `isSufficient` is false for every form except argon2, so the next login replaces the hash. */
export function createKnown(
  form: HashForm,
  verify: PasswordHash['verify'],
  isSufficient = false,
): HashReading {
  return { type: 'known', hash: { form, isSufficient, verify } }
}

/** Shorter digests match too many passwords. The longest is that of 389 Directory Server. */
const digestLengths = { min: 16, max: 256 }
const maxSaltLength = 128

export function isDigestLength(length: number): boolean {
  return length >= digestLengths.min && length <= digestLengths.max
}

export function isSaltLength(length: number): boolean {
  return length >= 1 && length <= maxSaltLength
}

/** A decimal number as programs write one, without leading zeros; `undefined` from 2^31 on. */
export function readNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^(?:0|[1-9]\d{0,9})$/.test(text)) return undefined
  const number = Number(text)
  return number < 2 ** 31 ? number : undefined
}

/** Base64 with or without padding, also with `.` for `+`. Accepts only the spelling that a correct writer produces. */
export function readBase64(text: string | undefined): Buffer | undefined {
  if (text === undefined) return undefined
  const plain = text.replaceAll('.', '+')
  const bytes = Buffer.from(plain, 'base64')
  const written = bytes.toString('base64')
  return plain === written || plain === written.replace(/=+$/, '') ? bytes : undefined
}

/** Returns early for different lengths. This reveals nothing, because the algorithm determines the length. */
export function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
