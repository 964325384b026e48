/**
 * Many requests for new passwords, from all networks together: an audit event, a line of the log and a metric, at most once an
 * hour. Nobody is refused for it, as each network has its own limit: otherwise one network could turn the page off for all.
 */
import type { Audit } from '../../identity/audit/audit.ts'
import { createBuckets } from '../../identity/limits/buckets.ts'
import { type Clock, hours } from '../../platform/kernel/clock.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Metric } from '../../platform/kernel/metric.ts'
import type { Database } from '../../platform/storage/database.ts'
import { isFirst } from '../../platform/storage/once.ts'
import { transact } from '../../platform/storage/transact.ts'
import { resetEvents } from './events.ts'

export interface ResetFloodOptions {
  readonly db: Database
  readonly clock: Clock
  readonly audit: Audit
  readonly log: Log
}

/** Requests in a minute on one node. */
export const manyRequests = 300

export function createResetFlood({ db, clock, audit, log }: ResetFloodOptions) {
  const usual = createBuckets({ clock, limit: manyRequests })
  const reports = createBuckets({ clock, limit: 1, span: hours(1) })
  let times = 0

  async function report(): Promise<void> {
    const requests = manyRequests
    log.warn({ requests }, 'many new passwords are requested, more than this number in a minute')
    await transact(db, async (tx) => {
      const once = { name: 'password reset flood', now: clock.now(), span: hours(1) }
      if (await isFirst(tx, once)) await audit.record(tx, resetEvents.flood, { requests })
    })
  }

  return {
    /** Counts a request that is stored. Does not throw. */
    async note(): Promise<void> {
      if (usual.admit('all') === undefined) return
      times += 1
      if (reports.admit('all') !== undefined) return
      await report().catch((error: unknown) =>
        log.error({ error }, 'a flood of requests for new passwords was not written down'),
      )
    },
    metric: {
      name: 'einlass_password_reset_requests_unusual_total',
      type: 'counter',
      help: 'Requests for new passwords beyond 300 a minute, from all networks together.',
      read: () => [{ labels: {}, value: times }],
    } satisfies Metric,
  }
}
