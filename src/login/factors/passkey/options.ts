/** What a browser is asked for, as JSON (WebAuthn Level 3 sections 5.1.9 and 5.1.10). */
import { message } from '../../../platform/ui/message.ts'
import type { WebAuthnTexts } from '../../engine/prompt.ts'
import { algorithms } from '../webauthn/judge.ts'
import type { RelyingParty } from '../webauthn/site.ts'
import { ceremonyLifetime } from './challenge.ts'
import type { Passkey } from './store.ts'

export interface NewOwner {
  /** base64url; says nothing about the person. */
  readonly handle: string
  readonly username: string
  readonly displayName: string
}

/** No second passkey on a device that has one of this person. */
export function creationOptions(
  site: RelyingParty & { readonly name: string },
  challenge: string,
  owner: NewOwner,
  known: readonly Passkey[],
): string {
  const { handle, username, displayName } = owner
  return JSON.stringify({
    rp: { id: site.rpId, name: site.name },
    user: { id: handle, name: username, displayName },
    challenge,
    pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
    timeout: ceremonyLifetime,
    excludeCredentials: known.map(createDescriptor),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
    attestation: 'none',
  })
}

/** For a person who is already known. */
export function requestOptions(
  site: RelyingParty,
  challenge: string,
  known: readonly Passkey[],
): string {
  return JSON.stringify({
    challenge,
    rpId: site.rpId,
    timeout: ceremonyLifetime,
    allowCredentials: known.map(createDescriptor),
    userVerification: 'preferred',
  })
}

/**
 * For a user who is not known yet: the passkey itself names its owner. The options list no passkeys and are the same for
 * every user name, so they do not show who has an account or a passkey.
 */
export function loginOptions(site: RelyingParty, challenge: string): string {
  return JSON.stringify({
    challenge,
    rpId: site.rpId,
    timeout: ceremonyLifetime,
    userVerification: 'required',
  })
}

function createDescriptor({ credentialId, transports }: Passkey) {
  return { type: 'public-key', id: credentialId, transports }
}

/** The texts of the script on a page on which a passkey is made or used. */
export function textsFor(ceremony: 'create' | 'get'): WebAuthnTexts {
  return {
    failed: message(ceremony === 'create' ? 'passkey.enrol.failed' : 'passkey.failed'),
    known: message('passkey.known'),
    unable: message('passkey.unable'),
    noScript: message('passkey.no_script'),
  }
}

/** The same for a person without another factor, so that none is mentioned. */
export const textsWithoutOther: WebAuthnTexts = {
  failed: message('passkey.failed.only'),
  unable: message('passkey.unable.only'),
  noScript: message('passkey.no_script.only'),
}
