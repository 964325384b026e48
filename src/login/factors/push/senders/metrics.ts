/** Counts what became of messages, for each provider. Owns the numbers; who shows them reads a snapshot. */

/** Upper bounds of the buckets in seconds; a last one takes the rest. */
export const latencyBounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

export interface ProviderCounts {
  /** Messages that the provider took over. */
  readonly handedOver: number
  readonly failed: number
  /** Addresses that the provider called dead. */
  readonly gone: number
  /** Further tries of the same message. */
  readonly retries: number
  readonly breakerOpens: number
  /** From the first try until the provider took the message over. Counts for each bucket alone, not added up. */
  readonly latency: {
    /** One count more than `latencyBounds` has bounds. */
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
  of(provider: string): ProviderMetrics
  /** A copy, by provider. */
  snapshot(): Readonly<Record<string, ProviderCounts>>
}

export function createSenderMetrics(): SenderMetrics {
  const providers = new Map<string, ReturnType<typeof emptyCounts>>()
  return {
    of(provider) {
      const counts = providers.get(provider) ?? emptyCounts()
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

function emptyCounts() {
  return {
    handedOver: 0,
    failed: 0,
    gone: 0,
    retries: 0,
    breakerOpens: 0,
    latency: { buckets: [...latencyBounds, 0].map(() => 0), sumSeconds: 0 },
  }
}
