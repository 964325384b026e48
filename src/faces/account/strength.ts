/** How a session was authenticated and what would be stronger, in words for its owner. */

import {
  type Acr,
  acrApproval,
  acrCode,
  acrLevels,
  acrNumber,
  acrPassword,
  acrPhishingResistant,
  acrPossession,
  acrVerifiedCode,
  findHighestLevel,
  isAtLeast,
} from '../../identity/policy/assurance.ts'
import type { Authentication } from '../../identity/sessions/session.ts'
import type { Authenticator } from '../../login/factors/factor.ts'
import { describeFactor, type FactorKind, isFallback } from '../../login/factors/index.ts'
import { type Message, type MessageKey, message } from '../../platform/ui/message.ts'

export interface Strength {
  readonly method: Message
  /** `undefined`: nothing is stronger. */
  readonly stronger: Message | undefined
}

/** The authenticators and kinds to compare with. */
export interface StrengthContext {
  readonly own: readonly Authenticator[]
  /** The kinds that can be set up here. */
  readonly enrolKinds: readonly FactorKind[]
}

export function describeStrength(
  {
    acr,
    amr,
    hasDeferred = false,
  }: Pick<Authentication, 'acr' | 'amr'> & { hasDeferred?: boolean },
  { own, enrolKinds }: StrengthContext,
): Strength {
  return {
    method: message(chooseMethodKey(acr, amr)),
    stronger: isApproval(acr, amr)
      ? undefined
      : strongerThan(acr, hasDeferred, findHighestUsable(own), enrolKinds),
  }
}

/** An app requested it without a browser: it was as strong as that app requires. */
const isApproval = (acr: string, amr: readonly string[]): boolean =>
  acr === acrApproval || (acr === acrVerifiedCode && !amr.includes('pwd'))

function chooseMethodKey(acr: string, amr: readonly string[]): MessageKey {
  switch (acr) {
    case acrPhishingResistant:
      return amr.includes('pwd') ? 'account.method.with_passkey' : 'account.method.passkey'
    case acrVerifiedCode:
      return isApproval(acr, amr) ? 'account.method.verified_phone' : 'account.method.verified_code'
    case acrCode:
      return 'account.method.phone_code'
    case acrNumber:
      return 'account.method.number'
    case acrPossession:
      return amr.includes('otp') ? 'account.method.code' : 'account.method.possession'
    case acrApproval:
      return 'account.method.approval'
    default:
      return 'account.method.password'
  }
}

function findHighestUsable(own: readonly Authenticator[]): Acr {
  const usable = own.filter(({ kind, state }) => !isFallback(kind) && state === 'usable')
  return findHighestLevel([acrPassword, ...usable.map(({ level }) => level)])
}

function strongerThan(
  acr: string,
  hasDeferred: boolean,
  highest: Acr,
  enrolKinds: readonly FactorKind[],
): Message | undefined {
  if (!isAtLeast(acr, highest)) return message(ownFactors[highest])
  if (hasDeferred && acr === acrPassword) return message('account.stronger.deferred')
  const [strongest] = enrolKinds
    .map(describeFactor)
    .filter(({ words, highestLevel }) => words.stronger && !isAtLeast(acr, highestLevel))
    .sort((a, b) => acrLevels.indexOf(b.highestLevel) - acrLevels.indexOf(a.highestLevel))
  return strongest?.words.stronger
}

/** By what the person has set up. */
const ownFactors: Readonly<Record<Acr, MessageKey>> = {
  [acrPassword]: 'account.stronger.own_possession',
  [acrPossession]: 'account.stronger.own_possession',
  [acrNumber]: 'account.stronger.own_number',
  [acrCode]: 'account.stronger.own_code',
  [acrVerifiedCode]: 'account.stronger.own_verified_code',
  [acrPhishingResistant]: 'account.stronger.own_passkey',
}
