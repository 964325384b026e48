/** Builds the senders that the configuration names, each with its patience. A sender that is not named is not loaded. */
import type { Config } from '../../../config/schema.ts'
import type { Clock } from '../../../kernel/clock.ts'
import type { Random } from '../../../kernel/random.ts'
import { createHttpSender } from './http.ts'
import type { SenderMetrics } from './metrics.ts'
import { createResilientSender, systemTimers, type Timers } from './resilient.ts'
import type { PushSender } from './sender.ts'

export interface OpenSendersOptions {
  readonly config: Config['push']['senders']
  readonly clock: Clock
  readonly random: Random
  readonly metrics: SenderMetrics
  readonly fetch: typeof fetch
  /** Absent: the system's. */
  readonly timers?: Timers
}

/** The senders in the order in which they are asked for a phone. */
export async function openSenders(options: OpenSendersOptions): Promise<PushSender[]> {
  const { metrics, timers = systemTimers } = options
  const senders = await bareSenders(options)
  return senders.map((sender) =>
    createResilientSender({ ...options, sender, timers, metrics: metrics.of(sender.name) }),
  )
}

async function bareSenders({ config, fetch }: OpenSendersOptions): Promise<PushSender[]> {
  const senders: PushSender[] = []
  const { allowed_origins: allowedOrigins } = config.http
  if (allowedOrigins.length > 0) senders.push(createHttpSender({ allowedOrigins, fetch }))
  return senders
}
