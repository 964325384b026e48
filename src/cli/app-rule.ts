/** The rule of an app as a line of text, and warnings about rules that are valid but probably a mistake. */

import { createEffectivePolicy } from '../identity/policy/effective.ts'
import type { AppPolicy, Policy } from '../identity/policy/policy.ts'
import type { Directory } from '../identity/users/directory.ts'
import { listEmptyGroups } from '../identity/users/directory-answers.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { quoteWord } from '../platform/kernel/text.ts'
import type { Queries } from '../platform/storage/database.ts'

/** Who may enter, for example *everybody* or *board, office*. */
export function describeAllowed({ allowedGroups }: Pick<AppPolicy, 'allowedGroups'>): string {
  return allowedGroups === undefined ? 'everybody' : allowedGroups.join(', ')
}

/** The same as a sentence. */
export function explainAllowed({ allowedGroups }: Pick<AppPolicy, 'allowedGroups'>): string {
  if (allowedGroups === undefined) return 'Everybody who can log in may enter this app.'
  const groups = allowedGroups.length === 1 ? 'the group' : 'one of the groups'
  return `Only members of ${groups} ${allowedGroups.join(', ')} may enter this app.`
}

/** A rule in a few words, for example *optional, number, 3 skips until 2030-12-31; board: required*. */
export function describeRule({ groups = [], ...general }: Policy): string {
  const all = [
    writeRule(general),
    ...groups.map((rule) => `${rule.group}: ${writeRule(rule) || 'as everybody'}`),
  ]
  return all.join('; ')
}

type Words = { readonly [Key in keyof Policy]?: Policy[Key] | undefined } & {
  readonly group?: string
}

function writeRule(rule: Words): string {
  const { secondFactor, level, skips, skipUntil, plainApproval, firstFactor, group } = rule
  const until = skipUntil === undefined ? '' : ` until ${skipUntil}`
  return [
    ...(secondFactor === undefined ? [] : [secondFactor]),
    ...(level === undefined || secondFactor === 'none' ? [] : [level]),
    ...(skips === undefined || secondFactor === 'none'
      ? []
      : [`${skips} ${skips === 1 ? 'skip' : 'skips'}${until}`]),
    ...declineWords(rule),
    ...(plainApproval === true ? ['old phone apps without a number'] : []),
    ...(plainApproval === false && group !== undefined ? ['no approval without a number'] : []),
    ...(firstFactor === undefined ? [] : [`first factor by ${firstFactor}`]),
  ].join(', ')
}

/** A rule for everybody always has words for it; a group's rule only if it differs. */
function declineWords({ secondFactor, decline, declineDays, group }: Words): string[] {
  if (decline === false) return group === undefined ? [] : ['may not decline']
  const days = declineDays === undefined ? '' : ` for ${declineDays} days`
  if (decline === undefined) return days === '' ? [] : [`a decline lasts${days}`]
  const isIdle = secondFactor === 'required' || secondFactor === 'none'
  return [`may decline${days}${isIdle ? ' (without effect)' : ''}`]
}

/**
 * Throws Fault `bad_request` for a day in the past: nobody could ever defer the enrolment.
 * @param now milliseconds since the epoch
 */
export function refusePastDay(skipUntil: string | undefined, now: number): void {
  const today = new Date(now).toISOString().slice(0, 10)
  if (skipUntil === undefined || !/^\d{4}-\d\d-\d\d$/.test(skipUntil) || skipUntil >= today) return
  throw new Fault(
    'bad_request',
    `--skip-until ${skipUntil} is over: the day itself is included, in UTC. Today is ${today}. To allow no skips: --skips 0.`,
  )
}

/** Warns if days of a decline were typed although nobody may decline, in words like those of `config check`. */
export function listIdleDays(
  policy: Policy,
  { 'decline-days': days, group }: { readonly 'decline-days'?: string; readonly group?: string },
): string[] {
  const { decline } = createEffectivePolicy(policy, {
    groups: group === undefined ? [] : [group],
  })
  if (days === undefined || decline) return []
  const whose = group === undefined ? '' : ` for the group ${group}`
  return [`--decline-days ${days} does nothing${whose} without --decline`]
}

/** Warns of groups without members, as far as the directory knows them. */
export async function warnEmptyGroups(
  directory: Pick<Directory, 'hasMembers'>,
  queries: Queries,
  groups: readonly string[],
): Promise<string[]> {
  const empty = await listEmptyGroups(directory, queries, groups)
  return empty.map(
    (group) =>
      `Nobody is in the group ${group} yet. Of local users: einlass user group add NAME ${quoteWord(group)}`,
  )
}
