/**
 * The operations on apps: one function for each, with its rule and its audit event; its type says who may call it.
 *
 *   const { app, clientSecret } = await operations.addApp(administrator, { id: 'wiki', name: 'Wiki', settings })
 */
import { Fault } from '../../platform/kernel/fault.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import { removeIcon, saveIcon } from '../apps/app-icons.ts'
import type { App, AppChanges, AppInput, Apps, SavedApp } from '../apps/apps.ts'
import { appEvents } from '../apps/events.ts'
import type { Icon } from '../apps/icon-file.ts'
import type { Audit } from '../audit/audit.ts'
import { type Administrator, auditName } from './actor.ts'
import { describeAppChanges } from './app-changes.ts'

export interface AppOperationsOptions {
  readonly db: Database
  readonly apps: Apps
  readonly audit: Audit
}

export interface AppChange {
  /** Returns the changes for the present app. May be called more than once; if it throws, everything is undone. */
  decide(before: App): AppChanges
  /** Also makes a new secret. The earlier one ends at once, unless there is `keepUntil`. */
  readonly renewSecret: boolean
  /** Until then (ms) the earlier secret is valid beside the new one. */
  readonly keepUntil?: number | undefined
  /** Ends the earlier secret that a previous change left valid. */
  readonly endEarlierSecret?: boolean
}

export interface ChangedApp extends SavedApp {
  readonly before: App
  /** See `describeAppChanges`. */
  readonly changes: readonly string[]
  /** There was an earlier secret, and it is no longer valid. */
  readonly isEarlierSecretEnded: boolean
}

/** How many findings of a test are bad. */
export interface TestFindings {
  readonly wrong: number
  readonly warnings: number
}

export type AppOperations = ReturnType<typeof createAppOperations>

export function createAppOperations({ db, apps, audit }: AppOperationsOptions) {
  return {
    /** Throws Fault `conflict` when the id is taken. */
    addApp: (actor: Administrator, input: AppInput): Promise<SavedApp> =>
      transact(db, async (tx) => {
        const saved = await apps.create(tx, input)
        await audit.record(tx, appEvents.created, { appId: saved.app.id, by: auditName(actor) })
        return saved
      }),

    /** Throws Fault `not_found`, and `not_allowed` for a new secret of an app that has none. */
    changeApp: (actor: Administrator, id: string, change: AppChange): Promise<ChangedApp> =>
      transact(db, async (tx) => {
        const by = auditName(actor)
        const before = requireApp(await apps.findLocked(tx, id), id)
        const saved = await apps.change(tx, id, change.decide(before))
        if (saved === undefined) throw unknownApp(id)
        const changes = describeAppChanges(before, saved.app)
        await recordChanges(audit, tx, { appId: id, changes, by })
        const isEarlierSecretEnded =
          change.endEarlierSecret === true && (await apps.endEarlierSecret(tx, id))
        const changed = { before, changes, isEarlierSecretEnded }
        if (isEarlierSecretEnded) {
          await audit.record(tx, appEvents.earlierSecretEnded, { appId: id, by })
        }
        if (!change.renewSecret) return { ...saved, ...changed }
        const { keepUntil: earlierUntil } = change
        const clientSecret = await renewSecret(apps, tx, id, earlierUntil)
        const more = earlierUntil === undefined ? {} : { earlierUntil }
        await audit.record(tx, appEvents.secretRenewed, { appId: id, by, ...more })
        return { app: saved.app, clientSecret, ...changed }
      }),

    /** `undefined` removes the picture. Throws Fault `not_found`. */
    setIcon: (actor: Administrator, id: string, icon: Icon | undefined): Promise<void> =>
      transact(db, async (tx) => {
        await findApp(apps, tx, id)
        if (icon === undefined && !(await removeIcon(tx, id))) return
        if (icon !== undefined) await saveIcon(tx, id, icon)
        const changes = [icon === undefined ? 'icon: removed' : `icon: ${icon.mediaType}`]
        await audit.record(tx, appEvents.changed, { appId: id, changes, by: auditName(actor) })
      }),

    /** Records that the app was tested from outside, see faces/protocols/probe.ts. `found` is absent: the test was interrupted. */
    recordTest: (actor: Administrator, appId: string, found?: TestFindings): Promise<void> =>
      transact(db, async (tx) => {
        const result = describeFindings(found)
        const by = auditName(actor)
        await audit.record(tx, appEvents.tested, { appId, result, ...found, by })
      }),

    /** Also removes everything that was issued for the app. Returns the app as it was. Throws Fault `not_found`. */
    removeApp: (actor: Administrator, id: string): Promise<App> =>
      transact(db, async (tx) => {
        const app = await findApp(apps, tx, id)
        if (!(await apps.remove(tx, id))) throw unknownApp(id)
        await audit.record(tx, appEvents.removed, { appId: id, by: auditName(actor) })
        return app
      }),
  }
}

function describeFindings(found: TestFindings | undefined) {
  if (found === undefined) return 'interrupted'
  if (found.wrong > 0) return 'wrong'
  return found.warnings > 0 ? 'warnings' : 'right'
}

/** A change that changes nothing has no event. */
async function recordChanges(
  audit: Audit,
  queries: Queries,
  data: { readonly appId: string; readonly changes: readonly string[]; readonly by: string },
): Promise<void> {
  if (data.changes.length > 0) await audit.record(queries, appEvents.changed, data)
}

/** Throws Fault `not_found` when there is no such app. */
export async function findApp(apps: Apps, queries: Queries, id: string): Promise<App> {
  return requireApp(await apps.find(queries, id), id)
}

function requireApp(app: App | undefined, id: string): App {
  if (app === undefined) throw unknownApp(id)
  return app
}

function unknownApp(id: string): Fault {
  return new Fault('not_found', `There is no app ${JSON.stringify(id)}.`)
}

async function renewSecret(
  apps: Apps,
  queries: Queries,
  id: string,
  keepUntil: number | undefined,
): Promise<string> {
  const secret = await apps.renewSecret(queries, id, keepUntil)
  if (secret !== undefined) return secret
  throw new Fault('not_allowed', `${id} is a public app, which has no secret. Nothing was changed.`)
}
