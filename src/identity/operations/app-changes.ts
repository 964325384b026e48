/** What a change of an app changes, in lines for the audit log. No secret is part of an app as it is compared here. */

import type { App } from '../apps/apps.ts'
import type { OwnPolicy } from '../policy/policy.ts'

type Part = Readonly<Record<string, unknown>>

/** For example `secondFactor: default → required`, `redirectUris: added https://wiki.example.org/callback`. */
export function describeAppChanges(before: App, after: App): string[] {
  return [
    ...listDifferences('', { name: before.name }, { name: after.name }, 'none'),
    ...listDifferences('', before.settings, after.settings, 'none'),
    ...listRuleDifferences(before.ownPolicy, after.ownPolicy),
  ]
}

/** What an app's own rule does not name is the default's, and what a group's does not name is the app's. */
function listRuleDifferences(before: OwnPolicy, after: OwnPolicy): string[] {
  const { groups: earlier, allowedGroups: allowedBefore, ...general } = before
  const { groups: later, allowedGroups: allowedAfter, ...changed } = after
  const names = new Set([...(earlier ?? []), ...(later ?? [])].map(({ group }) => group))
  return [
    ...listDifferences('', general, changed, 'default'),
    ...listDifferences(
      '',
      { allowedGroups: allowedBefore },
      { allowedGroups: allowedAfter },
      'everybody',
    ),
    ...(earlier === undefined && later !== undefined ? ['groups: default → own'] : []),
    ...(earlier !== undefined && later === undefined ? ['groups: own → default'] : []),
    ...[...names].flatMap((name) => {
      const [old, now] = [earlier, later].map((rules) => rules?.find((one) => one.group === name))
      return listDifferences(`groups.${name}.`, old ?? {}, now ?? {}, 'general')
    }),
  ]
}

function listDifferences(prefix: string, before: Part, after: Part, absent: string): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names.flatMap((name) => {
    if (prefix !== '' && name === 'group') return []
    const [old, now] = [before[name], after[name]]
    if (Array.isArray(old) && Array.isArray(now)) return describeListChange(name, old, now)
    if (old === now) return []
    return [`${prefix}${name}: ${old ?? absent} → ${now ?? absent}`]
  })
}

function describeListChange(
  name: string,
  before: readonly unknown[],
  after: readonly unknown[],
): string[] {
  return [
    ...before.filter((one) => !after.includes(one)).map((one) => `${name}: removed ${one}`),
    ...after.filter((one) => !before.includes(one)).map((one) => `${name}: added ${one}`),
  ]
}
