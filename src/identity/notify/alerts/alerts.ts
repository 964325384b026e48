/**
 * Alerts for the service desk: events that a person there has to look at. Owns how an alert is raised; each feature
 * declares its own. queue.ts stores alerts until a receiver has taken them; webhook.ts and syslog.ts deliver them.
 * Without `events` in the configuration there are no receivers, and nothing is queued.
 */
import type { Config } from '../../../platform/config/schema.ts'
import type { Clock } from '../../../platform/kernel/clock.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import { type Piece, tracePiece } from '../../../platform/kernel/trace.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import { type AlertWorker, createAlertQueue, createAlertWorker, type Receiver } from './queue.ts'
import { createSyslog } from './syslog.ts'
import { createWebhook } from './webhook.ts'

/** An alert, as the feature that raises it declares it in an `alerts.ts`. */
export interface Alert<AlertFacts extends object> {
  /** The type, as receivers read it. */
  readonly type: string
  /** The members of its body. They contain no secret. */
  describe(facts: AlertFacts): object
}

export interface Alerts {
  /**
   * Queues a copy of the alert for every receiver. Call it in the transaction of the change, like the audit event beside
   * it.
   */
  raise<AlertFacts extends object>(
    queries: Queries,
    alert: Alert<AlertFacts>,
    facts: NoInfer<AlertFacts>,
  ): Promise<void>
}

export interface AlertsOptions {
  readonly config: Pick<Config, 'events'>
  /** An origin. Tells receivers which installation sends. */
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
    async raise(queries, { type, describe }, facts) {
      const installation = publicUrl ?? null
      await queue.enqueue(queries, type, { installation, ...describe(facts) })
    },
  }
}

interface ReceiverOptions {
  readonly config: Pick<Config, 'events'>
  readonly publicUrl: string
  readonly clock: Clock
  readonly fetch: typeof fetch
}

/** All configured receivers. */
export function openReceivers(options: ReceiverOptions): Receiver[] {
  const { config, publicUrl } = options
  const { webhook, syslog } = config.events
  const receivers = [
    ...(webhook === undefined ? [] : [createWebhook({ ...options, ...webhook })]),
    ...(syslog === undefined
      ? []
      : [createSyslog({ ...syslog, hostname: new URL(publicUrl).hostname })]),
  ]
  return receivers.map(traceDeliveries)
}

/** The same receiver, with its deliveries recorded in a trace. */
function traceDeliveries(receiver: Receiver): Receiver {
  const piece: Piece<string | undefined> = {
    name: `event ${receiver.name}`,
    kind: 'client',
    describe: (reason) => (reason === undefined ? {} : { 'error.type': reason }),
  }
  return { ...receiver, deliver: (event) => tracePiece(piece, () => receiver.deliver(event)) }
}

/** Delivers queued alerts. `undefined`: there are no receivers. */
export function openAlertWorker(
  options: ReceiverOptions & { readonly db: Database; readonly log: Log },
): AlertWorker | undefined {
  const receivers = openReceivers(options)
  return receivers.length === 0 ? undefined : createAlertWorker({ ...options, receivers })
}
