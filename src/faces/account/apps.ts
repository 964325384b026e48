/** The apps that one user may enter: which of them open from the start page, and what each one requires. */
import type { App, Apps } from '../../identity/apps/apps.ts'
import { createEffectivePolicy } from '../../identity/policy/effective.ts'
import type { Policy } from '../../identity/policy/policy.ts'
import type { Directory } from '../../identity/users/directory.ts'
import { createListGroups } from '../../identity/users/directory-answers.ts'
import type { Rule } from '../../login/factors/authenticator-operations.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { AppTile } from './home.ts'

export interface OwnAppsOptions {
  readonly db: Database
  readonly apps: Pick<Apps, 'list'>
  readonly directory: Pick<Directory, 'listGroups'>
  /** The rule of the account pages, and of every app without a rule of its own. */
  readonly defaultPolicy: Policy
}

export interface OwnApps {
  /** The apps that open from the start page, without those that the user may not enter. */
  listTiles(userId: Id<'user'>): Promise<readonly AppTile[]>
  /** What each app that the user may enter requires of them, and what the account pages require. */
  listRules(userId: Id<'user'>): Promise<readonly Rule[]>
}

export function createOwnApps({ db, apps, directory, defaultPolicy }: OwnAppsOptions): OwnApps {
  const listGroups = createListGroups(directory)
  return {
    async listTiles(userId) {
      const all = await apps.list(db)
      // A directory that does not answer keeps nobody from apps that are for everybody.
      const isForAll = all.every(({ policy }) => policy.allowedGroups === undefined)
      const groups = isForAll ? [] : await listGroups(db, userId)
      return listRulesOf(all, groups).flatMap(({ app: { name, startUrl } }) =>
        startUrl === undefined ? [] : [{ name, href: startUrl }],
      )
    },

    async listRules(userId) {
      const all = await apps.list(db)
      const groups = await listGroups(db, userId)
      const own: Rule = { app: undefined, policy: createEffectivePolicy(defaultPolicy, { groups }) }
      return [
        own,
        ...listRulesOf(all, groups).map(({ app, policy }) => ({ app: app.name, policy })),
      ]
    },
  }
}

/** The rules for a member of these groups, of the apps that such a person may enter. */
function listRulesOf(apps: readonly App[], groups: readonly string[]) {
  return apps
    .map((app) => ({ app, policy: createEffectivePolicy(app.policy, { groups }) }))
    .filter(({ policy }) => policy.isEntryRefused !== true)
}
