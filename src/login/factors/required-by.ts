/** Which rules would no longer be met without one of a person's authenticators. Owns the comparison; knows no page. */

import { type Acr, isAtLeast, strongerOf } from '../../identity/policy/assurance.ts'
import { levelOf, type Policy } from '../../identity/policy/policy.ts'
import type { OwnAuthenticator } from './factor.ts'

/** The rule that an app has for this person. Without a name: the rule of the person's own pages. */
export interface Rule {
  readonly app: string | undefined
  readonly policy: Policy
}

/** Only what was met before can be lost: a phone that no message reaches is no loss. */
export function rulesLostWithout(
  rules: readonly Rule[],
  own: readonly OwnAuthenticator[],
  id: string,
): Rule[] {
  const usable = own.filter(({ state, kind }) => state === 'usable' && kind !== 'recovery')
  const before = reachOf(usable)
  const after = reachOf(usable.filter((one) => one.id !== id))
  return rules.filter(
    ({ policy }) =>
      policy.secondFactor === 'required' && meets(before, policy) && !meets(after, policy),
  )
}

function reachOf(own: readonly OwnAuthenticator[]): Acr | undefined {
  return own.reduce<Acr | undefined>(
    (reach, one) => (reach === undefined ? one.reach : strongerOf(reach, one.reach)),
    undefined,
  )
}

function meets(reach: Acr | undefined, policy: Policy): boolean {
  return reach !== undefined && isAtLeast(reach, levelOf(policy, reach))
}
