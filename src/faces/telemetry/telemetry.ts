/**
 * Traces and metrics for an OpenTelemetry collector, by OTLP over HTTP. Loaded only if it is configured. Owns the queue of
 * unsent spans, which is limited to a few megabytes: when it is full, new spans are dropped and counted. No request waits for
 * any of this.
 */
import type { Config } from '../../platform/config/schema.ts'
import { seconds } from '../../platform/kernel/clock.ts'
import type { Log } from '../../platform/kernel/log.ts'
import { labelCounts, type Metric } from '../../platform/kernel/metric.ts'
import type { Random } from '../../platform/kernel/random.ts'
import { type Resource, writeMetrics, writeSpans } from './otlp.ts'
import { createSender } from './sender.ts'
import type { Span } from './span.ts'
import { recordSpans } from './spans.ts'

export interface TelemetryOptions {
  readonly config: NonNullable<Config['telemetry']>
  readonly resource: Resource
  readonly databaseSystem: string
  readonly random: Random
  readonly log: Log
  readonly fetch: typeof fetch
  /** Milliseconds. Absent: the values of a server. */
  readonly times?: TelemetryTimes
}

interface TelemetryTimes {
  readonly betweenSpans: number
  readonly patience: number
}

export interface Telemetry {
  /** Begins to send. @param metrics read before each transmission */
  start(metrics: readonly Metric[]): void
  /** Sends the waiting spans once, and ends. */
  stop(): Promise<void>
  readonly metrics: readonly Metric[]
}

const defaultTimes: TelemetryTimes = { betweenSpans: seconds(5), patience: seconds(10) }
/** A span has about 500 bytes. */
const mostWaiting = 4_096
const mostAtOnce = 512
/** How long the end of the process waits for a collector, in milliseconds. */
const lastPatience = seconds(2)

export function openTelemetry(options: TelemetryOptions): Telemetry {
  const { config, resource, times = defaultTimes } = options
  const deliver = createSender({ ...options, ...config, patience: times.patience })
  const since = Date.now()
  const counts = { sent: 0, dropped: 0 }
  const waiting: Span[] = []
  const timers: NodeJS.Timeout[] = []
  let sending: Promise<void> | undefined
  let measuring: Promise<void> | undefined
  let endRecording = (): void => {}

  function add(span: Span): void {
    if (waiting.length >= mostWaiting) counts.dropped += 1
    else waiting.push(span)
  }

  /** Sends until nothing waits, or until the collector accepts nothing; the next interval tries again. */
  async function sendSpans(): Promise<void> {
    while (waiting.length > 0) {
      const spans = waiting.slice(0, mostAtOnce)
      const delivery = await deliver('traces', writeSpans(resource, spans))
      if (delivery === 'later') return
      waiting.splice(0, spans.length)
      counts[delivery === 'taken' ? 'sent' : 'dropped'] += spans.length
    }
  }

  function lookForSpans(): Promise<void> {
    sending ??= sendSpans().finally(() => {
      sending = undefined
    })
    return sending
  }

  function sendMetrics(metrics: readonly Metric[]): Promise<void> {
    const send = async () => {
      const document = await writeMetrics(resource, metrics, { since, now: Date.now() })
      await deliver('metrics', document)
    }
    measuring ??= send()
      .catch((error: unknown) => options.log.error({ error }, 'the metrics could not be read'))
      .finally(() => {
        measuring = undefined
      })
    return measuring
  }

  return {
    start(metrics) {
      if (config.traces) {
        endRecording = recordSpans({ ...options, ...config, onEnd: add })
        timers.push(setInterval(() => void lookForSpans(), times.betweenSpans).unref())
      }
      if (config.metrics)
        timers.push(setInterval(() => void sendMetrics(metrics), config.interval).unref())
    },
    async stop() {
      endRecording()
      for (const timer of timers) clearInterval(timer)
      const { promise, resolve } = Promise.withResolvers<void>()
      const impatience = setTimeout(resolve, lastPatience)
      await Promise.race([lookForSpans(), promise]).finally(() => clearTimeout(impatience))
    },
    metrics: [
      {
        name: 'einlass_telemetry_spans_total',
        type: 'counter',
        help: 'Spans of traces, by what became of them.',
        read: () => labelCounts('outcome', counts),
      },
    ],
  }
}
