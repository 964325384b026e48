/**
 * Names in which letters of several alphabets stand in one word, as in `admin` with a Cyrillic `a`: to people they look like
 * another name (Unicode TS 39, 5.2, highly restrictive). Does not see names that look alike as a whole.
 */
import { Fault } from '../../platform/kernel/fault.ts'

/** What is wrong with such a name, in words. */
export const mixedScriptsText = 'has letters of several alphabets in one word'

/** Throws Fault `bad_request`. For new names only: a user who has such a name already can still be changed. */
export function refuseMixedScripts(username: string): void {
  if (!hasMixedScripts(username)) return
  throw new Fault('bad_request', `The user name ${mixedScriptsText}. Nothing was changed.`)
}

/** Whether a word of the name has letters of more than one alphabet. `иван@example.org` has two words of one each. */
export function hasMixedScripts(name: string): boolean {
  const words = name.normalize('NFKC').match(/[\p{L}\p{M}]+/gu) ?? []
  return words.some(isMixed)
}

function isMixed(word: string): boolean {
  const letters = Array.from(word).filter((sign) => /\p{L}/u.test(sign) && !shared.test(sign))
  const isEastern = letters.some((letter) => eastern.test(letter))
  const others = letters.filter((letter) => !eastern.test(letter))
  const found = new Set(others.map((letter) => alphabets.findIndex((one) => one.test(letter))))
  if (isEastern) return others.some((letter) => !latin.test(letter))
  return found.size > 1
}

const latin = /\p{scx=Latin}/u

/** Letters that belong to no alphabet, or to several: they say nothing. */
const shared = /\p{sc=Common}|\p{sc=Inherited}/u

/** Chinese, Japanese and Korean names may have Latin letters beside their own. */
const eastern = /\p{scx=Han}|\p{scx=Hiragana}|\p{scx=Katakana}|\p{scx=Hangul}|\p{scx=Bopomofo}/u

/** Alphabets with letters that resemble those of another one. All others are one more, as nobody takes them for these. */
const alphabets = [
  latin,
  ...[/\p{sc=Cyrillic}/u, /\p{sc=Greek}/u, /\p{sc=Armenian}/u, /\p{sc=Coptic}/u],
  ...[/\p{sc=Cherokee}/u, /\p{sc=Lisu}/u, /\p{sc=Deseret}/u, /\p{sc=Georgian}/u],
  ...[/\p{sc=Hebrew}/u, /\p{sc=Arabic}/u, /\p{sc=Nko}/u, /\p{sc=Tifinagh}/u],
]
