/**
 * Whether a password is easy to guess: on the blocklist, a known word with the usual additions, or anything else that
 * takes few guesses. Owns the limits; guesses.ts owns the estimate.
 */
import { commonPasswords } from './common-passwords.ts'
import { estimateGuesses, type Words, withoutLeet } from './guesses.ts'
import { isKeyboardWalk, isZigzag } from './keys.ts'

/** `weak` is refused. The page shows the value while the password is typed. */
export type Guessability = 'weak' | 'fair' | 'strong'

/**
 * Powers of ten of guesses. `fairFrom`: about two everyday words and a few signs. `strongFrom`: about three unrelated
 * words.
 */
const fairFrom = 9
const strongFrom = 13

/** @param password in NFC */
export function judgeGuessability(password: string, words: Words): Guessability {
  const guesses = estimateGuesses(password, words)
  if (guesses < fairFrom || isPattern(password.toLowerCase(), words)) return 'weak'
  return guesses < strongFrom ? 'fair' : 'strong'
}

type IsKnown = (text: string) => boolean

/** Patterns that the estimate overrates. */
function isPattern(lower: string, { blocklist }: Words): boolean {
  const isListed: IsKnown = (text) =>
    commonPasswords.has(text) || blocklist.findRank(text) !== undefined
  const isKnown: IsKnown = (text) => isListed(text) || isListed(withoutLeet(text))
  return (
    isKnown(lower) ||
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
  return (
    isKnown(core) || isKeyboardWalk(core) || isCompound(core, isKnown) || disguised.some(isKnown)
  )
}

/** `apfelkuchen`, `lieblingsessen`, `gartentuer`: two known words in one, as German compounds are. */
function isCompound(core: string, isKnown: IsKnown): boolean {
  if (!/^\p{L}{6,40}$/u.test(core)) return false
  const spellings = [core, core.replace(/[aou]e/g, (pair) => umlauts[pair] ?? pair)]
  return spellings.some((text) =>
    Array.from({ length: text.length - 5 }, (_, at) => at + 3).some((at) => {
      if (!isKnown(text.slice(at))) return false
      const first = text.slice(0, at)
      return isKnown(first) || isKnown(first.replace(/(?<=.{3})(?:e?[sn]|er?)$/u, ''))
    }),
  )
}

const umlauts: Readonly<Record<string, string>> = { ae: 'ä', oe: 'ö', ue: 'ü' }

/** Without the digits and signs at both ends. */
export function stem(text: string): string {
  return withoutEnd(text).replace(/^[^\p{L}]+/u, '')
}

function withoutEnd(text: string): string {
  return text.replace(/[^\p{L}]+$/u, '')
}

/** `24.12.1985`, `19851224`, and every other text of at most ten digits and signs. */
function isDate(lower: string): boolean {
  return /^[\d\p{P}\p{S}\s]{1,10}$/u.test(lower) && /\d{4}/.test(lower)
}
