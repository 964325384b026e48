/** Which rules would no longer be met without one of a person's authenticators. Owns the comparison; knows no page. */

import { type Acr, findHighestLevel, isAtLeast } from '../../identity/policy/assurance.ts'
import type { Policy } from '../../identity/policy/policy.ts'
import type { Rule } from '../factors/authenticator-operations.ts'
import type { Authenticator } from '../factors/factor.ts'
import { isFallback } from '../factors/index.ts'
import { findRequiredLevel } from './decide.ts'

/** Only what was met before can be lost: a phone that no message reaches is no loss. */
export function findRulesLost(
  rules: readonly Rule[],
  own: readonly Authenticator[],
  id: string,
): Rule[] {
  const usable = own.filter(({ state, kind }) => state === 'usable' && !isFallback(kind))
  const before = findHighestLevel(usable.map(({ level }) => level))
  const gone = [id, ...(own.find((one) => one.id === id)?.goesWith ?? [])]
  const left = usable.filter((one) => !gone.includes(one.id))
  const after = findHighestLevel(left.map(({ level }) => level))
  return rules.filter(
    ({ policy }) =>
      policy.secondFactor === 'required' && meets(before, policy) && !meets(after, policy),
  )
}

function meets(level: Acr | undefined, policy: Policy): boolean {
  return level !== undefined && isAtLeast(level, findRequiredLevel(policy, level))
}
