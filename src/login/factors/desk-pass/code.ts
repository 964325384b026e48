/**
 * The code of a pass as text: how it is drawn, shown and read. Twelve digits are 39 bits. People read them out on the telephone
 * and type them on any keyboard; a slow hash, the lockout and a lifetime of hours make up for the length. Stores nothing.
 */
import type { Random } from '../../../platform/kernel/random.ts'

export const codeLength = 12

/** Twelve digits. Each byte below 250 gives one, so that every digit is equally likely. */
export function drawCode(random: Random): string {
  let code = ''
  while (code.length < codeLength) {
    for (const byte of random.bytes(codeLength)) {
      if (byte < 250 && code.length < codeLength) code += `${byte % 10}`
    }
  }
  return code
}

/** `482 913 075 164`: groups of three are easy to read out and to write down. */
export function formatCode(code: string): string {
  return code.replaceAll(/(.{3})(?=.)/g, '$1 ')
}

/** A typed code without blanks and dashes of any kind; `undefined` for text that is no code. */
export function readCode(typed: string): string | undefined {
  // Longer than any way to write a code.
  if (typed.length > 200) return undefined
  const plain = typed.normalize('NFKC').replaceAll(/[\s\p{Pd}\p{Cf}.·_/]/gu, '')
  return /^\d{12}$/.test(plain) ? plain : undefined
}
