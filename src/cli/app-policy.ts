/** The rule of an app as options, and how they change the app's own parts of it. */

import type { App } from '../identity/apps/apps.ts'
import type { OwnPolicy, Policy } from '../identity/policy/policy.ts'
import { groupNameRule } from '../identity/users/groups.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { nearest } from '../platform/kernel/nearest.ts'
import { under } from './command.ts'
import type { Place } from './input.ts'

const levelNames = ['possession', 'number', 'code', 'verified_code', 'phishing_resistant'] as const
const levels = 'possession, number, code, verified_code or phishing_resistant'

const firstFactors = 'password (nothing more), network, invitation or pass'

const heading = 'Who may enter, and how'

export const ruleOptions = under(heading, {
  'second-factor': { type: 'string', value: 'RULE', help: 'none, optional or required' },
  level: { type: 'string', value: 'LEVEL', help: `The required level: ${levels}` },
  skips: { type: 'string', value: 'N', help: 'How often the enrolment may be deferred' },
  'skip-until': {
    type: 'string',
    value: 'DAY',
    help: 'Last day on which it may be deferred, such as 2030-12-31',
  },
  decline: { type: 'boolean', help: 'Users may decline the enrolment' },
  'decline-days': {
    type: 'string',
    value: 'N',
    help: 'Ask again this many days after a user has declined',
  },
  'plain-approval': {
    type: 'boolean',
    help: 'Old phone apps, which show no numbers, may approve without one',
  },
  'first-factor': {
    type: 'string',
    value: 'RULE',
    help: `What a user without a second factor needs beside the password to enrol one: ${firstFactors}`,
  },
  'allowed-group': {
    type: 'string',
    multiple: true,
    value: 'NAME',
    help: 'Only members of this group may enter',
  },
})

export const ruleChangeOptions = under(heading, {
  ...ruleOptions,
  'no-level': { type: 'boolean', help: 'Take back --level' },
  'no-skip-until': { type: 'boolean', help: 'Take back --skip-until' },
  'no-decline': { type: 'boolean', help: 'No user may decline' },
  'no-decline-days': { type: 'boolean', help: 'Take back --decline-days' },
  'no-plain-approval': { type: 'boolean', help: 'No approval without a number' },
  'no-first-factor': { type: 'boolean', help: 'Take back --first-factor' },
  'no-allowed-group': { type: 'boolean', help: 'Everybody may enter' },
  'default-policy': {
    type: 'boolean',
    help: "Remove the app's own rule, also for groups: default_policy applies. Who may enter stays",
  },
  group: { type: 'string', value: 'NAME', help: 'Change the rule for the members of a group' },
  'remove-group': { type: 'string', value: 'NAME', help: 'Remove the rule for a group' },
})

export interface RuleValues {
  readonly 'second-factor'?: string
  readonly level?: string
  readonly skips?: string
  readonly 'skip-until'?: string
  readonly decline?: boolean
  readonly 'decline-days'?: string
  readonly 'plain-approval'?: boolean
  readonly 'first-factor'?: string
  readonly 'no-first-factor'?: boolean
  readonly 'allowed-group'?: readonly string[]
  readonly 'no-allowed-group'?: boolean
  readonly 'no-level'?: boolean
  readonly 'no-skip-until'?: boolean
  readonly 'no-decline'?: boolean
  readonly 'no-decline-days'?: boolean
  readonly 'no-plain-approval'?: boolean
  readonly 'default-policy'?: boolean
  readonly group?: string
  readonly 'remove-group'?: string
}

/** The values of `--level`, with the value that was probably meant, for example if its name in tokens was typed. */
export function describeLevels(typed = ''): string {
  const meant = nearest(typed.replace(/^urn:einlass:acr:/, ''), levelNames)
  return meant === undefined || meant === typed ? levels : `${levels}. Did you mean ${meant}?`
}

/** For `checkInput`: where each part of a rule was typed. */
export function listRulePlaces(values: RuleValues): Readonly<Record<string, Place>> {
  const parts = {
    secondFactor: ['second-factor', 'none, optional or required'],
    skips: ['skips', 'a whole number from 0 to 1000'],
    skipUntil: ['skip-until', 'a day such as 2030-12-31'],
    level: ['level', describeLevels(values.level)],
    declineDays: ['decline-days', 'a whole number from 1 to 3650'],
    firstFactor: ['first-factor', firstFactors],
  } as const
  const places = Object.entries(parts).flatMap(([name, [option, allowed]]): [string, Place][] => {
    const place = { option: `--${option}`, typed: values[option], allowed }
    return [
      [`policy.${name}`, place],
      [`policy.groups.${name}`, place],
    ]
  })
  const group = { option: '--group', typed: values.group, allowed: groupNameRule }
  const allowedGroup = {
    option: '--allowed-group',
    typed: values['allowed-group'],
    allowed: `${groupNameRule}; at most 100 groups`,
  }
  return {
    ...Object.fromEntries(places),
    'policy.groups.group': group,
    'policy.allowedGroups': allowedGroup,
  }
}

/** What the arguments say about the rule of a new app. Not checked yet. */
export function readNewRule(values: RuleValues): Record<string, unknown> {
  return { ...readRule(values), ...changedEntry({}, values) }
}

/** Changes who may enter; this part never differs for a group. */
function changedEntry(
  { allowedGroups: before }: OwnPolicy,
  values: RuleValues,
): Pick<OwnPolicy, 'allowedGroups'> {
  const { 'allowed-group': typed = before, 'no-allowed-group': isGone = false } = values
  return isGone || typed === undefined ? {} : { allowedGroups: [...new Set(typed)] }
}

/** What the arguments say about how strong a login has to be. Not checked yet. */
function readRule(values: RuleValues): Record<string, unknown> {
  const number = (text: string | undefined) =>
    text === undefined ? undefined : Number(text || Number.NaN)
  const given = {
    secondFactor: values['second-factor'],
    level: values.level,
    skips: number(values.skips),
    skipUntil: values['skip-until'],
    decline: values['no-decline'] === true ? false : values.decline,
    declineDays: number(values['decline-days']),
    plainApproval: values['no-plain-approval'] === true ? false : values['plain-approval'],
    firstFactor: values['first-factor'],
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** Parts that can be removed from a rule. The app then has the default's part, and a group the app's. */
const withdrawable = {
  'no-level': 'level',
  'no-skip-until': 'skipUntil',
  'no-decline-days': 'declineDays',
  'no-first-factor': 'firstFactor',
} as const satisfies Partial<Record<keyof RuleValues, keyof Policy>>

const opposites = [
  ...(['level', 'skip-until', 'decline', 'decline-days', 'plain-approval'] as const),
  'first-factor',
  'allowed-group',
] as const

function refuseBoth(values: RuleValues): void {
  const both = opposites.find((name) => values[`no-${name}`] === true && values[name] !== undefined)
  if (both === undefined) return
  throw new Fault('bad_request', `--no-${both} and --${both} exclude each other.`)
}

function withRule(rule: object, values: RuleValues): Record<string, unknown> {
  const names = Object.keys(withdrawable) as (keyof typeof withdrawable)[]
  const gone = names.filter((name) => values[name] === true).map((name) => withdrawable[name])
  const remaining = Object.entries({ ...rule, ...readRule(values) })
  return Object.fromEntries(remaining.filter(([name]) => !gone.some((one) => one === name)))
}

/**
 * The app's own rule after the changes of the arguments, for everybody or for one group. All groups of a rule are one part: an
 * app that changes one group takes over the default's groups and has all of them as its own from then on. Removing the last
 * group removes the part, unless that would bring groups of the default back. Not checked yet.
 */
export function changeOwnPolicy(
  app: App,
  values: RuleValues,
  defaultPolicy: Policy,
): Record<string, unknown> {
  refuseBoth(values)
  const { group, 'remove-group': removed } = values
  const entry = changedEntry(app.ownPolicy, values)
  if (values['default-policy'] === true) {
    const other = group !== undefined ? 'group' : removed === undefined ? undefined : 'remove-group'
    if (other === undefined) return { ...withRule({}, values), ...entry }
    throw new Fault('bad_request', `--default-policy and --${other} exclude each other.`)
  }
  const { groups: _, allowedGroups: __, ...general } = app.ownPolicy
  const changed = group === undefined ? withRule(general, values) : general
  return { ...changed, ...changedGroups(app, values, defaultPolicy), ...entry }
}

function changedGroups(
  { ownPolicy, policy }: App,
  values: RuleValues,
  defaultPolicy: Policy,
): { readonly groups?: readonly object[] } {
  const { group, 'remove-group': removed } = values
  if (group === undefined && removed === undefined) {
    return ownPolicy.groups === undefined ? {} : { groups: ownPolicy.groups }
  }
  const remaining = (policy.groups ?? []).filter((rule) => rule.group !== removed)
  if (group === undefined) {
    const isLikeDefault = remaining.length === 0 && (defaultPolicy.groups ?? []).length === 0
    return isLikeDefault ? {} : { groups: remaining }
  }
  const isKnown = remaining.some((rule) => rule.group === group)
  const rules = isKnown ? remaining : [...remaining, { group }]
  return { groups: rules.map((rule) => (rule.group === group ? withRule(rule, values) : rule)) }
}

const partNames = {
  secondFactor: 'second factor',
  level: 'level',
  skips: 'skips',
  skipUntil: 'last day',
  decline: 'declining',
  declineDays: 'days of a decline',
  plainApproval: 'plain approval',
  firstFactor: 'first factor',
  groups: 'groups',
  allowedGroups: 'who may enter',
} as const satisfies Record<keyof OwnPolicy, string>

/** The parts of a rule that an app has of its own, in words; undefined: none. */
export function describeOwnParts(own: OwnPolicy): string | undefined {
  const parts = Object.entries(partNames).filter(
    ([name]) => own[name as keyof OwnPolicy] !== undefined,
  )
  const describePart = ([name, words]: [string, string]): string =>
    name === 'groups' && own.groups?.length === 0 ? 'no groups' : words
  return parts.length === 0 ? undefined : parts.map(describePart).join(', ')
}

/** Which parts of the rule are the app's own, as a sentence. */
export function describeOrigin(own: OwnPolicy): string {
  const parts = describeOwnParts(own)
  if (parts === undefined) return 'All of it is default_policy, also when that is changed.'
  return `Its own: ${parts}. The rest is default_policy, also when that is changed.`
}
