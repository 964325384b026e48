/**
 * Password spraying: when it is noticed, there is one alert, one audit event and a metric. Owns that several nodes report the same
 * password, network or name once in an hour; one of them hides no other. spray-counts.ts owns when it is spraying, and how many
 * have a report of their own.
 */
import type { Audit } from '../../identity/audit/audit.ts'
import type { Alerts } from '../../identity/notify/alerts/alerts.ts'
import { type Clock, hours } from '../../platform/kernel/clock.ts'
import { hmac } from '../../platform/kernel/crypto.ts'
import type { Keyring } from '../../platform/kernel/keyring.ts'
import { labelCounts, type Metric } from '../../platform/kernel/metric.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { forgetOlder, isFirst } from '../../platform/storage/once.ts'
import { type Transaction, transact } from '../../platform/storage/transact.ts'
import { reportAlerts } from './alerts.ts'
import { reportEvents } from './events.ts'
import {
  createSprayCounts,
  type FailedAttempt,
  type FoundSpray,
  type SprayPattern,
} from './spray-counts.ts'

export interface SprayingOptions {
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  readonly keyring: Keyring
  readonly audit: Audit
  readonly alerts: Alerts
}

export interface Attempt extends Omit<FailedAttempt, 'isKnown'> {
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
  const key = options.keyring.deriveInEpoch('spraying')
  const noticed: Record<SprayPattern, number> = { one_password: 0, one_network: 0, one_name: 0 }
  return {
    async note({ username, ...attempt }) {
      for (const found of counts.note({ ...attempt, isKnown: username !== null })) {
        noticed[found.pattern] += 1
        if (!found.isReported) continue
        const digest = hmac(key, found.subject).slice(0, 22)
        await transact(options.db, (tx) => raise(options, tx, { ...found, username, digest }))
      }
    },
    metric: {
      name: 'einlass_password_sprayings_total',
      type: 'counter',
      help: 'Passwords, networks and names with which this node noticed password spraying, each once an hour.',
      read: () => labelCounts('pattern', noticed),
    },
  }
}

interface Report extends FoundSpray {
  readonly username: string | null
  /** Of the subject: the same on all nodes, and nobody finds a password from it. */
  readonly digest: string
}

const rows = 'spraying '

async function raise(
  { clock, audit, alerts }: SprayingOptions,
  tx: Transaction,
  { pattern, subject, found, username, digest }: Report,
): Promise<void> {
  const period = { now: clock.now(), span: hours(1) }
  await forgetOlder(tx, { prefix: rows, ...period })
  if (!(await isFirst(tx, { name: `${rows}${pattern} ${digest}`, ...period }))) return
  const facts = {
    pattern,
    username: pattern === 'one_name' ? username : null,
    network: pattern === 'one_network' ? subject : null,
    found,
  }
  await alerts.raise(tx, reportAlerts.spraying, facts)
  await audit.record(tx, reportEvents.spraying, facts)
}
