/**
 * The judgement of what an authenticator sent (WebAuthn Level 3 sections 7.1 and 7.2). Owns the rules that @simplewebauthn/server
 * leaves to us: no answer from a frame in another site, no change of the backup eligibility, no counter that stands still. Reads
 * no database.
 */
import { z } from 'zod'
import type { RelyingParty } from './site.ts'

/** RFC 4648 section 5, without padding. */
const base64url = z.string().regex(/^[\w-]+$/)
/** 1,023 bytes, section 7.1 step 25. */
const credentialId = base64url.max(1364)
const credential = { id: credentialId, rawId: credentialId, type: z.literal('public-key') }

const assertionSchema = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: base64url.max(4096),
    authenticatorData: base64url.max(2048),
    signature: base64url.max(2048),
    userHandle: base64url.max(86).nullish(),
  }),
})

/** Section 5.8.4; unknown values are stored for the browser that knows them. */
const transport = z.string().regex(/^[a-z-]{1,32}$/)

const attestationSchema = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: base64url.max(4096),
    attestationObject: base64url.max(16_384),
    transports: z.array(transport).max(10).default([]),
  }),
})

export type Assertion = z.output<typeof assertionSchema>
export type Attestation = z.output<typeof attestationSchema>

/** The JSON form of a credential (section 5.1.8) that was asked for; `undefined` for other text. */
export const readAssertion = (text: string): Assertion | undefined => read(assertionSchema, text)

/** The JSON form of a new credential; `undefined` for other text. */
export const readAttestation = (text: string): Attestation | undefined =>
  read(attestationSchema, text)

function read<Output>(schema: z.ZodType<Output>, text: string): Output | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** What is known of a credential before it is used. */
export interface KnownCredential {
  readonly credentialId: string
  readonly publicKey: Uint8Array<ArrayBuffer>
  readonly signCount: number
  readonly isBackupEligible: boolean
}

export interface AssertionRequirement {
  readonly site: RelyingParty
  /** base64url, as in the options that the browser got. */
  readonly challenge: string
  /** The authenticator has to check the person itself, by a PIN or a finger. */
  readonly needsVerifiedUser: boolean
}

export type AssertionJudgement =
  | {
      readonly type: 'right'
      readonly signCount: number
      readonly isBackedUp: boolean
      readonly isUserVerified: boolean
    }
  | { readonly type: 'refused'; readonly reason: 'invalid' | 'backup_changed' | 'cloned' }

export type RightAnswer = Extract<AssertionJudgement, { type: 'right' }>

/** `cloned` only if the answer is right in everything else. */
export async function judgeAssertion(
  { site, challenge, needsVerifiedUser }: AssertionRequirement,
  known: KnownCredential,
  assertion: Assertion,
): Promise<AssertionJudgement> {
  if (assertion.id !== known.credentialId) return invalid
  if (isFromForeignFrame(assertion.response.clientDataJSON)) return invalid
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
  const { userHandle, ...response } = assertion.response
  const verdict = await verifyAuthenticationResponse({
    response: {
      ...assertion,
      response: { ...response, ...(userHandle && { userHandle }) },
      clientExtensionResults: {},
    },
    expectedChallenge: challenge,
    expectedOrigin: site.origin,
    expectedRPID: site.rpId,
    // The counter is judged below, where a clone can be distinguished from an answer that is wrong in another respect.
    credential: { id: known.credentialId, publicKey: known.publicKey, counter: 0 },
    requireUserVerification: needsVerifiedUser,
  }).catch(() => undefined)
  if (verdict?.verified !== true) return invalid
  const { newCounter, credentialDeviceType, credentialBackedUp, userVerified } =
    verdict.authenticationInfo
  if ((credentialDeviceType === 'multiDevice') !== known.isBackupEligible) {
    return { type: 'refused', reason: 'backup_changed' }
  }
  const counts = newCounter !== 0 || known.signCount !== 0
  if (counts && newCounter <= known.signCount) return { type: 'refused', reason: 'cloned' }
  return {
    type: 'right',
    signCount: newCounter,
    isBackedUp: credentialBackedUp,
    isUserVerified: userVerified,
  }
}

export interface RegisteredCredential extends KnownCredential {
  readonly isBackedUp: boolean
  readonly isUserVerified: boolean
  readonly transports: readonly string[]
}

/** COSE algorithms (RFC 9053, RFC 8812): EdDSA, ES256, RS256. */
export const algorithms = [-8, -7, -257]

/** `undefined`: the answer is not right. What the authenticator says about its maker is not read. */
export async function judgeAttestation(
  { site, challenge, needsVerifiedUser }: AssertionRequirement,
  attestation: Attestation,
): Promise<RegisteredCredential | undefined> {
  if (isFromForeignFrame(attestation.response.clientDataJSON)) return undefined
  const attestationObject = await withoutMaker(attestation.response.attestationObject)
  if (attestationObject === undefined) return undefined
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  const { transports, clientDataJSON } = attestation.response
  const verdict = await verifyRegistrationResponse({
    response: {
      ...attestation,
      response: { clientDataJSON, attestationObject },
      clientExtensionResults: {},
    },
    expectedChallenge: challenge,
    expectedOrigin: site.origin,
    expectedRPID: site.rpId,
    requireUserVerification: needsVerifiedUser,
    supportedAlgorithmIDs: algorithms,
  }).catch(() => undefined)
  if (verdict?.verified !== true) return undefined
  const { credential: made, credentialDeviceType, ...info } = verdict.registrationInfo
  if (made.id !== attestation.id) return undefined
  return {
    credentialId: made.id,
    publicKey: made.publicKey,
    signCount: made.counter,
    isBackupEligible: credentialDeviceType === 'multiDevice',
    isBackedUp: info.credentialBackedUp,
    isUserVerified: info.userVerified,
    transports,
  }
}

/**
 * The same object with the statement `none` (section 8.7), which is what was asked for. With another statement, the library would
 * fetch whatever addresses its certificates name, before it knows whose they are.
 */
async function withoutMaker(attestationObject: string): Promise<string | undefined> {
  const { decodeAttestationObject, isoBase64URL, isoCBOR } = await import(
    '@simplewebauthn/server/helpers'
  )
  try {
    const said = decodeAttestationObject(isoBase64URL.toBuffer(attestationObject))
    const plain = new Map<string, string | Uint8Array | Map<string, string>>([
      ['fmt', 'none'],
      ['attStmt', new Map<string, string>()],
      ['authData', said.get('authData')],
    ])
    return isoBase64URL.fromBuffer(isoCBOR.encode(plain))
  } catch {
    return undefined
  }
}

const invalid = { type: 'refused', reason: 'invalid' } as const

const clientDataSchema = z.object({
  crossOrigin: z.literal(false).optional(),
  topOrigin: z.undefined().optional(),
})

/** Our pages are never framed, so an answer that says `crossOrigin` does not come from one of them. */
function isFromForeignFrame(clientData: string): boolean {
  const text = Buffer.from(clientData, 'base64url').toString()
  return read(clientDataSchema, text) === undefined
}
