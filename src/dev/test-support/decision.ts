/** For tests: the sources of the decision as they are given, instead of a database. */
import { type Acr, acrNumber } from '../../identity/policy/assurance.ts'
import { type Policy, policySchema } from '../../identity/policy/policy.ts'
import type { DeferralRule } from '../../login/decision/deferral.ts'
import type { DecisionSources, EnteredApp } from '../../login/decision/requirement.ts'
import type { Database } from '../../platform/storage/database.ts'

export interface KnownFacts {
  readonly highestLevel?: Acr
  /** Absent: as the highest one. */
  readonly usableLevel?: Acr
  readonly isAllLost?: boolean
  readonly declinedAt?: number
  readonly deferralsUsed?: number
  readonly deferredUnder?: readonly DeferralRule[]
}

export interface KnownRules {
  readonly defaultPolicy?: Policy
  readonly apps?: readonly (EnteredApp & { readonly id: string })[]
}

/** At most the level of a number can be enrolled. Nobody is in a group. */
export function createDecisionSources(
  facts: KnownFacts,
  { defaultPolicy = policySchema.parse({}), apps = [] }: KnownRules = {},
): DecisionSources {
  const {
    highestLevel,
    usableLevel = highestLevel,
    declinedAt,
    deferralsUsed,
    isAllLost = false,
  } = facts
  return {
    db: {} as Database,
    facts: {
      choices: {
        find: async () => ({ declinedAt: declinedAt ?? null, skipsUsed: deferralsUsed ?? 0 }),
      },
      findLevels: async () => ({ highestLevel, usableLevel, isAllLost }),
      findDeferrals: async () => JSON.stringify(facts.deferredUnder ?? []),
    },
    requirements: {
      findApp: async (_, id) => apps.find((app) => app.id === id),
      defaultPolicy,
      listGroups: async () => [],
      highestHere: acrNumber,
    },
  }
}
