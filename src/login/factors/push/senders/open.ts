/** Creates the senders that the configuration names, each with retries and limits. Other senders are not loaded. */
import { ConfigMistakes } from '../../../../platform/config/mistakes.ts'
import type { Config } from '../../../../platform/config/schema.ts'
import type { Clock } from '../../../../platform/kernel/clock.ts'
import type { Random } from '../../../../platform/kernel/random.ts'
import type { SenderMetrics } from '../../approval/sending/metrics.ts'
import {
  createResilientSender,
  systemTimers,
  type Timers,
} from '../../approval/sending/resilient.ts'
import { createHttpSender } from './http.ts'
import { type ReadFile, readSenderKeys, type SenderKeys } from './keys.ts'
import type { PushSender } from './sender.ts'

export interface OpenSendersOptions {
  readonly config: Config['push']['senders']
  readonly readFile: ReadFile
  readonly clock: Clock
  readonly random: Random
  readonly metrics: SenderMetrics
  readonly fetch: typeof fetch
  /** Absent: the system's. */
  readonly timers?: Timers
}

/**
 * Opens the senders. The first one that accepts a phone's address sends its messages.
 * @throws ConfigMistakes when a file is missing or has the wrong format
 */
export async function openSenders(options: OpenSendersOptions): Promise<PushSender[]> {
  const { config, readFile, metrics, timers = systemTimers } = options
  const reading = readSenderKeys(config, readFile)
  if (reading.type === 'mistakes') throw new ConfigMistakes(reading.mistakes, undefined)
  const senders = await createSenders(options, reading.keys)
  return senders.map((sender) =>
    createResilientSender({
      ...options,
      sender,
      timers,
      metrics: metrics.forProvider(sender.name),
    }),
  )
}

async function createSenders(options: OpenSendersOptions, keys: SenderKeys): Promise<PushSender[]> {
  const { config, clock, fetch } = options
  const { http, sns, apns, webpush } = config
  const senders: PushSender[] = []
  if (http.allowed_origins.length > 0) {
    senders.push(createHttpSender({ allowedOrigins: http.allowed_origins, fetch }))
  }
  if (webpush !== undefined && keys.webpush !== undefined) {
    const { createWebPushSender } = await import('./webpush/webpush.ts')
    const { subject, allowed_origins: allowedOrigins } = webpush
    senders.push(createWebPushSender({ subject, allowedOrigins, keys: keys.webpush, clock }))
  }
  if (keys.fcm !== undefined) {
    const { createFcmSender } = await import('./fcm/fcm.ts')
    senders.push(createFcmSender({ account: keys.fcm, clock, fetch }))
  }
  if (apns !== undefined && keys.apns !== undefined) {
    const { createApnsSender } = await import('./apns/apns.ts')
    const { key_id: keyId, team_id: teamId, topic, sandbox } = apns
    senders.push(createApnsSender({ privateKey: keys.apns, keyId, teamId, topic, sandbox, clock }))
  }
  if (sns !== undefined) {
    const { createSnsSender } = await import('./sns/sns.ts')
    senders.push(
      createSnsSender({
        region: sns.region,
        googleApplication: sns.google_application_arn,
        appleApplication: sns.apple_application_arn,
        format: sns.format,
        origin: sns.endpoint,
        credentials: keys.sns,
        clock,
      }),
    )
  }
  return senders
}
