/**
 * What a fallback (a recovery code, a pass) would achieve in a login, judged before it is used, so that none is wasted. Its
 * level is low: where more is required, it lets nobody in, and helps only a person who enrols something with it. Pure.
 */
import { type Acr, acrPassword, isAtLeast } from '../../identity/policy/assurance.ts'
import type { TroubleReason } from '../factors/trouble.ts'

/**
 * `enters`: it is enough. `enrols`: it is not enough, and the login goes on with an enrolment that is. `nothing`: the login
 * asks for what the person has, as before.
 */
export type FallbackUse = 'enters' | 'enrols' | 'nothing'

export interface FallbackCase {
  /** The level of the fallback. */
  readonly level: Acr
  readonly requiredLevel: Acr
  /** The highest level of the person's second factors; `undefined`: nothing is enrolled. */
  readonly highestLevel: Acr | undefined
  /** The highest level of those that can be asked now: neither off nor unreachable. */
  readonly askableLevel: Acr | undefined
  /** What the person has said of the phone or key that is not at hand. */
  readonly reason: TroubleReason | undefined
}

export function judgeFallback(found: FallbackCase): FallbackUse {
  const { level, requiredLevel, highestLevel = acrPassword, askableLevel, reason } = found
  if (isAtLeast(level, requiredLevel)) return 'enters'
  // The person's own factors are no stronger, so a stronger one is enrolled next.
  if (isAtLeast(level, highestLevel)) return 'enrols'
  if (!isAtLeast(askableLevel ?? acrPassword, highestLevel)) return 'enrols'
  return reason === 'lost' || reason === 'renewed' ? 'enrols' : 'nothing'
}
