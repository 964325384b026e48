/**
 * The credential (WebAuthn Level 3) with which a phone verifies its owner, by a PIN, a finger or a face. Owns the challenge for a
 * new one, and the judgement of a new one and of its use. The credential belongs to the origin of the app, which may be that of
 * another server.
 */
import {
  type Answer,
  computeChallenge,
  computeThumbprint,
  type Enrol,
  encodeBase64Url,
  hash,
  type Offer,
} from '#authenticator'
import { type Acr, acrCode, acrVerifiedCode } from '../../../identity/policy/assurance.ts'
import {
  judgeAssertion,
  judgeAttestation,
  type KnownCredential,
  type RightAnswer,
} from '../webauthn/judge.ts'
import type { RelyingParty } from '../webauthn/site.ts'
import type { Registration } from './registrations.ts'

export interface PhoneCredential extends KnownCredential {
  readonly site: RelyingParty
}

/** The part of a phone that says whether it has a credential. */
export interface CredentialHolder {
  readonly credential: PhoneCredential | undefined
}

/** The highest level that an answer of this phone achieves. */
export const findLevel = ({ credential }: CredentialHolder): Acr =>
  credential === undefined ? acrCode : acrVerifiedCode

/** Whether an approval on this phone verifies its owner. A phone that can do it always has to. */
export const findVerification = ({ credential }: CredentialHolder): 'none' | 'required' =>
  credential === undefined ? 'none' : 'required'

type RegistrationFacts = Pick<Registration, 'id' | 'verification' | 'secret'>

/** The same link always gets the same challenge; a link is good for one phone. */
export async function createCredentialOptions(
  registration: RegistrationFacts,
): Promise<NonNullable<Offer['credential']>> {
  return { challenge: await createChallenge(registration), use: registration.verification }
}

const createChallenge = async ({ id, secret }: RegistrationFacts): Promise<string> =>
  await hash(`einlass challenge\n${id}\n${secret()}`)

export type NewCredential =
  | { readonly type: 'right'; readonly credential: PhoneCredential | undefined }
  | { readonly type: 'wrong'; readonly reason: 'credential' | 'no_credential' }

/** Judges the credential of an enrolment. There may be none unless the registration requires one. */
export async function judgeNewCredential(
  registration: RegistrationFacts,
  { app, credential }: Pick<Enrol, 'app' | 'credential'>,
): Promise<NewCredential> {
  if (credential === undefined) {
    return registration.verification === 'required'
      ? { type: 'wrong', reason: 'no_credential' }
      : { type: 'right', credential: undefined }
  }
  const site: RelyingParty = { rpId: new URL(app).hostname, origin: app }
  const challenge = await createChallenge(registration)
  const { id, clientDataJSON, attestationObject } = credential
  const response = { clientDataJSON, attestationObject, transports: [] }
  const made = await judgeAttestation(
    { site, challenge, needsVerifiedUser: true },
    { id, rawId: id, type: 'public-key', response },
  )
  if (made === undefined) return { type: 'wrong', reason: 'credential' }
  const { credentialId, publicKey, signCount, isBackupEligible } = made
  return {
    type: 'right',
    credential: { site, credentialId, publicKey, signCount, isBackupEligible },
  }
}

/** Judges whether the person was verified for this answer. `undefined`: they were not. */
export async function judgeVerification(
  { credential }: CredentialHolder,
  { verification, jti, nonce, next }: Pick<Answer, 'verification' | 'jti' | 'nonce' | 'next'>,
): Promise<RightAnswer | undefined> {
  if (credential === undefined || verification === undefined) return undefined
  const { id, ...response } = verification
  const bound = { jti, nonce, next: await computeThumbprint(next) }
  const challenge = encodeBase64Url(await computeChallenge(bound))
  const judgement = await judgeAssertion(
    { site: credential.site, challenge, needsVerifiedUser: true },
    credential,
    { id, rawId: id, type: 'public-key', response },
  )
  return judgement.type === 'right' ? judgement : undefined
}

/** As it is stored: JSON. */
export function writeCredential({ publicKey, ...credential }: PhoneCredential): string {
  return JSON.stringify({ ...credential, publicKey: encodeBase64Url(publicKey) })
}

export function readCredential(text: string): PhoneCredential {
  const { publicKey, ...credential } = JSON.parse(text)
  return { ...credential, publicKey: new Uint8Array(Buffer.from(publicKey, 'base64url')) }
}
