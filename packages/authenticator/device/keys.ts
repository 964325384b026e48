/** Makes and wraps the keys of the phone. No key that leaves this file can be exported. */
import { encodeText } from '../protocol/base64url.ts'
import { algorithm, computeThumbprint, exportPublicKey } from '../protocol/keys.ts'
import type { AnswerKey, PrivateKey } from './account.ts'

/** An answer key that is stored without wrapping. */
export async function createAnswerKey(): Promise<AnswerKey> {
  const pair = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
  return await describeKey(pair.publicKey, { type: 'plain', key: pair.privateKey })
}

/** A new key before it is wrapped. Its private part can be exported, so it must not be stored or handed on. */
export interface FreshKey {
  readonly thumbprint: string
  /** @param secret the result of the passkey's PRF, 32 bytes */
  wrap(secret: Uint8Array<ArrayBuffer>): Promise<AnswerKey>
}

export async function createFreshKey(): Promise<FreshKey> {
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const jwk = await exportPublicKey(pair.publicKey)
  return {
    thumbprint: await computeThumbprint(jwk),
    async wrap(secret) {
      const iv = crypto.getRandomValues(new Uint8Array(12))
      const wrapping = await deriveWrappingKey(secret)
      const bytes = await crypto.subtle.wrapKey('pkcs8', pair.privateKey, wrapping, {
        name: 'AES-GCM',
        iv,
      })
      return await describeKey(pair.publicKey, {
        type: 'wrapped',
        iv,
        bytes: new Uint8Array(bytes),
      })
    },
  }
}

/**
 * The key for signing.
 * @param secret the result of the passkey's PRF; absent without a passkey
 * @returns `undefined`: the key is wrapped, and this secret does not open it
 */
export async function openKey(
  privateKey: PrivateKey,
  secret: Uint8Array<ArrayBuffer> | undefined,
): Promise<CryptoKey | undefined> {
  if (privateKey.type === 'plain') return privateKey.key
  if (secret === undefined) return undefined
  try {
    const { iv, bytes } = privateKey
    const wrapping = await deriveWrappingKey(secret)
    const form = { name: 'AES-GCM', iv }
    return await crypto.subtle.unwrapKey('pkcs8', bytes, wrapping, form, algorithm, false, ['sign'])
  } catch {
    return undefined
  }
}

/** HKDF (RFC 5869), because a PRF result is never used directly as a key. */
async function deriveWrappingKey(secret: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey'])
  return await crypto.subtle.deriveKey(
    {
      name: 'HKDF',
      hash: 'SHA-256',
      salt: new Uint8Array(32),
      info: encodeText('einlass-answer-key-v1'),
    },
    base,
    { name: 'AES-GCM', length: 256 },
    false,
    ['wrapKey', 'unwrapKey'],
  )
}

async function describeKey(publicKey: CryptoKey, privateKey: PrivateKey): Promise<AnswerKey> {
  const jwk = await exportPublicKey(publicKey)
  return { thumbprint: await computeThumbprint(jwk), jwk, privateKey }
}
