/**
 * The rule for one person and one request, after everything that changes it. Owns the order of the changes: first the app's
 * rule, then its first group that the person is in, then the level that the request asks for. Owns whether the person is in
 * a group that may enter. Decides nothing.
 */
import type { Queries } from '../../platform/storage/database.ts'
import {
  type Acr,
  acrCode,
  acrLevels,
  acrNumber,
  acrPassword,
  acrPhishingResistant,
  acrVerifiedCode,
  findHighestLevel,
  isAtLeast,
  strengthLevels,
} from './assurance.ts'
import { type AppPolicy, type Policy, withoutAbsent } from './policy.ts'

/** The rule for one person and one request. */
export interface EffectivePolicy extends Policy {
  /** The level of the app's own rule. It is required beside the request's level, as far as the person has enrolled it. */
  readonly attainableLevel?: Policy['level']
  /** The person is in no group that may enter the app. */
  readonly isEntryRefused?: true
}

/** What changes a rule. */
export interface PolicyChanges {
  /** The groups of the person. Absent: the groups of the rule are left in it. */
  readonly groups?: readonly string[] | undefined
  /** What the request asks for. */
  readonly wish?: { readonly acrValues: readonly string[] | undefined; readonly highestHere: Acr }
}

/**
 * The rule after groups and wishes.
 * @example
 * createEffectivePolicy(app.policy, { groups: ['staff'] })
 * createEffectivePolicy(app.policy, { wish: { acrValues: [acrNumber], highestHere: acrPhishingResistant } })
 */
export function createEffectivePolicy(
  policy: AppPolicy,
  { groups, wish }: PolicyChanges,
): EffectivePolicy {
  const own = groups === undefined ? policy : applyGroups(policy, groups)
  const effective = wish === undefined ? own : applyWish(own, wish)
  return isMember(policy, groups) ? effective : { ...effective, isEntryRefused: true }
}

function isMember({ allowedGroups }: AppPolicy, groups: readonly string[] | undefined): boolean {
  if (allowedGroups === undefined || groups === undefined) return true
  return allowedGroups.some((one) => groups.includes(one))
}

export interface PolicySources {
  /** Read only for a rule that knows groups. */
  readonly listGroups: (queries: Queries, userId: string) => Promise<readonly string[]>
  /** The highest level that can be enrolled here. */
  readonly highestHere: Acr
}

/** Reads what the effective policy of this person depends on. */
export async function findEffectivePolicy(
  { listGroups, highestHere }: PolicySources,
  queries: Queries,
  policy: AppPolicy,
  { userId, acrValues }: { userId: string; acrValues: readonly string[] | undefined },
): Promise<EffectivePolicy> {
  const { groups: rules = [], allowedGroups = [] } = policy
  const hasGroups = rules.length > 0 || allowedGroups.length > 0
  const groups = hasGroups ? await listGroups(queries, userId) : undefined
  return createEffectivePolicy(policy, { groups, wish: { acrValues, highestHere } })
}

function applyGroups(policy: Policy, groups: readonly string[]): Policy {
  const { groups: rules = [], ...general } = policy
  const rule = rules.find(({ group }) => groups.includes(group))
  if (rule === undefined) return general
  const { group: _, ...changes } = rule
  return { ...general, ...withoutAbsent(changes) }
}

/**
 * A request for a level above the password's gets that level, but never less than the app's own rule requires: anybody can
 * write a wish into the address of a login.
 * OIDC Core 3.1.2.1 makes `acr_values` a wish in order of preference. So unknown values are ignored, and any of the known
 * ones will do. A wish for more than can be enrolled here gets the highest level that can; the token says which level it
 * was.
 */
function applyWish(
  policy: Policy,
  { acrValues, highestHere }: NonNullable<PolicyChanges['wish']>,
): EffectivePolicy {
  const asked = acrLevels.find((level) => acrValues?.includes(level))
  if (asked === undefined || asked === acrPassword) return policy
  const possible = isAtLeast(highestHere, asked) ? asked : highestHere
  const { secondFactor, level = 'possession', plainApproval = false } = policy
  const isRequired = secondFactor === 'required'
  return {
    secondFactor: 'required',
    level: nameLevel(isRequired ? findHighestLevel([possible, strengthLevels[level]]) : possible),
    ...(secondFactor === 'optional' && { attainableLevel: level }),
    skips: 0,
    decline: false,
    ...(plainApproval && { plainApproval }),
  }
}

function nameLevel(level: Acr): NonNullable<Policy['level']> {
  if (level === acrPhishingResistant) return 'phishing_resistant'
  if (level === acrVerifiedCode) return 'verified_code'
  if (level === acrCode) return 'code'
  return level === acrNumber ? 'number' : 'possession'
}
