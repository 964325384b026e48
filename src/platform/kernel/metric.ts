/**
 * A number of this node that metrics show. Each feature declares its own; faces/metrics shows it in the text format
 * of Prometheus. A label is one of a few fixed words: never a user, an address or an app.
 *
 *   const waiting: Metric = {
 *     name: 'einlass_waiting_browsers',
 *     type: 'gauge',
 *     help: 'Pages that wait for an event.',
 *     read: () => [{ labels: {}, value: pages.size }],
 *   }
 */
export interface Metric {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  read(): readonly Sample[] | Promise<readonly Sample[]>
}

export interface Sample {
  /** Of a histogram: its name with `_bucket`, `_sum` or `_count`. */
  readonly metricName?: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** What waits in a queue. */
export interface QueueState {
  readonly length: number
  /** Milliseconds that the oldest one has waited; absent: nothing waits, or nobody notes it. */
  readonly oldest?: number
  /** What this process has given up since its start; absent: nothing is given up, or the queue counts it elsewhere. */
  readonly givenUp?: number
}

/**
 * A sample for each count.
 *
 *   labelCounts('reason', { throttled: 3 })   // [{ labels: { reason: 'throttled' }, value: 3 }]
 */
export function labelCounts(
  label: string,
  counts: Readonly<Record<string, number>>,
  labels: Readonly<Record<string, string>> = {},
): Sample[] {
  return Object.entries(counts).map(([text, value]) => ({
    labels: { ...labels, [label]: text },
    value,
  }))
}
