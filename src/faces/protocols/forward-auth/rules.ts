/**
 * What the paths of an app require in addition to the rule of the whole app. A restriction applies to every spelling of a path,
 * even one that only a careless server understands; an exemption applies only to the exact path. So if a path can be read in
 * two senses, the stricter one applies.
 */
import { z } from 'zod'
import { type Acr, findHighestLevel, strengthLevels } from '../../../identity/policy/assurance.ts'
import { policySchema } from '../../../identity/policy/policy.ts'
import type { RequestTarget } from './request-target.ts'

export const pathPattern = /^\/(?:[\w.~!$&'()*+,=:@-]+\/)*[\w.~!$&'()*+,=:@-]*$/

/** The allowed paths, in words. */
const pathWords =
  'a path such as /admin, without encoded characters, dots between slashes or a query'

const pathSchema = z
  .string()
  .max(500)
  .regex(pathPattern, pathWords)
  .refine((path) => !/\/\.{1,2}(\/|$)/.test(path), pathWords)

const strictRuleSchema = z
  .strictObject({
    /** Applies to this path and everything below it. */
    path: pathSchema,
    /** No login is required. */
    public: z.literal(true).optional(),
    /** Members of one of these groups may enter. */
    groups: z.array(z.string().min(1).max(100)).min(1).max(50).optional(),
    level: policySchema.shape.level,
  })
  .refine(
    ({ public: isPublic, groups, level }) =>
      (isPublic === true) !== (groups !== undefined || level !== undefined),
    'public, or groups, or a level, or groups and a level',
  )

/** Also as a text: `/admin groups=staff,board level=code`, `/assets public`. */
export const pathRuleSchema = z.preprocess(
  (value) => (typeof value === 'string' ? parseRule(value) : value),
  strictRuleSchema,
)

export type PathRule = z.output<typeof pathRuleSchema>

function parseRule(text: string): unknown {
  const [path, ...words] = text.trim().split(/\s+/)
  const entries = words.map((word): [string, unknown] => {
    if (word === 'public') return [word, true]
    const [name = '', value = ''] = word.split(/=(.*)/s)
    return [name, name === 'groups' ? value.split(',') : value]
  })
  return { path, ...Object.fromEntries(entries) }
}

export interface PathRequirement {
  readonly isPublic: boolean
  /** The person has to be in one group of each list. */
  readonly groups: readonly (readonly string[])[]
  /** `undefined`: any. */
  readonly level: Acr | undefined
}

const nothing: PathRequirement = { isPublic: false, groups: [], level: undefined }

/** Combines everything that the rules require of this path. */
export function findPathRequirement(
  rules: readonly PathRule[],
  target: Pick<RequestTarget, 'path' | 'plainPath' | 'isAmbiguous'>,
): PathRequirement {
  if (rules.length === 0) return nothing
  const { path, plainPath, isAmbiguous } = target
  const exemptions = isAmbiguous
    ? []
    : rules.filter((rule) => rule.public === true && isBelow(path, rule.path))
  const restrictions = rules.filter(
    (rule) => rule.public !== true && (isAmbiguous || isBelow(plainPath, rule.path.toLowerCase())),
  )
  if (measureLongest(exemptions) > measureLongest(restrictions))
    return { ...nothing, isPublic: true }
  return {
    isPublic: false,
    groups: restrictions.flatMap(({ groups }) => (groups === undefined ? [] : [groups])),
    level: findHighestLevel(
      restrictions.flatMap(({ level }) => (level === undefined ? [] : strengthLevels[level])),
    ),
  }
}

/** Whether a path is the path of a rule or below it: `/admin` is not `/administration`. */
export function isBelow(path: string, prefix: string): boolean {
  if (!path.startsWith(prefix)) return false
  return prefix.endsWith('/') || path.length === prefix.length || path[prefix.length] === '/'
}

function measureLongest(rules: readonly PathRule[]): number {
  return Math.max(-1, ...rules.map(({ path }) => path.length))
}

/** Whether a member of these groups belongs to one group of each list. */
export function isInGroups(requirement: PathRequirement, groups: readonly string[]): boolean {
  return requirement.groups.every((list) => list.some((name) => groups.includes(name)))
}
