/**
 * Which proof an app requires, what a person may defer, and who may enter the app. Owns the rules as data. effective.ts
 * owns the effective policy for one person and request, and the login's decision owns what follows from it.
 */
import { z } from 'zod'

/**
 * From the least strict to the strictest; a proof for one is also enough for those before it. `password`: nothing more.
 * `network`: a network that the configuration names for this. `invitation`: a link that an operator gave out for this
 * person. `pass`: a code from the service desk.
 */
export const firstFactorRules = ['password', 'network', 'invitation', 'pass'] as const

export type FirstFactorRule = (typeof firstFactorRules)[number]

const ruleShape = {
  /** `none`: never asked. `optional`: asked when the user has one, offered when not. `required`: nobody gets in without. */
  secondFactor: z.enum(['none', 'optional', 'required']),
  /** The level that the second factor has to reach, see assurance.ts; absent: `possession`. */
  level: z.enum(['possession', 'number', 'code', 'verified_code', 'phishing_resistant']).optional(),
  /** How often a person without a second factor may defer enrolment. */
  skips: z.int().min(0).max(1000),
  /** The last day on which enrolment may be deferred, `YYYY-MM-DD` in UTC; absent: no last day. */
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
  /**
   * What a person without a second factor needs beside the password to enrol the first one; see `firstFactorRules`. It is the
   * person's strictest rule over all apps, whichever app the login is for. Absent: `password`.
   */
  firstFactor: z.enum(firstFactorRules).optional(),
}

/** What is different for the members of a group. The first group that a user is in applies. */
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
  /**
   * Members of one of these groups may enter; absent: everybody. The default rule has no such part: it is also the rule of
   * people's own pages, which everybody may open.
   */
  allowedGroups: z.array(z.string().min(1).max(100)).min(1).max(100).optional(),
})

export type OwnPolicy = z.output<typeof ownPolicySchema>

/** The whole rule of an app. */
export type AppPolicy = Policy & Pick<OwnPolicy, 'allowedGroups'>

/**
 * The rule of an app: what it sets itself, and for the rest the default. A group of the default rule never changes what the
 * app sets, so that no configuration lets anybody around it.
 */
export function policyWith(own: OwnPolicy, defaultPolicy: Policy): AppPolicy {
  const { groups, ...general } = defaultPolicy
  const named = withoutAbsent(own)
  const inherited = groups?.map(({ group, ...rule }) => ({ group, ...withoutNames(rule, named) }))
  return { ...general, ...(inherited && { groups: inherited }), ...named }
}

function withoutNames<T extends object>(rule: T, names: object): Partial<T> {
  const rest = Object.entries(rule).filter(([name]) => !Object.hasOwn(names, name))
  return Object.fromEntries(rest) as Partial<T>
}

type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** The same without members that are undefined. */
export function withoutAbsent<T extends object>(changes: T): Present<T> {
  const present = Object.entries(changes).filter(([, value]) => value !== undefined)
  return Object.fromEntries(present) as Present<T>
}
