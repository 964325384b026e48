/**
 * For an operator: which requests of apps were refused lately for a reason that a setting mends, from the audit log. Changes
 * nothing. Anybody can send a wrong request in the name of an app, so this is a hint and no finding.
 */
import { findProtocol } from '../../identity/apps/app-protocol.ts'
import type { App } from '../../identity/apps/apps.ts'
import { listChangeTimes } from '../../identity/apps/change-times.ts'
import { listAudit } from '../../identity/audit/list.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { refusalEvents } from './events.ts'
import { type Finding, warning } from './probe.ts'
import type { Protocol } from './protocol.ts'

export interface RefusedLately {
  readonly reason: string
  readonly times: number
  /** Milliseconds since the epoch. */
  readonly lastAt: number
  readonly advice: string
}

export interface RefusedSpan {
  /** Milliseconds since the epoch. */
  readonly from: number
  readonly until: number
}

/** By app, only refusals after its last change: a change may have mended the earlier ones. */
export async function listRefusedLately(
  queries: Queries,
  { protocols, apps }: { readonly protocols: readonly Protocol[]; readonly apps: readonly App[] },
  { from, until }: RefusedSpan,
): Promise<ReadonlyMap<string, readonly RefusedLately[]>> {
  const changed = await listChangeTimes(queries)
  const found = new Map<string, RefusedLately[]>()
  const filter = { types: [refusalEvents.refused.type], since: from, until }
  for await (const events of listAudit(queries, filter)) {
    for (const { at, data } of events) {
      const { appId, reason, times = 1 } = data as Partial<RefusedFacts>
      const app = apps.find(({ id }) => id === appId)
      if (app === undefined || at < (changed.get(app.id) ?? 0)) continue
      const { adviseRefusal } = findProtocol(protocols, app.protocol)
      const advice = adviseRefusal?.(reason ?? '', app)
      if (reason === undefined || advice === undefined) continue
      const ofApp = found.get(app.id) ?? []
      const before = ofApp.find((one) => one.reason === reason)
      const sum = { reason, advice, times: times + (before?.times ?? 0), lastAt: at }
      found.set(app.id, [...ofApp.filter((one) => one !== before), sum])
    }
  }
  return found
}

interface RefusedFacts {
  readonly appId: string | null
  readonly reason: string
  readonly times: number
}

/** For a sentence about the requests of an app. */
export function describeRefused({ times, lastAt, reason }: RefusedLately): string {
  const often = times === 1 ? 'once' : `${times} times`
  const last = new Date(lastAt).toISOString().slice(0, 19)
  return `${often} (${reason}), last at ${last}Z`
}

/** For `einlass app test`. */
export const findRefused = (refused: readonly RefusedLately[] = []): Finding[] =>
  refused.map((one) =>
    warning('requests of the app', `Refused ${describeRefused(one)}.`, one.advice),
  )
