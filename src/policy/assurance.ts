/**
 * How strong a login is. Owns the levels (`acr`) and the honest names of the methods (`amr`, RFC 8176 section 2).
 * A level says what was proven, not what was configured.
 */

/** A password alone. */
export const acrPassword = 'urn:einlass:acr:password'
/** A password and a second device that answered, without a number carried over: open to a mistaken tap. */
export const acrPossession = 'urn:einlass:acr:possession'
/** A password and a second device on which the person chose the number that the login page showed. */
export const acrNumber = 'urn:einlass:acr:number'

/** Weakest first. */
export const acrLevels = [acrPassword, acrPossession, acrNumber] as const
export type Acr = (typeof acrLevels)[number]

export type Strength = 'knowledge' | 'possession' | 'number'

export interface ProvenFactor {
  readonly strength: Strength
  readonly amr: readonly string[]
}

/** The level that these proofs add up to. No knowledge factor, no level above the password's. */
export function assuranceOf(proofs: readonly ProvenFactor[]): { acr: Acr; amr: readonly string[] } {
  const strengths = new Set(proofs.map((proof) => proof.strength))
  const amr = [...new Set(proofs.flatMap((proof) => proof.amr))]
  const second = strengths.has('number') || strengths.has('possession')
  if (!second || !strengths.has('knowledge')) return { acr: acrPassword, amr }
  return { acr: strengths.has('number') ? acrNumber : acrPossession, amr: [...amr, 'mfa'] }
}

/** Whether `actual` is at least as strong as `wanted`. An unknown wish is never met. */
export function isAtLeast(actual: string, wanted: string): boolean {
  const levels: readonly string[] = acrLevels
  return levels.includes(wanted) && levels.indexOf(actual) >= levels.indexOf(wanted)
}
