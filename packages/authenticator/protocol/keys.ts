/** Keys of the protocol: P-256 as JSON Web Keys (RFC 7517), named by their thumbprint (RFC 7638). */
import { decodeBase64Url, encodeBase64Url, encodeText } from './base64url.ts'
import type { Reader } from './shape.ts'

/** A public key with exactly these members. */
export interface PublicJwk {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  /** 32 bytes in base64url. */
  readonly x: string
  readonly y: string
}

export const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const
export const signing = { name: 'ECDSA', hash: 'SHA-256' } as const

/** Refuses a private key (`d`), so that a key that was sent in full by mistake is never trusted. */
export const readPublicJwk: Reader<PublicJwk> = (value) => {
  if (typeof value !== 'object' || value === null) return undefined
  const { kty, crv, x, y, ...others } = value as Record<string, unknown>
  const isRight = kty === 'EC' && crv === 'P-256' && Object.keys(others).length === 0
  return isRight && isCoordinate(x) && isCoordinate(y) ? { kty, crv, x, y } : undefined
}

function isCoordinate(value: unknown): value is string {
  return typeof value === 'string' && decodeBase64Url(value)?.length === 32
}

/**
 * @returns the key for verifying
 * @throws DataError when the point is not on the curve
 */
export async function importPublicKey({ kty, crv, x, y }: PublicJwk): Promise<CryptoKey> {
  return await crypto.subtle.importKey('jwk', { kty, crv, x, y }, algorithm, false, ['verify'])
}

export async function exportPublicKey(key: CryptoKey): Promise<PublicJwk> {
  const { x = '', y = '' } = await crypto.subtle.exportKey('jwk', key)
  return { kty: 'EC', crv: 'P-256', x, y }
}

/** SHA-256 over the required members in their order (RFC 7638 section 3), 43 characters of base64url. */
export async function computeThumbprint({ x, y }: PublicJwk): Promise<string> {
  return await hash(`{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`)
}

/** SHA-256 in base64url. */
export async function hash(text: string): Promise<string> {
  return encodeBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', encodeText(text))))
}
