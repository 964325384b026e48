/**
 * The keys with which this server signs its messages to one device. Owns how they are made and used; the stores seal them. A
 * device knows the thumbprint from its link and trusts no other key.
 */
import { algorithm, exportPublicKey, type PublicJwk, signMessage } from '#authenticator'

export interface NewServerKey {
  readonly jwk: PublicJwk
  /** PKCS #8. */
  readonly bytes: Uint8Array
}

/** What has a server key: a registration, and later the device. */
export interface KeyHolder {
  readonly serverJwk: PublicJwk
  /** Opens the private key, PKCS #8. */
  serverKey(): Uint8Array
}

export async function createServerKey(): Promise<NewServerKey> {
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const bytes = new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey))
  return { jwk: await exportPublicKey(pair.publicKey), bytes }
}

/** @param introduces whether the message names the key in its header, for a device that knows only its thumbprint */
export async function signAsServer(
  holder: KeyHolder,
  { type, claims }: { readonly type: string; readonly claims: object },
  introduces = false,
): Promise<string> {
  const bytes = Uint8Array.from(holder.serverKey())
  const key = await crypto.subtle.importKey('pkcs8', bytes, algorithm, false, ['sign'])
  return await signMessage(type, claims, key, introduces ? holder.serverJwk : undefined)
}
