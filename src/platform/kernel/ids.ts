/**
 * Identifiers. Owns how ids and secrets are made and told apart by type; knows nothing of what they name.
 * An id may be shown and logged. A secret is handed out once and stored only as its SHA-256.
 */
import type { Random } from './random.ts'

declare const kind: unique symbol

/** An identifier of one kind of thing. It reads `<prefix>_<random>`, for example `usr_4f…`. */
export type Id<Kind extends string> = string & { readonly [kind]: Kind }

const prefixes = {
  user: 'usr',
  session: 'ses',
  device: 'dev',
  authenticator: 'aut',
  totp: 'otp',
  passkey: 'psk',
  recovery: 'rec',
  deskPass: 'dpa',
  proof: 'prf',
  app: 'app',
  signingKey: 'key',
  registrationToken: 'rgt',
  provisioningToken: 'pvt',
  group: 'grp',
  invitation: 'inv',
} as const

export type IdKind = keyof typeof prefixes

/** A new id with 160 bits of randomness in base64url. */
export function newId<Kind extends IdKind>(random: Random, kindOfId: Kind): Id<Kind> {
  const value = Buffer.from(random.bytes(20)).toString('base64url')
  return `${prefixes[kindOfId]}_${value}` as Id<Kind>
}

/**
 * A new id that sorts behind the ones made earlier: 48 bits of the time (ms) and 112 bits of randomness, in hexadecimal,
 * whose order is that of the bytes. For rows that every login adds: new entries go to the end of their index, where one
 * page takes many of them, instead of changing a page anywhere for each. The id tells when it was made.
 */
export function newOrderedId<Kind extends IdKind>(
  random: Random,
  kindOfId: Kind,
  now: number,
): Id<Kind> {
  const value = Buffer.from(random.bytes(14)).toString('hex')
  return `${orderedIdsBefore(kindOfId, now)}${value}` as Id<Kind>
}

/** A text that sorts behind all ordered ids of this kind that were made before `time` (ms), and before all others. */
export function orderedIdsBefore(kindOfId: IdKind, time: number): string {
  return `${prefixes[kindOfId]}_${time.toString(16).padStart(12, '0')}`
}

/** A new bearer secret with 256 bits in base64url (43 characters). */
export function newSecret(random: Random): string {
  return Buffer.from(random.bytes(32)).toString('base64url')
}

/**
 * A new bearer secret (43 characters) whose record sorts behind those made earlier: the time (ms) in 11 hexadecimal digits,
 * which reach to the year 2527, and 192 bits in base64url. For tokens, of which every refresh stores two: see
 * `newOrderedId`. The secret tells when it was made, as tokens do anyhow.
 */
export function newOrderedSecret(random: Random, now: number): string {
  return orderSecret(Buffer.from(random.bytes(24)).toString('base64url'), now)
}

/** @param secret at least 192 bits in base64url, of which 192 are used */
export function orderSecret(secret: string, now: number): string {
  return `${now.toString(16).padStart(orderedLength, '0')}${secret.slice(0, 32)}`
}

const orderedLength = 11
const orderedSecretLength = 43
const orderedSecret = /^[0-9a-f]{11}[\w-]{32}$/

/** The part by which its record may be sorted: the time in it, or nothing. */
export function readOrder(secret: string): string {
  return secret.length === orderedSecretLength && orderedSecret.test(secret)
    ? secret.slice(0, orderedLength)
    : ''
}
