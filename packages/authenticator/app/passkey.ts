/**
 * The passkey of this phone for an account: it verifies the person. If it supports the PRF extension (WebAuthn Level 3 section
 * 10.1.4), it also gives the secret that wraps the answer keys. The browser asks for the finger, the face or the PIN.
 */
import type { Account } from '../device/account.ts'
import type { Verified } from '../device/answer.ts'
import type { MadeCredential } from '../device/enrol.ts'
import { decodeBase64Url, encodeBase64Url, encodeText } from '../protocol/base64url.ts'
import type { Offer } from '../protocol/messages.ts'

/** The input of the PRF. */
const prf = { eval: { first: encodeText('einlass-answer-key-v1') } }

/** Milliseconds that the person has. */
const timeout = 120_000

/** Whether this phone can verify its owner. No browser makes a passkey for an IP address. */
export async function canVerify(): Promise<boolean> {
  if (typeof PublicKeyCredential === 'undefined' || /^[\d.]+$|^\[/.test(location.hostname)) {
    return false
  }
  return await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().catch(
    () => false,
  )
}

/**
 * Has to be called from a click. `undefined`: the person or the phone declined.
 * @param userHandle see `createUserHandle`; a new passkey with the same handle replaces the previous one
 */
export async function makePasskey(
  offer: Offer,
  userHandle: Uint8Array<ArrayBuffer>,
): Promise<MadeCredential | undefined> {
  const asked = offer.credential
  if (asked === undefined) return undefined
  try {
    const made = await navigator.credentials.create({
      publicKey: {
        rp: { id: location.hostname, name: offer.issuer },
        user: {
          id: userHandle,
          name: `${offer.account} · Einlass Authenticator`,
          displayName: `${offer.account} · Einlass Authenticator`,
        },
        challenge: readBytes(asked.challenge),
        pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: 'public-key', alg })),
        authenticatorSelection: {
          authenticatorAttachment: 'platform',
          // Phones support the PRF extension only for such passkeys.
          residentKey: 'preferred',
          userVerification: 'required',
        },
        attestation: 'none',
        timeout,
        extensions: { prf },
      },
    })
    if (!(made instanceof PublicKeyCredential)) return undefined
    const { response, id } = made
    if (!(response instanceof AuthenticatorAttestationResponse)) return undefined
    const credential = {
      id,
      clientDataJSON: encode(response.clientDataJSON),
      attestationObject: encode(response.attestationObject),
    }
    const results = made.getClientExtensionResults().prf
    if (results?.enabled !== true) return { credential }
    // Some phones return the secret only when the passkey is used.
    const secret = readSecret(made) ?? (await askForSecret(id))
    return secret && { credential, secret }
  } catch {
    return undefined
  }
}

/** Asks the person. `undefined`: they declined, were not recognised, or the passkey is gone. */
export async function verifyPerson(
  { credentialId }: Pick<Account, 'credentialId'>,
  challenge: Uint8Array<ArrayBuffer>,
): Promise<Verified | undefined> {
  if (credentialId === undefined) return undefined
  const used = await usePasskey(credentialId, challenge)
  if (!(used?.response instanceof AuthenticatorAssertionResponse)) return undefined
  const { clientDataJSON, authenticatorData, signature } = used.response
  const verification = {
    id: used.id,
    clientDataJSON: encode(clientDataJSON),
    authenticatorData: encode(authenticatorData),
    signature: encode(signature),
  }
  const secret = readSecret(used)
  return { verification, ...(secret && { secret }) }
}

/** After the account is gone, its passkey is useless. Browsers that support it delete the passkey. */
export function forgetPasskey({ credentialId }: Pick<Account, 'credentialId'>): void {
  if (credentialId === undefined || typeof PublicKeyCredential === 'undefined') return
  const signals: { signalUnknownCredential?(gone: object): Promise<void> } = PublicKeyCredential
  signals.signalUnknownCredential?.({ rpId: location.hostname, credentialId }).catch(() => {})
}

async function askForSecret(id: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const used = await usePasskey(id, crypto.getRandomValues(new Uint8Array(32)))
  return used && readSecret(used)
}

async function usePasskey(
  id: string,
  challenge: Uint8Array<ArrayBuffer>,
): Promise<PublicKeyCredential | undefined> {
  try {
    const used = await navigator.credentials.get({
      publicKey: {
        challenge,
        rpId: location.hostname,
        allowCredentials: [{ type: 'public-key', id: readBytes(id) }],
        userVerification: 'required',
        timeout,
        extensions: { prf },
      },
    })
    return used instanceof PublicKeyCredential ? used : undefined
  } catch {
    return undefined
  }
}

function readSecret(of: PublicKeyCredential): Uint8Array<ArrayBuffer> | undefined {
  const first = of.getClientExtensionResults().prf?.results?.first
  if (first === undefined) return undefined
  return first instanceof ArrayBuffer
    ? new Uint8Array(first)
    : Uint8Array.from(new Uint8Array(first.buffer, first.byteOffset, first.byteLength))
}

const encode = (bytes: ArrayBuffer): string => encodeBase64Url(new Uint8Array(bytes))

const readBytes = (text: string): Uint8Array<ArrayBuffer> =>
  decodeBase64Url(text) ?? new Uint8Array()
