/** The rules for a person, and which would no longer be met without one of their authenticators. Knows no page. */

import type { App, Apps } from '../../identity/apps/apps.ts'
import { type Acr, findHighestLevel, isAtLeast } from '../../identity/policy/assurance.ts'
import { createEffectivePolicy } from '../../identity/policy/effective.ts'
import type { Policy } from '../../identity/policy/policy.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { Rule } from '../factors/authenticator-operations.ts'
import type { Authenticator } from '../factors/factor.ts'
import { isFallback } from '../factors/index.ts'
import { findRequiredLevel } from './decide.ts'

/** Only what was met before can be lost: a phone that no message reaches is no loss. */
export function findRulesLost(
  rules: readonly Rule[],
  own: readonly Authenticator[],
  id: string,
): Rule[] {
  const usable = own.filter(({ state, kind }) => state === 'usable' && !isFallback(kind))
  const before = findHighestLevel(usable.map(({ level }) => level))
  const gone = [id, ...(own.find((one) => one.id === id)?.goesWith ?? [])]
  const left = usable.filter((one) => !gone.includes(one.id))
  const after = findHighestLevel(left.map(({ level }) => level))
  return rules.filter(
    ({ policy }) =>
      policy.secondFactor === 'required' && meets(before, policy) && !meets(after, policy),
  )
}

function meets(level: Acr | undefined, policy: Policy): boolean {
  return level !== undefined && isAtLeast(level, findRequiredLevel(policy, level))
}

export interface RuleSources {
  readonly apps: Pick<Apps, 'listReadable'>
  readonly listGroups: (queries: Queries, userId: string) => Promise<readonly string[]>
  /** The rule of the account pages. */
  readonly defaultPolicy: Policy
}

/** What each app that the person may enter requires of them, and what the account pages require. */
export async function listRules(
  { apps, listGroups, defaultPolicy }: RuleSources,
  queries: Queries,
  userId: string,
): Promise<Rule[]> {
  const all = await apps.listReadable(queries)
  const groups = await listGroups(queries, userId)
  const own: Rule = { app: undefined, policy: createEffectivePolicy(defaultPolicy, { groups }) }
  return [own, ...listAppRules(all, groups).map(({ app, policy }) => ({ app: app.name, policy }))]
}

/** The rules of the apps that a member of these groups may enter. */
export function listAppRules<One extends Pick<App, 'policy'>>(
  apps: readonly One[],
  groups: readonly string[],
) {
  return apps
    .map((app) => ({ app, policy: createEffectivePolicy(app.policy, { groups }) }))
    .filter(({ policy }) => policy.isEntryRefused !== true)
}
