/**
 * Password spraying: when it is noticed, there is one alert, one audit event and a metric. Owns that several nodes report it once
 * in an hour. spray-counts.ts owns when it is spraying.
 */
import type { Audit } from '../../identity/audit/audit.ts'
import type { Alerts } from '../../identity/notify/alerts/alerts.ts'
import { type Clock, hours } from '../../platform/kernel/clock.ts'
import { labelCounts, type Metric } from '../../platform/kernel/metric.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { type Transaction, transact } from '../../platform/storage/transact.ts'
import { reportAlerts } from './alerts.ts'
import { reportEvents } from './events.ts'
import { createSprayCounts, type FailedAttempt, type SprayPattern } from './spray-counts.ts'

export interface SprayingOptions {
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  readonly audit: Audit
  readonly alerts: Alerts
}

export interface Attempt extends FailedAttempt {
  /** The name if a user has it; otherwise null, because it may be a password in the wrong field. */
  readonly username: string | null
}

export interface Spraying {
  /** Counts an attempt that let nobody in. */
  note(attempt: Attempt): Promise<void>
  readonly metric: Metric
}

export function createSpraying(options: SprayingOptions): Spraying {
  const counts = createSprayCounts(options)
  const noticed: Record<SprayPattern, number> = { one_password: 0, one_network: 0, one_name: 0 }
  return {
    async note(attempt) {
      for (const pattern of counts.note(attempt)) {
        noticed[pattern] += 1
        await transact(options.db, (tx) => raise(options, tx, pattern, attempt))
      }
    },
    metric: {
      name: 'einlass_password_sprayings_total',
      type: 'counter',
      help: 'Hours of this node in which password spraying was noticed.',
      read: () => labelCounts('pattern', noticed),
    },
  }
}

async function raise(
  { clock, audit, alerts }: SprayingOptions,
  tx: Transaction,
  pattern: SprayPattern,
  attempt: Attempt,
): Promise<void> {
  if (!(await isFirst(tx, pattern, clock.now()))) return
  const facts = {
    pattern,
    username: pattern === 'one_name' ? attempt.username : null,
    network: pattern === 'one_network' ? (attempt.network ?? null) : null,
  }
  await alerts.raise(tx, reportAlerts.spraying, facts)
  await audit.record(tx, reportEvents.spraying, facts)
}

/** Whether no node has reported it within the hour. Only one node gets the row. */
async function isFirst(tx: Transaction, pattern: SprayPattern, now: number): Promise<boolean> {
  const earlier = `${now - hours(1)}`.padStart(16, '0')
  const value = `${now}`.padStart(16, '0')
  const taken = await tx
    .insertInto('settings')
    .values({ name: `spraying ${pattern}`, value })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet({ value }).where('settings.value', '<=', earlier),
    )
    .returning('name')
    .executeTakeFirst()
  return taken !== undefined
}
