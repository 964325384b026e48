/** Counts the results of messages for each provider. Owns the numbers and their names in the metrics. */
import { labelCounts, type Metric, type Sample } from '../../../../platform/kernel/metric.ts'

/** Upper bounds of the buckets in seconds; one more bucket has no bound. */
export const latencyBounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

export interface ProviderCounts {
  /** Messages that the provider accepted. */
  readonly handedOver: number
  readonly failed: number
  /** Messages to addresses that the provider reported as gone. */
  readonly gone: number
  /** Further tries of the same message. */
  readonly retries: number
  readonly breakerOpens: number
  /** The time from the first try until the provider accepted the message. Each bucket has its own count, not a running sum. */
  readonly latency: {
    /** One element more than `latencyBounds`. */
    readonly buckets: readonly number[]
    readonly sumSeconds: number
  }
}

export interface ProviderMetrics {
  /** @param elapsed milliseconds */
  handedOver(elapsed: number): void
  failed(): void
  gone(): void
  retried(): void
  breakerOpened(): void
}

export interface SenderMetrics {
  forProvider(provider: string): ProviderMetrics
  /** A copy of the counts by the provider's name. */
  snapshot(): Readonly<Record<string, ProviderCounts>>
}

export function createSenderMetrics(): SenderMetrics {
  const providers = new Map<string, ReturnType<typeof createCounts>>()
  return {
    forProvider(provider) {
      const counts = providers.get(provider) ?? createCounts()
      providers.set(provider, counts)
      return {
        handedOver(elapsed) {
          const seconds = elapsed / 1000
          const bucket = latencyBounds.findIndex((bound) => seconds <= bound)
          const index = bucket === -1 ? latencyBounds.length : bucket
          counts.handedOver += 1
          counts.latency.buckets[index] = (counts.latency.buckets[index] ?? 0) + 1
          counts.latency.sumSeconds += seconds
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
    snapshot: () => structuredClone(Object.fromEntries(providers)),
  }
}

function createCounts() {
  return {
    handedOver: 0,
    failed: 0,
    gone: 0,
    retries: 0,
    breakerOpens: 0,
    latency: { buckets: [...latencyBounds, 0].map(() => 0), sumSeconds: 0 },
  }
}

export function listSenderMetrics(counted: Pick<SenderMetrics, 'snapshot'>): Metric[] {
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
      name: deliveryTime,
      type: 'histogram',
      help: 'From the first try until the provider took the message over.',
      read: readEach((provider, { latency }) => readHistogram(provider, latency)),
    },
  ]
}

const deliveryTime = 'einlass_push_delivery_seconds'

/** In the Prometheus text format, a bucket includes the counts of all smaller ones. */
function readHistogram(
  provider: string,
  { buckets, sumSeconds }: ProviderCounts['latency'],
): Sample[] {
  let sum = 0
  const samples = buckets.map((own, index) => {
    sum += own
    const le = `${latencyBounds[index] ?? '+Inf'}`
    return { metricName: `${deliveryTime}_bucket`, labels: { le, provider }, value: sum }
  })
  const labels = { provider }
  return [
    ...samples,
    { metricName: `${deliveryTime}_sum`, labels, value: sumSeconds },
    { metricName: `${deliveryTime}_count`, labels, value: sum },
  ]
}
