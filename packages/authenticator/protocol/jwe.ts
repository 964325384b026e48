/**
 * Encrypts text that only the device may read: compact JWE (RFC 7516) with ECDH-ES and A256GCM (RFC 7518 sections 4.6 and 5.3).
 * The JWE is inside a signed message, which identifies the sender. The sender uses a new key for each text.
 */
import { decodeBase64Url, decodeText, encodeBase64Url, encodeText } from './base64url.ts'
import { exportPublicKey, type PublicJwk, readPublicJwk } from './keys.ts'

const agreement = { name: 'ECDH', namedCurve: 'P-256' } as const
const alg = 'ECDH-ES'
const enc = 'A256GCM'

/** Keys for one enrolment. The private one cannot be exported, and is not stored. */
export async function createReceiver(): Promise<{
  readonly publicKey: PublicJwk
  readonly privateKey: CryptoKey
}> {
  const pair = await crypto.subtle.generateKey(agreement, false, ['deriveBits'])
  return { publicKey: await exportPublicKey(pair.publicKey), privateKey: pair.privateKey }
}

/**
 * @param to the public key of the device
 * @throws DataError when it is not on the curve
 */
export async function encryptText(text: string, to: PublicJwk): Promise<string> {
  const pair = await crypto.subtle.generateKey(agreement, false, ['deriveBits'])
  const { kty, crv, x, y } = await exportPublicKey(pair.publicKey)
  const header = encodeBase64Url(encodeText(JSON.stringify({ alg, enc, epk: { kty, crv, x, y } })))
  const key = await deriveKey(pair.privateKey, to)
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const form = { name: 'AES-GCM', iv, additionalData: encodeText(header) }
  const sealed = new Uint8Array(await crypto.subtle.encrypt(form, key, encodeText(text)))
  const tag = sealed.length - 16
  const parts = [iv, sealed.subarray(0, tag), sealed.subarray(tag)].map(encodeBase64Url)
  return [header, '', ...parts].join('.')
}

/** `undefined`: the message is not for this key, or was changed in transit. Never throws. */
export async function decryptText(message: string, own: CryptoKey): Promise<string | undefined> {
  const match = /^([\w-]+)\.\.([\w-]{16})\.([\w-]+)\.([\w-]{22})$/.exec(message)
  const [header, iv, text, tag] = (match ?? []).slice(1)
  const sender = readHeader(header ?? '')
  const [ivBytes, textBytes, tagBytes] = [iv, text, tag].map((one) => decodeBase64Url(one ?? ''))
  if (sender === undefined || !ivBytes || !textBytes || !tagBytes) return undefined
  const sealed = new Uint8Array([...textBytes, ...tagBytes])
  const form = { name: 'AES-GCM', iv: ivBytes, additionalData: encodeText(header ?? '') }
  try {
    const key = await deriveKey(own, sender)
    return decodeText(new Uint8Array(await crypto.subtle.decrypt(form, key, sealed)))
  } catch {
    return undefined
  }
}

/** Reads the sender's key. Refuses any other algorithm or further member. */
function readHeader(encoded: string): PublicJwk | undefined {
  const text = decodeText(decodeBase64Url(encoded) ?? new Uint8Array())
  try {
    const { epk, ...others } = JSON.parse(text ?? '')
    const isRight = JSON.stringify(others) === JSON.stringify({ alg, enc })
    return isRight ? readPublicJwk(epk) : undefined
  } catch {
    return undefined
  }
}

/** Concat KDF with SHA-256 (RFC 7518 section 4.6.2): one round, no `apu`, no `apv`. */
async function deriveKey(own: CryptoKey, { kty, crv, x, y }: PublicJwk): Promise<CryptoKey> {
  const jwk = { kty, crv, x, y }
  const other = await crypto.subtle.importKey('jwk', jwk, agreement, false, [])
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: other }, own, 256)
  const input = new Uint8Array([
    ...encodeNumber(1),
    ...new Uint8Array(shared),
    ...encodeNumber(enc.length),
    ...encodeText(enc),
    ...encodeNumber(0),
    ...encodeNumber(0),
    ...encodeNumber(256),
  ])
  const digest = await crypto.subtle.digest('SHA-256', input)
  return await crypto.subtle.importKey('raw', digest, 'AES-GCM', false, ['encrypt', 'decrypt'])
}

/** 32 bits, the highest byte first. */
const encodeNumber = (value: number): Uint8Array =>
  new Uint8Array([value >>> 24, value >>> 16, value >>> 8, value])
