/**
 * Which apps a user may not enter, and which require a higher level than the user's authenticators reach. Owns the
 * sentences, in English for an operator. Apps that ask for a second factor only from those who have one require nothing
 * that a user does not have.
 */
import type { App, Apps } from '../../identity/apps/apps.ts'
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

/** One sentence for the apps that are closed to the user, and one for each level that is not reached. */
export async function listUnmetRules(
  options: UnmetRuleOptions,
  { id: userId }: Pick<User, 'id'>,
  own: readonly Authenticator[],
): Promise<string[]> {
  const second = own.filter(({ kind }) => !isFallback(kind))
  const { db, apps, highestHere } = options
  const { highestLevel, askableLevel = acrPassword } = summarizeLevels(second)
  const closed: string[] = []
  const unmet = new Map<Acr, string[]>()
  for (const app of await apps.list(db)) {
    const asked = { userId, acrValues: undefined }
    const policy = await findEffectivePolicy(options, db, app.policy, asked)
    if (policy.isEntryRefused) closed.push(describeClosed(app))
    if (policy.isEntryRefused || policy.secondFactor !== 'required' || second.length === 0) continue
    const level = findRequiredLevel(policy, highestLevel)
    if (!isAtLeast(askableLevel, level)) unmet.set(level, [...(unmet.get(level) ?? []), app.name])
  }
  const levels = [...unmet].map(([level, names]) => {
    const rule = `${shorten(names)} requires the level ${nameLevel(level)}, which nothing that this user can use now reaches.`
    return isAtLeast(highestHere, level)
      ? `${rule} The login verifies what there is, and then has the user set up what does.`
      : `${rule} Nothing that is configured does, so nobody gets in there.`
  })
  return closed.length === 0
    ? levels
    : [
        `This user may not enter ${shorten(closed)}, as they are in none of these groups.`,
        ...levels,
      ]
}

/** For example *Board (only board, office)*. */
const describeClosed = ({ name, policy: { allowedGroups = [] } }: App): string =>
  `${name} (only ${allowedGroups.join(', ')})`

const shorten = (names: readonly string[]): string =>
  `${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`
