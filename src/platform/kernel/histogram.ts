/** How long something takes, as metrics show it: how many were no longer than each of a few bounds. Owns the numbers. */
import type { Sample } from './metric.ts'

export interface Histogram {
  /** @param elapsed milliseconds */
  note(elapsed: number): void
  /** As samples of the metric `name`, whose unit is the second. */
  read(name: string, labels?: Readonly<Record<string, string>>): Sample[]
}

/** @param bounds in seconds and ascending; what is longer than the last one is counted as well */
export function createHistogram(bounds: readonly number[]): Histogram {
  /** Each bucket has its own count, not a running sum; the last bucket has no bound. */
  const buckets = [...bounds, 0].map(() => 0)
  let sum = 0
  return {
    note(elapsed) {
      const seconds = elapsed / 1000
      let index = 0
      while (index < bounds.length && seconds > (bounds[index] ?? 0)) index += 1
      buckets[index] = (buckets[index] ?? 0) + 1
      sum += seconds
    },
    read(name, labels = {}) {
      let count = 0
      const samples = buckets.map((own, index) => {
        count += own
        const le = `${bounds[index] ?? '+Inf'}`
        return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count }
      })
      return [
        ...samples,
        { metricName: `${name}_sum`, labels, value: sum },
        { metricName: `${name}_count`, labels, value: count },
      ]
    },
  }
}
