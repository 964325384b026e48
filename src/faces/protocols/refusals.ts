/**
 * Refused requests of apps: counted by protocol and reason, and written to the audit log in a form that cannot fill it: the
 * first refusal of each app and reason, then their number every ten minutes. Owns no reason: each protocol declares its own.
 */
import type { IncomingMessage } from 'node:http'
import { createAggregate } from '../../identity/audit/aggregate.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import { labelCounts, type Metric } from '../../platform/kernel/metric.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { createAppTestMarks } from './app-test-mark.ts'
import { refusalEvents } from './events.ts'
import type { ProtocolBase } from './protocol.ts'

/** How a refusal is recorded. `counted` is for refusals that are normal for apps. */
export type RefusalReasons = Readonly<Record<string, 'audited' | 'counted'>>

export interface AppRefusal {
  /** The protocol's name. */
  readonly protocol: string
  /** A reason of the protocol. Every other text becomes `other`, so that nobody can invent counters or events. */
  readonly reason: string
  /** The id of an existing app; absent: the request belongs to no known app. */
  readonly appId?: string | undefined
  /** The refused request: one of `einlass app test` is not recorded. */
  readonly request?: Pick<IncomingMessage, 'headers'> | undefined
}

export interface AppRefusals {
  /** Returns at once: an answer must not wait for the log. */
  note(refusal: AppRefusal): void
  /** Writes the refusals that were only counted so far; with `all` also the latest. */
  flush(options?: { readonly all?: boolean }): Promise<void>
  readonly metric: Metric
}

interface NotedRefusal {
  readonly protocol: string
  readonly reason: string
  readonly appId: string | null
}

const unknownReason = 'other'

export function createAppRefusals(
  protocols: readonly { readonly name: string; readonly refusals: RefusalReasons }[],
  base: Pick<ProtocolBase, 'db' | 'clock' | 'random' | 'audit' | 'log' | 'keyring'>,
): AppRefusals {
  const { db, clock, audit, log } = base
  const marks = createAppTestMarks(base)
  const counts = new Map(protocols.map(({ name, refusals }) => [name, countNone(refusals)]))
  const fates = new Map(protocols.map(({ name, refusals }) => [name, refusals]))
  const aggregate = createAggregate<NotedRefusal>({
    clock,
    interval: minutes(10),
    findKey: ({ protocol, reason, appId }) => `${protocol} ${reason} ${appId ?? ''}`,
    withoutKey: ({ protocol, reason }) => ({ protocol, reason, appId: null }),
    write: (queries: Queries, { times, ...refusal }) =>
      audit.record(queries, refusalEvents.refused, { ...refusal, ...(times > 1 && { times }) }),
  })
  const writing = new Set<Promise<void>>()

  return {
    note({ protocol, reason, appId, request }) {
      if (request !== undefined && marks.spend(request.headers, appId)) return
      const count = counts.get(protocol)
      if (count === undefined) throw new Error(`there is no protocol ${protocol}`)
      const known = Object.hasOwn(count, reason) ? reason : unknownReason
      count[known] = (count[known] ?? 0) + 1
      if (fates.get(protocol)?.[known] === 'counted') return
      const noted = { protocol, reason: known, appId: appId ?? null }
      const written = aggregate
        .add(db, noted)
        .catch((error: unknown) => log.error({ error }, 'a refusal was not written down'))
        .finally(() => writing.delete(written))
      writing.add(written)
    },
    async flush(options) {
      await Promise.all(writing)
      await aggregate.flush(db, options)
    },
    metric: {
      name: 'einlass_app_requests_refused_total',
      type: 'counter',
      help: 'Requests of apps that were refused.',
      read: () =>
        [...counts].flatMap(([protocol, one]) => labelCounts('reason', one, { protocol })),
    },
  }
}

function countNone(refusals: RefusalReasons): Record<string, number> {
  return Object.fromEntries([...Object.keys(refusals), unknownReason].map((name) => [name, 0]))
}
