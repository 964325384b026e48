/**
 * The codes that a person carries from a device to a browser (RFC 8628 section 6.1): eight of twenty letters that form no
 * words. Only a keyed hash is stored, because so short a code could be guessed.
 */
import { hmac } from '../../../platform/kernel/crypto.ts'
import type { Keyring } from '../../../platform/kernel/keyring.ts'

/** The letters of the library's alphabet `base-20`. */
const letters = 'BCDFGHJKLMNPQRSTVWXZ'

export const userCodeForm = { charset: 'base-20', mask: '****-****' } as const

/** The form that is compared: without the dash, or other characters in its place. `undefined`: it cannot be a code. */
export function normalizeUserCode(typed: string): string | undefined {
  const code = typed
    .slice(0, 100)
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]/g, '')
  return new RegExp(`^[${letters}]{8}$`).test(code) ? code : undefined
}

/** The form that is shown. */
export function formatUserCode(code: string): string {
  return `${code.slice(0, 4)}-${code.slice(4)}`
}

export type HashUserCode = (code: string) => string

export function createUserCodeHash(keyring: Keyring): HashUserCode {
  const key = keyring.deriveInEpoch('oidc user codes')
  return (code) => hmac(key, code)
}
