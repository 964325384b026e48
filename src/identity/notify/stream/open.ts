/** Sends the audit log of a running server to the configured receivers: events as they happen, and signed heads. */
import type { Config } from '../../../platform/config/schema.ts'
import type { Clock } from '../../../platform/kernel/clock.ts'
import type { Keyring } from '../../../platform/kernel/keyring.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import type { Metric } from '../../../platform/kernel/metric.ts'
import type { Database, Nodes } from '../../../platform/storage/database.ts'
import type { EventType } from '../../audit/event.ts'
import { createHeadExport, type HeadReceiver } from '../../audit/export-heads.ts'
import { listStreamMetrics } from '../../audit/stream/metrics.ts'
import { createAuditStream, matchesType, type StreamReceiver } from '../../audit/stream/stream.ts'
import { openReceivers } from '../alerts/alerts.ts'
import { writeSyslogMessage } from '../transport/syslog.ts'
import { createSyslogReceiver, sendTo } from './syslog-receiver.ts'
import { createWebhookReceiver, postTo } from './webhook-receiver.ts'

export interface AuditExportOptions {
  readonly config: Pick<Config, 'audit' | 'events'>
  /** An origin. */
  readonly publicUrl: string
  /** All event types: the description of a type decides its severity. */
  readonly eventTypes: readonly EventType[]
  readonly platform: {
    readonly db: Database
    readonly nodes: Nodes
    readonly keyring: Keyring
    readonly clock: Clock
    readonly log: Log
    readonly fetch: typeof fetch
  }
}

export interface AuditExports {
  /** Call it before the first event of this process. */
  begin(): Promise<void>
  /** Workers that start and stop with the server, like the mail worker. */
  readonly workers: readonly {
    start(): void
    stop(): Promise<void>
    purge(): Promise<void>
  }[]
  readonly metrics: readonly Metric[]
}

export function openAuditExports(options: AuditExportOptions): AuditExports {
  const { config, platform, eventTypes } = options
  const receivers = openStreamReceivers(options)
  const heads = openHeadExport(options)
  const stream = receivers.length === 0 ? undefined : createAuditStream({ ...platform, receivers })
  for (const text of listUnknownTypes(config, eventTypes)) platform.log.warn({}, text)
  return {
    begin: async () => await stream?.begin(),
    // Heads stop first, so the newest head is sent; it contains the position in the log.
    workers: [heads, stream].filter((one) => one !== undefined),
    metrics: [
      ...(heads === undefined ? [] : [heads.metric]),
      ...(stream === undefined ? [] : listStreamMetrics({ ...platform, receivers })),
    ],
  }
}

function openStreamReceivers({
  config,
  publicUrl,
  eventTypes,
  platform,
}: AuditExportOptions): StreamReceiver[] {
  const hostname = new URL(publicUrl).hostname
  return config.audit.receivers.map((one) =>
    one.kind === 'syslog'
      ? createSyslogReceiver({ config: one, hostname, eventTypes })
      : createWebhookReceiver({ ...platform, config: one, publicUrl }),
  )
}

/** `undefined`: no receiver gets heads. */
function openHeadExport(options: AuditExportOptions) {
  const { config, platform } = options
  const { file, receivers: names, every } = config.audit.heads
  if (file === undefined && names.length === 0) return undefined
  const receivers = [
    ...openReceivers({ ...platform, ...options }),
    ...openHeadReceivers(options),
  ].filter(({ name }) => names.includes(name))
  return createHeadExport({ ...platform, file, every, receivers })
}

/** The receivers of the log, as receivers of heads. */
function openHeadReceivers({ config, publicUrl, platform }: AuditExportOptions): HeadReceiver[] {
  const hostname = new URL(publicUrl).hostname
  return config.audit.receivers.map((one) => ({
    name: one.name,
    async deliver({ type, body, createdAt: at }) {
      if (one.kind === 'webhook') return (await postTo({ ...platform, config: one }, body))?.reason
      const message = writeSyslogMessage({ severity: 'notice', at, hostname, type, body })
      return (await sendTo(one, [message]))?.reason
    },
  }))
}

/** Types that no event has are usually misspelt. */
export function listUnknownTypes(
  { audit }: Pick<Config, 'audit'>,
  eventTypes: readonly EventType[],
): string[] {
  return audit.receivers.flatMap(({ name, types }) =>
    types
      .filter((wanted) => !eventTypes.some(({ type }) => matchesType(type, [wanted])))
      .map((wanted) => `audit.receivers: ${name} waits for events ${wanted}, and there are none`),
  )
}
