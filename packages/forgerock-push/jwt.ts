/** Compact JWS (RFC 7515) with HS256 and the one header of this protocol. Knows no claim. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { textFromBase64, toBase64Url } from './base64.ts'
import { asciiJson, readObject } from './json.ts'

export type Claims = Readonly<Record<string, unknown>>

// 27 bytes, a multiple of three: the iOS SDK pads a header of any other length before it checks the signature.
const header = '{"typ":"JWT","alg":"HS256"}'

/**
 * Signs claims with HS256 (RFC 7515, RFC 7518 section 3.2). The payload is ASCII: other characters are escaped as `\u` and four hex digits.
 * @param secret the raw bytes of the shared secret, at least 32
 */
export function signJwt(claims: Claims, secret: Uint8Array): string {
  return signPayload(asciiJson(claims), secret)
}

/** Signs a payload that is JSON already. */
export function signPayload(payload: string, secret: Uint8Array): string {
  const input = `${toBase64Url(header)}.${toBase64Url(payload)}`
  return `${input}.${sign(input, secret)}`
}

/** The claims, if the header is the expected one and the signature fits; else `undefined`. Never throws. */
export function verifyJwt(jwt: string, secret: Uint8Array): Claims | undefined {
  const parts = splitJwt(jwt)
  if (parts === undefined || !isExpectedHeader(parts.header)) return undefined
  const wanted = Buffer.from(sign(`${parts.header}.${parts.payload}`, secret))
  const given = Buffer.from(parts.signature)
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined
  return readObject(textFromBase64(parts.payload) ?? '')
}

/** The claims without any check, to find the key they are signed with. Nothing else may be done with them. */
export function unverifiedClaims(jwt: string): Claims | undefined {
  const parts = splitJwt(jwt)
  return parts === undefined ? undefined : readObject(textFromBase64(parts.payload) ?? '')
}

function splitJwt(jwt: string) {
  const match = /^([\w-]+)\.([\w-]+)\.([\w-]{43})$/.exec(jwt)
  if (match === null) return undefined
  return { header: match[1] ?? '', payload: match[2] ?? '', signature: match[3] ?? '' }
}

/** Clients write `typ` and `alg` in either order. Any other member (`crit`, `kid`, `jku`) is refused. */
function isExpectedHeader(encoded: string): boolean {
  const { alg, typ, ...others } = readObject(textFromBase64(encoded) ?? '') ?? {}
  return alg === 'HS256' && typ === 'JWT' && Object.keys(others).length === 0
}

function sign(input: string, secret: Uint8Array): string {
  return createHmac('sha256', secret).update(input).digest('base64url')
}
