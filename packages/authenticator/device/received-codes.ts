/** One-time codes that an enrolment brings, encrypted for this phone. */
import { decryptText } from '../protocol/jwe.ts'
import { readTotp } from '../protocol/messages.ts'
import type { Codes } from './account.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Base32 (RFC 4648 section 6) without padding. Bits that are left over are dropped. */
export function readBase32(text: string): Uint8Array<ArrayBuffer> {
  const bits = Array.from(text, (character) =>
    alphabet.indexOf(character).toString(2).padStart(5, '0'),
  ).join('')
  const bytes = bits.match(/.{8}/g) ?? []
  return Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 2))
}

const hashes = { SHA1: 'SHA-1', SHA256: 'SHA-256', SHA512: 'SHA-512' } as const

/**
 * The codes that the server has encrypted for this phone. The secret becomes a key that cannot be exported.
 * @param own the private key that the enrolment named
 * @returns `undefined`: they are not for this phone, or violate the protocol
 */
export async function openCodes(totp: string, own: CryptoKey): Promise<Codes | undefined> {
  const found = readTotp(parse((await decryptText(totp, own)) ?? ''))
  if (found === undefined) return undefined
  const { secret, algorithm, digits, period } = found
  const form = { name: 'HMAC', hash: hashes[algorithm] }
  const key = await crypto.subtle.importKey('raw', readBase32(secret), form, false, ['sign'])
  return { key, digits, period, state: 'new' }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
