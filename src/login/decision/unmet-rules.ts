/**
 * Which apps require more of a user than what they have reaches. Owns the sentences, in English for an operator. Apps that
 * ask only those who have a second factor require nothing that a user does not have.
 */
import type { Apps } from '../../identity/apps/apps.ts'
import { type Acr, acrPassword, isAtLeast } from '../../identity/policy/assurance.ts'
import { findEffectivePolicy, type PolicySources } from '../../identity/policy/effective.ts'
import type { User } from '../../identity/users/user.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { Authenticator } from '../factors/factor.ts'
import { isFallback } from '../factors/index.ts'
import { findRequiredLevel } from './decide.ts'
import { nameLevel, summarizeLevels } from './pass-use.ts'

export interface UnmetRuleOptions extends PolicySources {
  readonly db: Database
  readonly apps: Pick<Apps, 'list'>
}

/** One sentence for each level that is not reached. */
export async function listUnmetRules(
  options: UnmetRuleOptions,
  { id: userId }: Pick<User, 'id'>,
  own: readonly Authenticator[],
): Promise<string[]> {
  const second = own.filter(({ kind }) => !isFallback(kind))
  if (second.length === 0) return []
  const { db, apps, highestHere } = options
  const { highestLevel, askableLevel = acrPassword } = summarizeLevels(second)
  const unmet = new Map<Acr, string[]>()
  for (const app of await apps.list(db)) {
    const asked = { userId, acrValues: undefined }
    const policy = await findEffectivePolicy(options, db, app.policy, asked)
    if (policy.secondFactor !== 'required') continue
    const level = findRequiredLevel(policy, highestLevel)
    if (!isAtLeast(askableLevel, level)) unmet.set(level, [...(unmet.get(level) ?? []), app.name])
  }
  return [...unmet].map(([level, names]) => {
    const which = `${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`
    const rule = `${which} requires the level ${nameLevel(level)}, which nothing that this user can use now reaches.`
    return isAtLeast(highestHere, level)
      ? `${rule} The login verifies what there is, and then has the user set up what does.`
      : `${rule} Nothing that is configured does, so nobody gets in there.`
  })
}
