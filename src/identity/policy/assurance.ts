/**
 * How strong a login is. Owns the levels (`acr`) and the honest names of the methods (`amr`, RFC 8176 section 2).
 * A level says what was proven, not what was configured.
 */

/** A password alone. */
export const acrPassword = 'urn:einlass:acr:password' as const
/** A password and something that the person has. The answer could be given without seeing the login page. */
export const acrPossession = 'urn:einlass:acr:possession' as const
/** A password and a second device on which the person chose the number that the login page showed. */
export const acrNumber = 'urn:einlass:acr:number' as const
/**
 * A password and a second device to which the person carried a code of six digits that the login page showed, by typing or
 * by scanning it.
 */
export const acrCode = 'urn:einlass:acr:code' as const
/** The same, and the second device itself has verified the person, by a PIN, a finger or a face. */
export const acrVerifiedCode = 'urn:einlass:acr:verified-code' as const
/** Two factors, one of them bound to this site by the browser: a phishing page gets nothing from it. */
export const acrPhishingResistant = 'urn:einlass:acr:phishing-resistant' as const

/**
 * An approval on a second device alone, without a password. It is one factor, and below all levels: it satisfies no
 * required level, so it opens only what requires none.
 */
export const acrApproval = 'urn:einlass:acr:approval' as const

/** Weakest first. */
export const acrLevels = [
  acrPassword,
  acrPossession,
  acrNumber,
  acrCode,
  acrVerifiedCode,
  acrPhishingResistant,
] as const
export type Acr = (typeof acrLevels)[number]

/** What a session can have. */
export type AchievedAcr = Acr | typeof acrApproval

export type Strength =
  | 'knowledge'
  | 'possession'
  | 'number'
  | 'code'
  | 'verified_code'
  | 'phishing_resistant'

/** The level that a proof of this strength reaches beside a password. */
export const strengthLevels = {
  knowledge: acrPassword,
  possession: acrPossession,
  number: acrNumber,
  code: acrCode,
  verified_code: acrVerifiedCode,
  phishing_resistant: acrPhishingResistant,
} as const satisfies Readonly<Record<Strength, Acr>>

export interface ProvenFactor {
  readonly strength: Strength
  /** With `mfa` when the authenticator checked the person itself, by a PIN or a finger. */
  readonly amr: readonly string[]
}

/** RFC 8176, 2: integrated authentication of Windows, which is a ticket of Kerberos. */
export const ticketMethod = 'wia'

/** Whether the login is based on a ticket, and not on a typed password. */
export const isOnTicket = (amr: readonly string[]): boolean =>
  amr.includes(ticketMethod) && !amr.includes('pwd')

/**
 * Whether these proofs have a first factor that a second one can add to: a password, or an authenticator that checked the
 * person itself.
 */
export function hasFirstFactor(proofs: readonly ProvenFactor[]): boolean {
  return proofs.some(({ strength, amr }) => strength === 'knowledge' || amr.includes('mfa'))
}

/**
 * The level that these proofs add up to. One factor alone is never above the password's level.
 * @example
 * assessProofs([{ strength: 'knowledge', amr: ['pwd'] }, { strength: 'number', amr: ['swk'] }])
 * // { acr: acrNumber, amr: ['pwd', 'swk', 'mfa'] }
 */
export function assessProofs(proofs: readonly ProvenFactor[]): {
  acr: Acr
  amr: readonly string[]
} {
  const amr = [...new Set(proofs.flatMap((proof) => proof.amr))]
  const levels = proofs.map(({ strength }) => strengthLevels[strength])
  const acr = hasFirstFactor(proofs) ? findHighestLevel([acrPassword, ...levels]) : acrPassword
  return { acr, amr: acr === acrPassword || amr.includes('mfa') ? amr : [...amr, 'mfa'] }
}

/**
 * The level of an approval without a password before it. A device that has itself verified the person is two factors.
 * @example
 * assessApproval({ strength: 'number', amr: ['swk', 'user'] }).acr // acrApproval
 * assessApproval({ strength: 'verified_code', amr: ['swk', 'user', 'mfa'] }).acr // acrVerifiedCode
 */
export function assessApproval(proof: ProvenFactor): {
  acr: AchievedAcr
  amr: readonly string[]
} {
  return hasFirstFactor([proof]) ? assessProofs([proof]) : { acr: acrApproval, amr: proof.amr }
}

/** Whether `actual` is at least as strong as `wanted`. An unknown wish is never met. */
export function isAtLeast(actual: string, wanted: string): boolean {
  const levels: readonly string[] = acrLevels
  return levels.includes(wanted) && levels.indexOf(actual) >= levels.indexOf(wanted)
}

/**
 * The highest of these levels. `undefined`: the list is empty.
 * @example
 * findHighestLevel([acrNumber, acrPossession]) // acrNumber
 */
export function findHighestLevel(levels: readonly [Acr, ...Acr[]]): Acr
export function findHighestLevel(levels: readonly Acr[]): Acr | undefined
export function findHighestLevel(levels: readonly Acr[]): Acr | undefined {
  return acrLevels.findLast((level) => levels.includes(level))
}
