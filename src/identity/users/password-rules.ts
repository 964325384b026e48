/**
 * Whether a password may be chosen. Owns length, the blocklist and the patterns that guessing begins with; asks for no
 * mixture of characters (SP 800-63B-4 section 3.1.1.2). Does not own where passwords are hashed.
 */
import { countCodePoints } from '../../platform/kernel/text.ts'
import { commonPasswords } from './common-passwords.ts'
import { canonicalUsername } from './user.ts'

export type PasswordJudgement =
  /** `password` is in NFC, the form to hash. */
  | { readonly type: 'ok'; readonly password: string }
  | {
      readonly type: 'refused'
      readonly reason: 'too_short' | 'too_long' | 'common' | 'contains_username'
    }

export const maxPasswordLength = 256

/** Lengths are in code points. A user name of less than four characters may occur inside a password. */
export function checkPassword(
  typed: string,
  { minLength, username }: { readonly minLength: number; readonly username?: string },
): PasswordJudgement {
  if (typed.length > maxPasswordLength * 4) return { type: 'refused', reason: 'too_long' }
  const password = typed.normalize('NFC')
  const length = countCodePoints(password)
  if (length > maxPasswordLength) return { type: 'refused', reason: 'too_long' }
  if (length < minLength) return { type: 'refused', reason: 'too_short' }
  if (username !== undefined && containsName(password, username))
    return { type: 'refused', reason: 'contains_username' }
  if (isCommon(password)) return { type: 'refused', reason: 'common' }
  return { type: 'ok', password }
}

function containsName(password: string, username: string): boolean {
  const name = canonicalUsername(username)
  if (name === undefined) return false
  const lower = password.normalize('NFKC').toLowerCase()
  const names = [name, name.split('@')[0] ?? name]
  return names.some((part) => (part.length >= 4 ? lower.includes(part) : stem(lower) === part))
}

function isCommon(password: string): boolean {
  const lower = password.toLowerCase()
  return (
    isKnown(lower) ||
    isRepeated(lower) ||
    isKeyboardWalk(lower) ||
    isZigzag(lower) ||
    isDate(lower) ||
    isKnownWithAddition(lower)
  )
}

function isKnown(text: string): boolean {
  return commonPasswords.has(text) || commonPasswords.has(withoutLeet(text))
}

/** `Sommer2025!`, `123Passwort`, `Firma#26`: a known word and at most six other characters around it. */
function isKnownWithAddition(lower: string): boolean {
  const core = stem(lower)
  if (core === '' || lower.length - core.length > 6) return false
  const disguised = [withoutEnd(lower), stem(withoutLeet(lower))]
  return isKnown(core) || isKeyboardWalk(core) || disguised.some(isKnown)
}

/** Without the digits and signs at both ends. */
function stem(text: string): string {
  return withoutEnd(text).replace(/^[^\p{L}]+/u, '')
}

function withoutEnd(text: string): string {
  return text.replace(/[^\p{L}]+$/u, '')
}

const leet: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
}

function withoutLeet(text: string): string {
  return text.replace(/[013457@$!]/g, (sign) => leet[sign] ?? sign)
}

/** `aaaaaaaa`, `abcabcabc`, `passwortpasswort`: up to four characters again and again, or a known word. */
function isRepeated(lower: string): boolean {
  const unit = /^(.+?)\1+$/su.exec(lower)?.[1]
  return unit !== undefined && (countCodePoints(unit) <= 4 || isKnown(unit) || isKeyboardWalk(unit))
}

const rows = [
  'qwertzuiopü',
  'asdfghjklöä',
  'yxcvbnm',
  'qwertyuiop',
  'zxcvbnm',
  '1234567890',
  '01234567890',
  'abcdefghijklmnopqrstuvwxyz',
  '!"§$%&/()=',
  '!@#$%^&*()',
  '1qay',
  '2wsx',
  '3edc',
  '4rfv',
  '5tgb',
  '6zhn',
  '7ujm',
  '1qaz',
  '6yhn',
]
const neighbours = new Set(
  rows.flatMap((row) =>
    Array.from(row)
      .slice(1)
      .flatMap((key, index) => [`${row[index]}${key}`, `${key}${row[index]}`]),
  ),
)

/** Three of four steps go to the neighbouring key, or to the neighbouring letter or digit. */
function isKeyboardWalk(lower: string): boolean {
  const keys = Array.from(lower)
  if (keys.length < 4) return false
  const steps = keys.slice(1).filter((key, index) => neighbours.has(`${keys[index]}${key}`))
  return steps.length >= keys.length * 0.75 - 0.25
}

/** `1q2w3e4r`: two walks in turns. */
function isZigzag(lower: string): boolean {
  const keys = Array.from(lower)
  return [0, 1].every((parity) =>
    isKeyboardWalk(keys.filter((_, index) => index % 2 === parity).join('')),
  )
}

/** `24.12.1985`, `19851224`, and every other text of at most ten digits and signs. */
function isDate(lower: string): boolean {
  return /^[\d\p{P}\p{S}\s]{1,10}$/u.test(lower) && /\d{4}/.test(lower)
}
