/**
 * Whether a password is one that guessing begins with: on the blocklist, or a known word with what people put around it.
 * Owns the patterns; blocklist.ts and common-passwords.ts have the words.
 */
import { countCodePoints } from '../../platform/kernel/text.ts'
import type { Blocklist } from './blocklist/blocklist.ts'
import { commonPasswords } from './common-passwords.ts'

type IsKnown = (text: string) => boolean

/** @param blocklist what is known beside the words of common-passwords.ts */
export function isGuessable(password: string, blocklist: Pick<Blocklist, 'has'>): boolean {
  const lower = password.toLowerCase()
  const isListed: IsKnown = (text) => commonPasswords.has(text) || blocklist.has(text)
  const isKnown: IsKnown = (text) => isListed(text) || isListed(withoutLeet(text))
  return (
    isKnown(lower) ||
    isRepeated(lower, isKnown) ||
    isKeyboardWalk(lower) ||
    isZigzag(lower) ||
    isDate(lower) ||
    isKnownWithAddition(lower, isKnown)
  )
}

/** `Sommer2025!!!!`, `123Passwort`, `Firma#26`: a known word and at most six other characters around it, repeated or not. */
function isKnownWithAddition(lower: string, isKnown: IsKnown): boolean {
  const core = stem(lower)
  if (core === '') return false
  const added = lower.split(core, 2).map((text) => text.replace(/(.)\1+/gsu, '$1'))
  if (added.join('').length > 6) return false
  const disguised = [withoutEnd(lower), stem(withoutLeet(lower))]
  return isKnown(core) || isKeyboardWalk(core) || disguised.some(isKnown)
}

/** Without the digits and signs at both ends. */
export function stem(text: string): string {
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
function isRepeated(lower: string, isKnown: IsKnown): boolean {
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
