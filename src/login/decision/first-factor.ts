/**
 * What a person without a second factor must show, beside the password, to enrol the first one. Owns the one decision that
 * pages and the transaction of an enrolment both use. It is pure: first-factor-facts.ts gathers what it depends on.
 *
 * A person chooses the app they log in to, and a thief as well. So the strictest rule of all apps that the person may enter
 * applies in each of them, and on their own pages.
 */
import { createEffectivePolicy } from '../../identity/policy/effective.ts'
import {
  type AppPolicy,
  type FirstFactorRule,
  firstFactorRules,
} from '../../identity/policy/policy.ts'

/** Whose invitation a journey began with: the person's own, another person's, or one that is used, ended or too old. */
export type InvitationState = 'valid' | 'other_person' | 'over'

export interface FirstFactorFacts {
  readonly rule: FirstFactorRule
  /** The person has a second factor, or has lost all: then it is not the first one, and is verified before anything else. */
  readonly hasFactor: boolean
  /** A code of the service desk was verified in this journey. */
  readonly hasPass: boolean
  /** Absent: the journey began with none. */
  readonly invitation?: InvitationState | undefined
  /** The browser is in a network where enrolment is allowed. */
  readonly isInNetwork: boolean
}

export type FirstFactorDecision =
  | { readonly type: 'allowed'; readonly by: 'second_factor' | FirstFactorRule }
  | {
      readonly type: 'missing'
      readonly rule: Exclude<FirstFactorRule, 'password'>
      /** Why the invitation of the journey does not help. */
      readonly invitation?: Exclude<InvitationState, 'valid'>
    }

/** The strictest rule among these policies, for a person in these groups. */
export function findStrictest(
  policies: readonly AppPolicy[],
  groups: readonly string[],
): FirstFactorRule {
  const ranks = policies
    .map((policy) => createEffectivePolicy(policy, { groups }))
    .filter(({ isEntryRefused }) => isEntryRefused !== true)
    .map(({ firstFactor = 'password' }) => rankRule(firstFactor))
  return firstFactorRules[Math.max(0, ...ranks)] ?? 'pass'
}

const rankRule = (rule: FirstFactorRule): number => firstFactorRules.indexOf(rule)

/** The decision. More proof never makes it stricter. */
export function decideFirstFactor(facts: FirstFactorFacts): FirstFactorDecision {
  const { rule, hasFactor, invitation } = facts
  if (hasFactor) return { type: 'allowed', by: 'second_factor' }
  const shown = findShown(facts)
  if (rule === 'password' || rankRule(shown) >= rankRule(rule))
    return { type: 'allowed', by: shown }
  return {
    type: 'missing',
    rule,
    ...(invitation !== undefined && invitation !== 'valid' && { invitation }),
  }
}

/** The strictest rule that is met. */
function findShown({ hasPass, invitation, isInNetwork }: FirstFactorFacts): FirstFactorRule {
  if (hasPass) return 'pass'
  if (invitation === 'valid') return 'invitation'
  return isInNetwork ? 'network' : 'password'
}
