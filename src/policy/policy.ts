/**
 * Which proof an app demands, and what a person may put off. Owns the rules as data and the decision; does not know
 * how a factor works or what a page looks like.
 */
import { z } from 'zod'
import { acrLevels, acrPassword } from './assurance.ts'

/** The rule of one app, as stored and as written in files. */
export const policySchema = z.strictObject({
  /** `none`: never asked. `optional`: asked when the user has one, offered when not. `required`: nobody gets in without. */
  secondFactor: z.enum(['none', 'optional', 'required']).default('optional'),
  /** How often a person without a second factor may put registration off. */
  skips: z.int().min(0).max(1000).default(3),
  /** The last day on which it may be put off, `YYYY-MM-DD` in UTC; absent: no last day. */
  skipUntil: z.iso.date().optional(),
  /** Whether a person may say *do not ask again*. Never honoured where the factor is required. */
  decline: z.boolean().default(false),
})

export type Policy = z.output<typeof policySchema>

/** What the decision depends on beside the rule. */
export interface SecondFactorFacts {
  /** A second factor was proven in this session or journey. */
  readonly proven: boolean
  readonly hasAuthenticator: boolean
  readonly declined: boolean
  /** Registration was put off in this session. */
  readonly putOff: boolean
  readonly skipsUsed: number
  /** Milliseconds since the epoch. */
  readonly now: number
}

/**
 * `enough`: let in. `confirm`: ask the authenticator that the person has. `offer`: ask the person to register one,
 * with whatever ways around it the policy allows.
 */
export type SecondFactorNeed = 'enough' | 'confirm' | 'offer'

export function secondFactorNeed(policy: Policy, facts: SecondFactorFacts): SecondFactorNeed {
  if (policy.secondFactor === 'none' || facts.proven) return 'enough'
  if (facts.hasAuthenticator) return 'confirm'
  if (facts.putOff && allowsSkipping(policy, facts.now)) return 'enough'
  if (facts.declined && mayDecline(policy)) return 'enough'
  return 'offer'
}

/** How often this person may still put registration off. */
export function skipsLeft(
  policy: Policy,
  facts: Pick<SecondFactorFacts, 'skipsUsed' | 'now'>,
): number {
  if (!allowsSkipping(policy, facts.now)) return 0
  return Math.max(0, policy.skips - facts.skipsUsed)
}

export function mayDecline(policy: Policy): boolean {
  return policy.secondFactor === 'optional' && policy.decline
}

/**
 * The rule for one request: an app that asks for a level above the password's gets it, whatever its own rule says.
 * OIDC Core 3.1.2.1 makes `acr_values` a wish in order of preference, so values that nobody knows are passed over.
 */
export function policyFor(policy: Policy, acrValues: readonly string[] | undefined): Policy {
  const levels: readonly string[] = acrLevels
  const known = (acrValues ?? []).filter((value) => levels.includes(value))
  if (known.length === 0 || known.includes(acrPassword)) return policy
  return { secondFactor: 'required', skips: 0, decline: false }
}

function allowsSkipping(policy: Policy, now: number): boolean {
  return policy.skips > 0 && (policy.skipUntil === undefined || now < endOfDay(policy.skipUntil))
}

function endOfDay(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) + 24 * 60 * 60 * 1000
}
