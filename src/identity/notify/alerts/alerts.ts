/**
 * Tells the service desk what somebody has to look at. Owns which events there are and what each says; queue.ts keeps
 * them until a receiver has taken them, webhook.ts and syslog.ts carry them. Without `events` in the configuration
 * nothing is told. Each is called in the transaction of the change, like the audit event beside it.
 */
import type { Config } from '../../../platform/config/schema.ts'
import type { Clock } from '../../../platform/kernel/clock.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import { type AlertWorker, createAlertQueue, createAlertWorker, type Receiver } from './queue.ts'
import { createSyslog } from './syslog.ts'
import { createWebhook } from './webhook.ts'

/** The login that a person did not begin; what is not known, or not to be told, is null. */
export interface ForeignLogin {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly app: string | null
  readonly browser: string | null
  readonly place: string | null
  readonly address: string | null
}

export interface NotMeFacts {
  readonly userId: string
  readonly username: string
  readonly displayName: string
  /** Where the person said so. */
  readonly source: 'mail' | 'authenticator'
  readonly login: ForeignLogin | null
  readonly sessionsEnded: number
  readonly passwordChangeRequired: boolean
  /** Milliseconds since the epoch. */
  readonly pushBlockedUntil: number | null
}

export interface Alerts {
  /** A person says that a login in their name was not theirs. */
  readonly notMeReported: (queries: Queries, facts: NotMeFacts) => Promise<void>
}

export interface AlertsOptions {
  readonly config: Pick<Config, 'events'>
  /** An origin: which installation speaks. */
  readonly publicUrl: string | undefined
  readonly clock: Clock
  readonly random: Random
}

export function openAlerts({ config, publicUrl, clock, random }: AlertsOptions): Alerts {
  const { webhook, syslog } = config.events
  const receivers = [
    ...(webhook === undefined ? [] : (['webhook'] as const)),
    ...(syslog === undefined ? [] : (['syslog'] as const)),
  ]
  const queue = createAlertQueue({ clock, random, receivers })
  return {
    async notMeReported(queries, { login, pushBlockedUntil, ...facts }) {
      await queue.enqueue(queries, 'not_me_reported', {
        installation: publicUrl ?? null,
        ...facts,
        login: login && { ...login, at: timeOf(login.at) },
        pushBlockedUntil: pushBlockedUntil === null ? null : timeOf(pushBlockedUntil),
      })
    },
  }
}

function timeOf(at: number): string {
  return new Date(at).toISOString()
}

/** Tells the receivers what is queued. `undefined` when there are none. */
export function openAlertWorker(options: {
  readonly config: Pick<Config, 'events'>
  readonly publicUrl: string
  readonly db: Database
  readonly clock: Clock
  readonly log: Log
  readonly fetch: typeof fetch
}): AlertWorker | undefined {
  const { config, publicUrl } = options
  const { webhook, syslog } = config.events
  const receivers: Receiver[] = [
    ...(webhook === undefined ? [] : [createWebhook({ ...options, ...webhook })]),
    ...(syslog === undefined
      ? []
      : [createSyslog({ ...syslog, hostname: new URL(publicUrl).hostname })]),
  ]
  return receivers.length === 0 ? undefined : createAlertWorker({ ...options, receivers })
}
