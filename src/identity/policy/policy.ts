/**
 * Which proof an app demands of whom, and what a person may put off. Owns the rules as data and the decision; does not
 * know how a factor works or what a page looks like.
 */
import { z } from 'zod'
import {
  type Acr,
  acrLevels,
  acrNumber,
  acrPassword,
  acrPhishingResistant,
  acrPossession,
  isAtLeast,
  strongerOf,
} from './assurance.ts'

const ruleShape = {
  /** `none`: never asked. `optional`: asked when the user has one, offered when not. `required`: nobody gets in without. */
  secondFactor: z.enum(['none', 'optional', 'required']),
  /** What the second factor has to reach, see assurance.ts; absent: `possession`. */
  level: z.enum(['possession', 'number', 'phishing_resistant']).optional(),
  /** How often a person without a second factor may put registration off. */
  skips: z.int().min(0).max(1000),
  /** The last day on which it may be put off, `YYYY-MM-DD` in UTC; absent: no last day. */
  skipUntil: z.iso.date().optional(),
  /** Whether a person may say *do not ask again*. Never honoured where the factor is required. */
  decline: z.boolean(),
  /** After how many days a decline is forgotten; absent: never. */
  declineDays: z.int().min(1).max(3650).optional(),
  /**
   * Whether phones whose app is too old for numbers may approve with a tap, which reaches `possession`. An app that
   * can show numbers is always asked for one. Absent: no.
   */
  plainApproval: z.boolean().optional(),
}

/** What is different for the members of a group. The first that a user is in counts. */
const groupRules = z
  .array(
    z.strictObject({ group: z.string().min(1).max(100), ...z.object(ruleShape).partial().shape }),
  )
  .max(100)
  .optional()

/** A whole rule. */
export const policySchema = z.strictObject({
  ...ruleShape,
  secondFactor: ruleShape.secondFactor.default('optional'),
  skips: ruleShape.skips.default(3),
  decline: ruleShape.decline.default(false),
  groups: groupRules,
})

export type Policy = z.output<typeof policySchema>

/** What an app has of its own, as stored: any part of a rule. `groups` is one part, the whole list. */
export const ownPolicySchema = z.strictObject({
  ...z.object(ruleShape).partial().shape,
  groups: groupRules,
})

export type OwnPolicy = z.output<typeof ownPolicySchema>

/**
 * The rule of an app: what it has of its own, and for the rest the default. What the app names itself is never changed
 * by a group of the default's, so that no configuration lets anybody around it.
 */
export function policyWith(own: OwnPolicy, defaultPolicy: Policy): Policy {
  const { groups, ...general } = defaultPolicy
  const named = withoutAbsent(own)
  const inherited = groups?.map(({ group, ...rule }) => ({ group, ...withoutNames(rule, named) }))
  return { ...general, ...(inherited && { groups: inherited }), ...named }
}

function withoutNames<T extends object>(rule: T, names: object): Partial<T> {
  const rest = Object.entries(rule).filter(([name]) => !Object.hasOwn(names, name))
  return Object.fromEntries(rest) as Partial<T>
}

/** The rule for one request. */
export interface Demand extends Policy {
  /** The level that the app's own rule asks for as far as the person reaches it, beside the one of the request. */
  readonly levelWithinReach?: Policy['level']
  /** Of the person's own pages: where the factor is optional, nobody is kept out of them. */
  readonly keepsNobodyOut?: boolean
}

/** What the decision depends on beside the rule. */
export interface SecondFactorFacts {
  /** The level that is proven in this session or journey. */
  readonly acr: string
  /** The highest level that the person's second factors can reach; undefined: there are none. */
  readonly reach: Acr | undefined
  /** The highest level of those that can be used now. Less than `reach`: the strongest one is off. */
  readonly usable: Acr | undefined
  /** A recovery code was shown in this login. */
  readonly recovered?: boolean
  /** When the person declined, in milliseconds since the epoch. */
  readonly declinedAt: number | null
  /** The rules under which registration was put off in this session. */
  readonly putOff: readonly PutOffRule[]
  readonly skipsUsed: number
  /** Milliseconds since the epoch. */
  readonly now: number
}

/**
 * `enough`: let in. `confirm`: ask a second factor that the person has. `offer`: ask the person to register one, with
 * whatever ways around it the policy allows.
 */
export type SecondFactorNeed = 'enough' | 'confirm' | 'offer'

export function secondFactorNeed(policy: Demand, facts: SecondFactorFacts): SecondFactorNeed {
  if (policy.secondFactor === 'none') return 'enough'
  const wanted = levelOf(policy, facts.reach)
  if (isAtLeast(facts.acr, wanted)) return 'enough'
  // Whoever has a second factor proves it before anything else, even where it is too weak: else the password alone
  // would be enough to register another one.
  if (facts.reach !== undefined && !isAtLeast(facts.acr, facts.reach)) {
    return isStoodIn(facts) ? 'offer' : 'confirm'
  }
  if (isPutOff(policy, facts)) return 'enough'
  if (isDeclined(policy, facts)) return 'enough'
  if (policy.keepsNobodyOut === true && mayStay(policy, facts)) return 'enough'
  return 'offer'
}

/** Whether a recovery code was shown where the strongest second factor is off. Then it has to be set up again. */
export function isStoodIn({ reach, usable, recovered }: SecondFactorFacts): boolean {
  if (recovered !== true || reach === undefined) return false
  return !isAtLeast(usable ?? acrPassword, reach)
}

/** Whoever declined or put it off anywhere, or may not put it off any more, is not asked on their own pages. */
function mayStay(policy: Policy, facts: SecondFactorFacts): boolean {
  if (policy.secondFactor !== 'optional') return false
  return facts.declinedAt !== null || facts.putOff.length > 0 || skipsLeft(policy, facts) === 0
}

/** What a rule demands, as far as a skip depends on it. */
export type PutOffRule = Pick<Policy, 'secondFactor' | 'level' | 'skips'>

export function putOffRuleOf({ secondFactor, level, skips }: Policy): PutOffRule {
  return { secondFactor, level, skips }
}

/** @param stored JSON; a single rule where an earlier version wrote it */
export function parsePutOff(stored: string | undefined): readonly PutOffRule[] {
  if (stored === undefined) return []
  const rules = JSON.parse(stored) as PutOffRule | readonly PutOffRule[]
  return [rules].flat()
}

/** What was put off at one app counts at another one only where that one is no stricter. */
function isPutOff(
  policy: Policy,
  { putOff, now }: Pick<SecondFactorFacts, 'putOff' | 'now'>,
): boolean {
  return allowsSkipping(policy, now) && putOff.some((rule) => isNoStricter(policy, rule))
}

function isNoStricter(policy: PutOffRule, than: PutOffRule): boolean {
  if (policy.secondFactor === 'required' && than.secondFactor !== 'required') return false
  const [wanted, before] = [policy, than].map(({ level }) => levels[level ?? 'possession'])
  return isAtLeast(`${before}`, `${wanted}`) && policy.skips >= than.skips
}

const levels = {
  possession: acrPossession,
  number: acrNumber,
  phishing_resistant: acrPhishingResistant,
} as const

/** The level that a rule names; absent: the lowest one of a second factor. */
export function readLevel(level: Policy['level']): Acr {
  return levels[level ?? 'possession']
}

/** What has to be proven. Where the factor is optional, nobody has to have a stronger one than they have. */
export function levelOf(policy: Demand, reach: Acr | undefined): Acr {
  const wanted = readLevel(policy.level)
  if (policy.secondFactor !== 'required') return withinReach(wanted, reach)
  const { levelWithinReach } = policy
  if (levelWithinReach === undefined) return wanted
  return strongerOf(wanted, withinReach(levels[levelWithinReach], reach))
}

function withinReach(wanted: Acr, reach: Acr | undefined): Acr {
  return reach === undefined || isAtLeast(reach, wanted) ? wanted : reach
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

function isDeclined(
  policy: Policy,
  { declinedAt, now }: Pick<SecondFactorFacts, 'declinedAt' | 'now'>,
): boolean {
  if (declinedAt === null || !mayDecline(policy)) return false
  return policy.declineDays === undefined || now < declinedAt + policy.declineDays * day
}

/** The rule for a person: that of the app, changed by the first group in it that the person is in. */
export function policyForGroups(policy: Policy, groups: readonly string[]): Policy {
  const { groups: rules = [], ...general } = policy
  const rule = rules.find(({ group }) => groups.includes(group))
  if (rule === undefined) return general
  const { group: _, ...changes } = rule
  return { ...general, ...withoutAbsent(changes) }
}

/**
 * The rule for one request: an app that asks for a level above the password's gets it, and never less than by its own
 * rule, as anybody can write a wish into the address of a login.
 * OIDC Core 3.1.2.1 makes `acr_values` a wish in order of preference, so values that nobody knows are passed over,
 * any of the known ones will do, and a wish for more than can be registered here gets the most that can; the token
 * says which level it was.
 */
export function policyFor(
  policy: Policy,
  acrValues: readonly string[] | undefined,
  strongest: Acr,
): Demand {
  const asked = acrLevels.find((level) => acrValues?.includes(level))
  if (asked === undefined || asked === acrPassword) return policy
  const possible = isAtLeast(strongest, asked) ? asked : strongest
  const { secondFactor, level = 'possession', plainApproval = false } = policy
  return {
    secondFactor: 'required',
    level: nameOf(secondFactor === 'required' ? strongerOf(possible, levels[level]) : possible),
    ...(secondFactor === 'optional' && { levelWithinReach: level }),
    skips: 0,
    decline: false,
    ...(plainApproval && { plainApproval }),
  }
}

type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> }

function withoutAbsent<T extends object>(changes: T): Present<T> {
  const present = Object.entries(changes).filter(([, value]) => value !== undefined)
  return Object.fromEntries(present) as Present<T>
}

function nameOf(level: Acr): keyof typeof levels {
  if (level === acrPhishingResistant) return 'phishing_resistant'
  return level === acrNumber ? 'number' : 'possession'
}

const day = 24 * 60 * 60 * 1000

function allowsSkipping(policy: Policy, now: number): boolean {
  return policy.skips > 0 && (policy.skipUntil === undefined || now < endOfDay(policy.skipUntil))
}

function endOfDay(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) + day
}
