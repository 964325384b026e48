/**
 * Makes the apps of an installation equal to those of a file, in one transaction: adds, changes and, if requested,
 * removes apps. Owns the comparison and the audit event of each difference; does not know the format of the file.
 *
 *   const applied = await applyApps(administrator, { apps: wanted, mayRemove: () => false, dryRun: true })
 */
import { isDeepStrictEqual } from 'node:util'
import { buildJsonSchema } from '../../platform/config/fields.ts'
import { type Transaction, transact } from '../../platform/storage/transact.ts'
import { type AppProtocol, findProtocol } from '../apps/app-protocol.ts'
import { type App, type AppInput, createAppSchema } from '../apps/apps.ts'
import { appEvents } from '../apps/events.ts'
import { type Administrator, auditName } from './actor.ts'
import { type ChangeableApp, describeAppChanges } from './app-changes.ts'
import type { AppOperationsOptions } from './apps.ts'

/** An app in a file. It is complete: settings that it does not name have their defaults. */
export type WantedApp = AppInput & { readonly id: string; readonly protocol: string }

export interface ApplyRequest {
  readonly apps: readonly WantedApp[]
  /** Whether an app that the file does not name is removed. */
  readonly mayRemove: (app: App) => boolean
  /** Finds out what would be done and whether it is possible; changes nothing. */
  readonly dryRun: boolean
}

/** What was done to an app, or would be. */
export type AppliedApp = { readonly id: string; readonly name: string } & (
  | { readonly type: 'unchanged' }
  /** `clientSecret` is present when one was made; nobody can see it later. */
  | { readonly type: 'added'; readonly clientSecret?: string }
  | {
      readonly type: 'changed'
      readonly changes: readonly string[]
      readonly clientSecret?: string
    }
  | { readonly type: 'removed' }
)

/** `other_protocol`: the protocol of an app never changes, so no app was changed. */
export type ApplyOutcome =
  | { readonly type: 'applied'; readonly apps: readonly AppliedApp[] }
  | {
      readonly type: 'other_protocol'
      readonly apps: readonly { readonly id: string; readonly protocol: string }[]
    }

export interface ApplyOptions extends AppOperationsOptions {
  readonly protocols: readonly AppProtocol[]
}

export function createApplyApps(options: ApplyOptions) {
  const { db, apps } = options
  return async (actor: Administrator, request: ApplyRequest): Promise<ApplyOutcome> => {
    let outcome: ApplyOutcome | undefined
    try {
      return await transact(db, async (tx) => {
        const existing = new Map((await apps.list(tx)).map((app) => [app.id, app]))
        const foreign = listForeign(existing, request.apps)
        if (foreign.length > 0) return { type: 'other_protocol', apps: foreign }
        const steps = planSteps(options.protocols, existing, request)
        const done = await takeSteps(options, tx, steps, actor)
        if (!request.dryRun) return { type: 'applied', apps: done }
        outcome = { type: 'applied', apps: steps.map(({ preview }) => preview) }
        throw new Undo()
      })
    } catch (error) {
      if (error instanceof Undo && outcome !== undefined) return outcome
      throw error
    }
  }
}

/** Rolls back the transaction of a dry run after everything has proved to be possible. */
class Undo extends Error {}

/** What is to be done to one app. */
interface Step {
  readonly preview: AppliedApp
  /** Absent: the app is removed, or stays as it is. */
  readonly wanted?: WantedApp
}

type Existing = ReadonlyMap<string, App>

function listForeign(existing: Existing, wanted: readonly WantedApp[]) {
  return wanted.flatMap(({ id, protocol }) => {
    const app = existing.get(id)
    return app === undefined || app.protocol === protocol ? [] : [{ id, protocol: app.protocol }]
  })
}

/** In the order of the file; what is removed comes last. */
function planSteps(
  protocols: readonly AppProtocol[],
  existing: Existing,
  { apps, mayRemove }: ApplyRequest,
): Step[] {
  const wantedIds = new Set(apps.map(({ id }) => id))
  const surplus = [...existing.values()].filter((app) => !wantedIds.has(app.id) && mayRemove(app))
  return [
    ...apps.map((wanted): Step => {
      const before = existing.get(wanted.id)
      const { id, name } = wanted
      if (before === undefined) return { preview: { id, name, type: 'added' }, wanted }
      const protocol = findProtocol(protocols, wanted.protocol)
      const whole = withSecrets(protocol, before, wanted)
      const changes = listChanges(protocol, before, whole)
      if (changes.length === 0) return { preview: { id, name, type: 'unchanged' } }
      return { preview: { id, name, type: 'changed', changes }, wanted: whole }
    }),
    ...surplus.map(({ id, name }): Step => ({ preview: { id, name, type: 'removed' } })),
  ]
}

/** A file does not have to name the secret of an app: then the stored one stays. */
function withSecrets(protocol: AppProtocol, before: App, wanted: WantedApp): WantedApp {
  const { properties = {} } = buildJsonSchema(protocol.settings)
  const secrets = Object.entries(before.settings).filter(
    ([name]) => properties[name]?.writeOnly === true,
  )
  return { ...wanted, settings: { ...Object.fromEntries(secrets), ...wanted.settings } }
}

/** Settings that were stored before one of them existed have its default, as the wanted ones do. */
function listChanges(protocol: AppProtocol, before: App, wanted: WantedApp): string[] {
  const { name, template, settings, policy } = createAppSchema(protocol).parse(
    withoutProtocol(wanted),
  )
  const after = asStored({ name, template, settings, ownPolicy: policy })
  const now = asStored({
    ...before,
    settings: protocol.settings.safeParse(before.settings).data ?? before.settings,
  })
  if (isDeepStrictEqual(now, after)) return []
  return describeAppChanges(now, after)
}

const withoutProtocol = ({ protocol: _, ...input }: WantedApp) => input

/** What is stored as JSON has no member that is undefined. */
function asStored({ name, template, settings, ownPolicy }: Stored): ChangeableApp {
  return JSON.parse(JSON.stringify({ name, template, settings, ownPolicy }))
}

type Stored = Pick<App, 'name' | 'settings' | 'ownPolicy'> & {
  readonly template?: string | undefined
}

/** Removes apps first, so that another app can have their addresses; the outcomes are in the order of the steps. */
async function takeSteps(
  options: ApplyOptions,
  tx: Transaction,
  steps: readonly Step[],
  actor: Administrator,
): Promise<AppliedApp[]> {
  const done = new Map<Step, AppliedApp>()
  const isRemoval = ({ preview }: Step) => preview.type === 'removed'
  const inTurn = [...steps.filter(isRemoval), ...steps.filter((step) => !isRemoval(step))]
  for (const step of inTurn) done.set(step, await takeStep(options, tx, step, actor))
  return steps.map((step) => done.get(step) ?? step.preview)
}

async function takeStep(
  { apps, audit }: ApplyOptions,
  tx: Transaction,
  { preview, wanted }: Step,
  actor: Administrator,
): Promise<AppliedApp> {
  const { id: appId, type } = preview
  const by = auditName(actor)
  if (type === 'removed') {
    await apps.remove(tx, appId)
    await audit.record(tx, appEvents.removed, { appId, by })
  }
  if (type === 'added' && wanted !== undefined) {
    const { clientSecret } = await apps.create(tx, wanted)
    await audit.record(tx, appEvents.created, { appId, by })
    return { ...preview, ...(clientSecret !== undefined && { clientSecret }) }
  }
  if (type === 'changed' && wanted !== undefined) {
    const { name, template = null, settings, policy = {} } = wanted
    const saved = await apps.change(tx, appId, { name, template, settings, policy })
    await audit.record(tx, appEvents.changed, { appId, changes: preview.changes, by })
    const clientSecret = saved?.clientSecret
    return { ...preview, ...(clientSecret !== undefined && { clientSecret }) }
  }
  return preview
}
