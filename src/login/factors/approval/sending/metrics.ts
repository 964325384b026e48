/** Counts the results of messages for each provider. Owns the numbers and their names in the metrics. */
import { createHistogram, type Histogram } from '../../../../platform/kernel/histogram.ts'
import { labelCounts, type Metric, type Sample } from '../../../../platform/kernel/metric.ts'

/** In seconds. */
const latencyBounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

export interface ProviderCounts {
  /** Messages that the provider accepted. */
  readonly handedOver: number
  readonly failed: number
  /** Messages to addresses that the provider reported as gone. */
  readonly gone: number
  /** Further tries of the same message. */
  readonly retries: number
  readonly breakerOpens: number
  /** When the oldest message began that is still on its way (ms since the epoch); absent: nothing is on its way. */
  readonly oldest?: number | undefined
  /** The time from the first try until the provider accepted the message. */
  readonly latency: Histogram
}

export interface ProviderMetrics {
  /** A message is on its way from `at` (ms since the epoch) until the returned function is called. */
  began(at: number): () => void
  /** @param elapsed milliseconds */
  handedOver(elapsed: number): void
  failed(): void
  gone(): void
  retried(): void
  breakerOpened(): void
}

export interface SenderMetrics {
  forProvider(provider: string): ProviderMetrics
  /** The counts by the provider's name, as they are now. */
  snapshot(): Readonly<Record<string, ProviderCounts>>
}

export function createSenderMetrics(): SenderMetrics {
  const providers = new Map<string, ReturnType<typeof createCounts>>()
  return {
    forProvider(provider) {
      const counts = providers.get(provider) ?? createCounts()
      providers.set(provider, counts)
      return {
        began(at) {
          const one = { at }
          counts.pending.add(one)
          return () => void counts.pending.delete(one)
        },
        handedOver(elapsed) {
          counts.handedOver += 1
          counts.latency.note(elapsed)
        },
        failed() {
          counts.failed += 1
        },
        gone() {
          counts.gone += 1
        },
        retried() {
          counts.retries += 1
        },
        breakerOpened() {
          counts.breakerOpens += 1
        },
      }
    },
    snapshot: () =>
      Object.fromEntries(
        [...providers].map(([name, { pending, ...counts }]) => {
          const [oldest] = pending
          return [name, { ...counts, oldest: oldest?.at }]
        }),
      ),
  }
}

function createCounts() {
  return {
    handedOver: 0,
    failed: 0,
    gone: 0,
    retries: 0,
    breakerOpens: 0,
    /** In the order in which they began. */
    pending: new Set<{ readonly at: number }>(),
    latency: createHistogram(latencyBounds),
  }
}

export function listSenderMetrics(
  counted: Pick<SenderMetrics, 'snapshot'>,
  now: () => number = Date.now,
): Metric[] {
  const readEach = (read: (provider: string, counts: ProviderCounts) => readonly Sample[]) => () =>
    Object.entries(counted.snapshot()).flatMap(([provider, counts]) => read(provider, counts))
  const readOne = (pick: (counts: ProviderCounts) => number) =>
    readEach((provider, counts) => [{ labels: { provider }, value: pick(counts) }])
  return [
    {
      name: 'einlass_pushes_total',
      type: 'counter',
      help: 'Messages to phones, by what became of them.',
      read: readEach((provider, { handedOver, failed, gone }) =>
        labelCounts('outcome', { handed_over: handedOver, failed, gone }, { provider }),
      ),
    },
    {
      name: 'einlass_push_retries_total',
      type: 'counter',
      help: 'Further tries of a message.',
      read: readOne(({ retries }) => retries),
    },
    {
      name: 'einlass_push_rests_total',
      type: 'counter',
      help: 'How often a provider that kept failing was left alone for a while.',
      read: readOne(({ breakerOpens }) => breakerOpens),
    },
    {
      name: 'einlass_push_oldest_seconds',
      type: 'gauge',
      help: 'How long the oldest message is on its way that the provider has not taken yet.',
      read: readOne(({ oldest }) =>
        oldest === undefined ? 0 : Math.max(0, now() - oldest) / 1000,
      ),
    },
    {
      name: deliveryTime,
      type: 'histogram',
      help: 'From the first try until the provider took the message over.',
      read: readEach((provider, { latency }) => latency.read(deliveryTime, { provider })),
    },
  ]
}

const deliveryTime = 'einlass_push_delivery_seconds'
