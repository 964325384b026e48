/** What the forms of password hashes have in common: how a text is read, and when it is refused. */
import { timingSafeEqual } from 'node:crypto'

export type HashForm = 'argon2' | 'bcrypt' | 'scrypt' | 'pbkdf2' | 'sha_crypt' | 'digest'

/** A hash that was read, without the password. */
export interface PasswordHash {
  readonly form: HashForm
  /** No login has to replace it: it is argon2id at no less than today's cost. */
  readonly isSufficient: boolean
  /** Of the password in UTF-8. What costs time runs in the pool of threads. */
  verify(password: string): Promise<boolean>
}

export type HashRefusal =
  /** It begins like no form that is known here; a password in clear is one of these. */
  | 'unknown_form'
  /** It begins like a form that is known, and goes on differently. */
  | 'malformed'
  /** One login would need more memory or time than a server can give away. */
  | 'too_costly'

/** `undefined` of a reader: the text is of another form. */
export type HashReading =
  | { readonly type: 'known'; readonly hash: PasswordHash }
  | { readonly type: 'refused'; readonly reason: HashRefusal }

export const malformed: HashReading = { type: 'refused', reason: 'malformed' }
export const tooCostly: HashReading = { type: 'refused', reason: 'too_costly' }

/** Every form but argon2 is replaced at the next login. */
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

/** Base64 with or without padding, also with `.` for `+`. Only the one spelling that a writer would use. */
export function readBase64(text: string | undefined): Buffer | undefined {
  if (text === undefined) return undefined
  const plain = text.replaceAll('.', '+')
  const bytes = Buffer.from(plain, 'base64')
  const written = bytes.toString('base64')
  return plain === written || plain === written.replace(/=+$/, '') ? bytes : undefined
}

/** Texts of different lengths are unequal at once, which says nothing: lengths are those of the algorithm. */
export function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
