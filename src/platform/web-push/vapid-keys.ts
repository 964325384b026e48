/** The keys by which push services know this server (VAPID, RFC 8292). Every start reads them; only a sender signs with them. */
import { createECDH } from 'node:crypto'

/** Base64url: the public key as an uncompressed point on P-256 (65 bytes), the private key as 32 bytes (RFC 8292). */
export interface VapidKeys {
  readonly publicKey: string
  readonly privateKey: string
}

/** @param text the private key. `undefined`: it is no such key. */
export function readVapidKeys(text: string): VapidKeys | undefined {
  if (!/^[\w-]{43}$/.test(text)) return undefined
  try {
    const pair = createECDH('prime256v1')
    pair.setPrivateKey(Buffer.from(text, 'base64url'))
    return { privateKey: text, publicKey: pair.getPublicKey().toString('base64url') }
  } catch {
    return undefined
  }
}
