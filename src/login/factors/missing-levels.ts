/**
 * Levels that a policy requires and that no factor of this configuration reaches. Owns the sentences for the administrator,
 * in English. Knows no app.
 */

import {
  type Acr,
  acrPossession,
  findHighestLevel,
  isAtLeast,
  strengthLevels,
} from '../../identity/policy/assurance.ts'
import { createEffectivePolicy } from '../../identity/policy/effective.ts'
import type { Policy } from '../../identity/policy/policy.ts'
import type { Config } from '../../platform/config/schema.ts'
import { listFactors } from './index.ts'

/** What the configuration lacks for a level, as the end of a sentence; `undefined` when it lacks nothing. */
export function explainMissingLevel(config: Config, level: Policy['level']): string | undefined {
  const wanted = strengthLevels[level ?? 'possession']
  const factors = listFactors().filter(
    (one) => !one.isFallback && isAtLeast(one.highestLevel, wanted),
  )
  if (factors.some((one) => one.isAvailable(config))) return undefined
  return factors.flatMap((one) => one.explainMissing?.(config) ?? []).join('; or it ')
}

/** The highest level that can be enrolled with this configuration. */
export function findHighestHere(config: Config): Acr {
  const levels = listFactors()
    .filter((one) => !one.isFallback && one.isAvailable(config))
    .map(({ highestLevel }) => highestLevel)
  return findHighestLevel([acrPossession, ...levels])
}

/** A sentence for each level of a policy that cannot be reached: for all users, and for each group with another level. */
export function listMissingLevels(config: Config, policy: Policy): string[] {
  const groups = (policy.groups ?? []).map(({ group }) => group)
  const rules = [
    { whose: '', rule: createEffectivePolicy(policy, { groups: [] }) },
    ...groups.map((group) => ({
      whose: ` for the group ${group}`,
      rule: createEffectivePolicy(policy, { groups: [group] }),
    })),
  ]
  return rules.flatMap(({ whose, rule: { secondFactor, level } }, at) => {
    if (secondFactor === 'none') return []
    const missing = explainMissingLevel(config, level)
    const isSame = at > 0 && level === policy.level && secondFactor === policy.secondFactor
    if (missing === undefined || isSame) return []
    const most =
      secondFactor === 'required' ? 'Nobody gets in' : 'Nobody can set up what it asks for'
    return [`level ${level}${whose} ${missing}. ${most}.`]
  })
}
