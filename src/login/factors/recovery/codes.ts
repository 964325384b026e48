/**
 * Recovery codes as text: how they are drawn, shown and read. Owns the alphabet (Crockford's base32, which has no I, L, O and U)
 * and which characters people confuse in it. Stores nothing.
 */
import type { Random } from '../../../platform/kernel/random.ts'

/** Codes of one set. */
export const codesInSet = 10

/** When this many or fewer are left of a set, it is time for a new one. */
export const fewCodes = 3

/** Five bits each: 80 bits. */
const codeLength = 16

/**
 * The first characters of a code, by which it is found among those of its owner. They are stored in the clear, which leaves 70
 * bits secret. No two codes of a set begin with the same ones, so that an attempt costs one slow hash.
 */
const prefixLength = 2

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** A set of new codes, without dashes. */
export function drawCodes(random: Random): string[] {
  const codes = new Map<string, string>()
  while (codes.size < codesInSet) {
    const code = drawCode(random)
    codes.set(cutPrefix(code), code)
  }
  return [...codes.values()]
}

/** A byte has 8 times as many values as the alphabet, so each character is equally likely. */
function drawCode(random: Random): string {
  return [...random.bytes(codeLength)].map((byte) => alphabet[byte % 32]).join('')
}

export function cutPrefix(code: string): string {
  return code.slice(0, prefixLength)
}

/** A code of an AM server: ten letters and digits, in which upper and lower case differ. */
export const isForeignCode = (text: string): boolean => /^[0-9A-Za-z]{10}$/.test(text)

/** A typed code of that kind; `undefined` for other text. */
export function readForeignCode(typed: string): string | undefined {
  const plain = typed.length > 200 ? '' : typed.normalize('NFKC').replaceAll(/[\s\p{Cf}]/gu, '')
  return isForeignCode(plain) ? plain : undefined
}

/** Whether only a code of an AM server begins with this. Other codes of such a server begin like ours. */
export const isForeignPrefix = (prefix: string): boolean =>
  [...prefix].some((sign) => !alphabet.includes(sign))

/** `ABCD-EFGH-JKMN-PQRS`. */
export function formatCode(code: string): string {
  return code.replaceAll(/(.{4})(?=.)/g, '$1-')
}

/**
 * A typed code without dashes; `undefined` for text that is no code. Case, blanks, dashes of any kind and full width do
 * not matter, and neither does the confusion of O with 0 and of I and L with 1, as Crockford's decoding says.
 */
export function readCode(typed: string): string | undefined {
  // Longer than any way to write a code.
  if (typed.length > 200) return undefined
  const plain = typed
    .normalize('NFKC')
    .replaceAll(/[\s\p{Pd}\p{Cf}.·_]/gu, '')
    .toUpperCase()
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1')
  return plain.length === codeLength && [...plain].every((one) => alphabet.includes(one))
    ? plain
    : undefined
}
