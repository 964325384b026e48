/**
 * References that people read out on the phone: eight letters and digits in two groups, without letters that look like
 * digits. They name something and grant nothing.
 */
import type { Random } from './random.ts'

const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'

export function newReference(random: Random): string {
  const letter = () => alphabet[random.int(0, alphabet.length)]
  return Array.from({ length: 8 }, letter).join('')
}

/** `K7QM3XPA` as `K7QM-3XPA`, which can be read out in two breaths. */
export function formatReference(reference: string): string {
  return /^\w{8}$/.test(reference) ? `${reference.slice(0, 4)}-${reference.slice(4)}` : reference
}

/** A reference as a person types it: small letters, blanks and dashes do not matter. `undefined`: it cannot be one. */
export function readReference(typed: string): string | undefined {
  const text = typed.toUpperCase().replaceAll(/[\s-]/g, '')
  return text.length === 8 && [...text].every((letter) => alphabet.includes(letter))
    ? text
    : undefined
}
