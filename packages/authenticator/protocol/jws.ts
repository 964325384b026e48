/**
 * Signed messages: compact JWS (RFC 7515) with ES256 (RFC 7518 section 3.4) and an explicit type (RFC 8725 section 3.11), so
 * that a message of one kind is never taken for another kind. Knows no claims.
 */
import { decodeBase64Url, decodeText, encodeBase64Url, encodeText } from './base64url.ts'
import { hash, type PublicJwk, readPublicJwk, signing } from './keys.ts'

/** Longer messages are not read. */
export const longestMessage = 16_384

export interface Opened {
  readonly type: string
  /** The key that the message itself names; only in messages that introduce a key. */
  readonly jwk: PublicJwk | undefined
  readonly claims: Readonly<Record<string, unknown>>
  /** Whether this key has signed the message. Do not use the claims before this check. */
  isSignedBy(key: CryptoKey): Promise<boolean>
}

/**
 * @param jwk goes into the header, for messages that introduce the key
 * @example
 * await signMessage('einlass-fetch+jwt', { sub: 'authn_1', iat: 1_790_000_000 }, key)
 */
export async function signMessage(
  type: string,
  claims: object,
  key: CryptoKey,
  jwk?: PublicJwk,
): Promise<string> {
  const header = JSON.stringify({ typ: type, alg: 'ES256', ...(jwk && { jwk }) })
  const input = `${encode(header)}.${encode(JSON.stringify(claims))}`
  const signature = await crypto.subtle.sign(signing, key, encodeText(input))
  return `${input}.${encodeBase64Url(new Uint8Array(signature))}`
}

/**
 * The id of a message: SHA-256 over the signed part, in base64url. The signature is not included, because one message has
 * several valid ones (anybody can turn `r, s` into `r, n - s`).
 */
export async function computeMessageId(message: string): Promise<string> {
  return await hash(message.slice(0, message.lastIndexOf('.')))
}

/** Takes a message apart without checking its signature. `undefined`: not a message of this form. Never throws. */
export function openMessage(message: string): Opened | undefined {
  if (message.length > longestMessage) return undefined
  const match = /^([\w-]+)\.([\w-]+)\.([\w-]{86})$/.exec(message)
  if (match === null) return undefined
  const [, head = '', body = '', tail = ''] = match
  const header = readHeader(head)
  const claims = decodeJson(body)
  const signature = decodeBase64Url(tail)
  if (header === undefined || claims === undefined || signature === undefined) return undefined
  const input = encodeText(`${head}.${body}`)
  return {
    ...header,
    claims,
    isSignedBy: (key) => crypto.subtle.verify(signing, key, signature, input),
  }
}

/** Any other member (`kid`, `jku`, `crit`, `b64`) is refused: no message may say how it is checked. */
function readHeader(encoded: string): Pick<Opened, 'type' | 'jwk'> | undefined {
  const { typ, alg, jwk, ...others } = decodeJson(encoded) ?? {}
  if (typeof typ !== 'string' || alg !== 'ES256' || Object.keys(others).length > 0) return undefined
  if (jwk === undefined) return { type: typ, jwk: undefined }
  const key = readPublicJwk(jwk)
  return key && { type: typ, jwk: key }
}

const encode = (text: string): string => encodeBase64Url(encodeText(text))

function decodeJson(encoded: string): Readonly<Record<string, unknown>> | undefined {
  const bytes = decodeBase64Url(encoded)
  const text = bytes && decodeText(bytes)
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    // If a name occurred twice, each reader might use another one of the two.
    return countColons(text) === countMembers(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined
  } catch {
    return undefined
  }
}

/** The number of members of all objects in a text that is known to be JSON. */
function countColons(text: string): number {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|:/g) ?? []
  return tokens.filter((token) => token === ':').length
}

function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const members = Object.values(value)
  const own = Array.isArray(value) ? 0 : members.length
  return members.reduce<number>((sum, member) => sum + countMembers(member), own)
}
