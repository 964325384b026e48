/** The apps of an installation as one user sees them: which ones open from the start page, and what each one requires. */
import type { Apps } from '../../identity/apps/apps.ts'
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
  /** The apps that open from the start page. */
  listTiles(): Promise<readonly AppTile[]>
  /** What each app requires of a member of the user's groups, and what the account pages require. */
  listRules(userId: Id<'user'>): Promise<readonly Rule[]>
}

export function createOwnApps({ db, apps, directory, defaultPolicy }: OwnAppsOptions): OwnApps {
  return {
    async listTiles() {
      const all = await apps.list(db)
      return all.flatMap(({ name, startUrl }) =>
        startUrl === undefined ? [] : [{ name, href: startUrl }],
      )
    },

    async listRules(userId) {
      const all = await apps.list(db)
      const groups = await createListGroups(directory)(db, userId)
      const own = { app: undefined, policy: defaultPolicy }
      const rules: Rule[] = [own, ...all.map(({ name, policy }) => ({ app: name, policy }))]
      return rules.map(({ app, policy }) => ({
        app,
        policy: createEffectivePolicy(policy, { groups }),
      }))
    },
  }
}
