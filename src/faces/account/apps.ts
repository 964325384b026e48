/** The apps that one user may enter: which of them open from the start page, and what each one requires. */
import { type AppOrders, arrange } from '../../identity/apps/app-orders.ts'
import type { App, Apps } from '../../identity/apps/apps.ts'
import type { Policy } from '../../identity/policy/policy.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import type { Directory } from '../../identity/users/directory.ts'
import { createListGroups } from '../../identity/users/directory-answers.ts'
import type { Foresee } from '../../login/decision/foresight.ts'
import { listAppRules, listRules } from '../../login/decision/required-by.ts'
import type { Rule } from '../../login/factors/authenticator-operations.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import type { AppTile } from './pages/tile.ts'

export interface OwnAppsOptions {
  readonly db: Database
  readonly apps: Pick<Apps, 'listReadable'>
  readonly orders: Pick<AppOrders, 'find'>
  readonly directory: Pick<Directory, 'listGroups'>
  readonly foresee: Foresee
  readonly pictures: {
    /** The names of pictures that an operator chose, by the ids of the apps. */
    readonly listIcons: (queries: Queries) => Promise<ReadonlyMap<string, string>>
    /** The drawing of the template from which an app was added. */
    readonly findDrawing: (template: string | undefined) => string | undefined
  }
  /** Times in milliseconds since the epoch, by the ids of the apps. */
  readonly findLastUsed: (queries: Queries, userId: string) => Promise<ReadonlyMap<string, number>>
  /** The rule of the account pages, and of every app without a rule of its own. */
  readonly defaultPolicy: Policy
}

export interface OwnApps {
  /** The apps that open from the start page in the user's order, without those that the user may not enter. */
  listTiles(session: LiveSession): Promise<readonly AppTile[]>
  /** What each app that the user may enter requires of them, and what the account pages require. */
  listRules(userId: Id<'user'>): Promise<readonly Rule[]>
}

/** Each picture has a path below it with the hash of its content. */
export const iconPath = '/app-icons/'

type OpenedApp = App & { readonly startUrl: string }

/** An app that registered itself is on no start page, because people trust what they see there. */
const canBeOpened = (app: App): app is OpenedApp =>
  app.startUrl !== undefined && app.registration === undefined

export function createOwnApps(options: OwnAppsOptions): OwnApps {
  const { db, apps, orders, directory, foresee, pictures, findLastUsed, defaultPolicy } = options
  const listGroups = createListGroups(directory)
  return {
    async listTiles(session) {
      const all = await apps.listReadable(db)
      // If a directory does not answer, people can still enter apps that are open to everybody.
      const isForAll = all.every(({ policy }) => policy.allowedGroups === undefined)
      const groups = isForAll ? [] : await listGroups(db, session.userId)
      const opened = listAppRules(all, groups)
        .map(({ app }) => app)
        .filter(canBeOpened)
      if (opened.length === 0) return []
      const foreseen = await foresee(session, opened)
      const icons = await pictures.listIcons(db)
      const lastUsed = await findLastUsed(db, session.userId)
      const tiles = opened.map(({ id, name, template, startUrl }): AppTile => {
        const [asked, lastUsedAt] = [foreseen.get(id), lastUsed.get(id)]
        const [drawing, icon] = [pictures.findDrawing(template), icons.get(id)]
        return {
          id,
          name,
          href: startUrl,
          ...(asked !== undefined && { foreseen: asked }),
          ...(lastUsedAt !== undefined && { lastUsedAt }),
          ...(drawing !== undefined && { drawing }),
          ...(icon !== undefined && { pictureUrl: `${iconPath}${icon}` }),
        }
      })
      return arrange(tiles, await orders.find(db, session.userId))
    },

    listRules: (userId) => listRules({ apps, listGroups, defaultPolicy }, db, userId),
  }
}
