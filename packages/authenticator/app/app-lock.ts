/**
 * The lock of the app: a passkey of this phone that verifies its owner before the app shows anything. Nobody checks the
 * signature, because a program that could forge it could also read the storage of the app. The lock protects against the eyes
 * and fingers of other people.
 */
import { decodeBase64Url, encodeBase64Url } from '../protocol/base64url.ts'
import { createUserHandle } from './user-handle.ts'

/** Whether the phone can verify its owner by a finger, a face or a PIN. */
export async function canLock(): Promise<boolean> {
  if (!('PublicKeyCredential' in window)) return false
  return await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable()
}

const randomBytes = (): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(32))

/** Has to be called from a click. @returns the id of the passkey; `undefined`: the person declined, or it failed */
export async function createLock(name: string): Promise<string | undefined> {
  try {
    const made = await navigator.credentials.create({
      publicKey: {
        rp: { name },
        user: { id: createUserHandle(), name, displayName: name },
        challenge: randomBytes(),
        pubKeyCredParams: [-7, -257].map((alg) => ({ type: 'public-key', alg })),
        authenticatorSelection: {
          authenticatorAttachment: 'platform',
          residentKey: 'discouraged',
          userVerification: 'required',
        },
      },
    })
    return made instanceof PublicKeyCredential
      ? encodeBase64Url(new Uint8Array(made.rawId))
      : undefined
  } catch {
    return undefined
  }
}

/** Has to be called from a click. */
export async function openLock(id: string): Promise<boolean> {
  try {
    const found = await navigator.credentials.get({
      publicKey: {
        challenge: randomBytes(),
        allowCredentials: [{ type: 'public-key', id: decodeBase64Url(id) ?? new Uint8Array() }],
        userVerification: 'required',
      },
    })
    if (!(found instanceof PublicKeyCredential)) return false
    const { authenticatorData } = found.response as AuthenticatorAssertionResponse
    // The flag UV (WebAuthn, section 6.1).
    return (new DataView(authenticatorData).getUint8(32) & 0x04) !== 0
  } catch {
    return false
  }
}
