/** What a change of an app changes, in lines for the audit log. No secret is part of an app as it is compared here. */

import { isDeepStrictEqual } from 'node:util'
import type { App } from '../apps/apps.ts'
import type { OwnPolicy } from '../policy/policy.ts'

type Part = Readonly<Record<string, unknown>>

/** The parts of an app that can change. */
export type ChangeableApp = Pick<App, 'name' | 'template' | 'settings' | 'ownPolicy'>

/** For example `secondFactor: default → required`, `redirectUris: added https://wiki.example.org/callback`. */
export function describeAppChanges(before: ChangeableApp, after: ChangeableApp): string[] {
  const own = ({ name, template }: ChangeableApp) => ({ name, template })
  return [
    ...listDifferences('', own(before), own(after), 'none'),
    ...listDifferences('', before.settings, after.settings, 'none'),
    ...listRuleDifferences(before.ownPolicy, after.ownPolicy),
  ]
}

/**
 * Settings that an app's own rule does not name come from the default; those that a group's rule does not name come from
 * the app.
 */
function listRuleDifferences(before: OwnPolicy, after: OwnPolicy): string[] {
  const { groups: earlier, allowedGroups: allowedBefore, ...general } = before
  const { groups: later, allowedGroups: allowedAfter, ...changed } = after
  const [old = [], now = []] = [earlier, later].map((rules) => rules?.map(({ group }) => group))
  const names = new Set([...old, ...now])
  const isMoved = !isDeepStrictEqual(
    old.filter((name) => now.includes(name)),
    now.filter((name) => old.includes(name)),
  )
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
    ...(isMoved ? ['groups: order changed'] : []),
    ...[...names].flatMap((name) => {
      const [was, is] = [earlier, later].map((rules) => rules?.find((one) => one.group === name))
      const lines = listDifferences(`groups.${name}.`, was ?? {}, is ?? {}, 'general')
      if (lines.length > 0 || (was && is)) return lines
      return [`groups: ${was ? 'removed' : 'added'} ${name}`]
    }),
  ]
}

function listDifferences(prefix: string, before: Part, after: Part, absent: string): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names.flatMap((name) => {
    if (prefix !== '' && name === 'group') return []
    const [old, now] = [before[name], after[name]]
    if (Array.isArray(old) && Array.isArray(now)) return describeListChange(name, old, now)
    if (isDeepStrictEqual(old, now)) return []
    return [`${prefix}${name}: ${writeValue(old ?? absent)} → ${writeValue(now ?? absent)}`]
  })
}

function writeValue(value: unknown): string {
  const isPlain = [value].flat().every((one) => typeof one !== 'object')
  return isPlain ? String(value) : JSON.stringify(value)
}

function describeListChange(
  name: string,
  before: readonly unknown[],
  after: readonly unknown[],
): string[] {
  const has = (list: readonly unknown[], one: unknown) =>
    list.some((other) => isDeepStrictEqual(other, one))
  const lines = [
    ...before.filter((one) => !has(after, one)).map((one) => `${name}: removed ${writeValue(one)}`),
    ...after.filter((one) => !has(before, one)).map((one) => `${name}: added ${writeValue(one)}`),
  ]
  const isMoved = lines.length === 0 && !isDeepStrictEqual(before, after)
  return isMoved ? [`${name}: order changed`] : lines
}
