/** Counts the requests of apps at phones, and their outcomes. */
import { labelCounts, type Metric } from '../../../platform/kernel/metric.ts'

/** `refused`: approved by a person who may not enter. */
const outcomes = ['asked', 'not_asked', 'approved', 'denied', 'refused'] as const

export interface CibaCounts {
  count(outcome: (typeof outcomes)[number]): void
  readonly metric: Metric
}

export function createCibaCounts(): CibaCounts {
  const counts = Object.fromEntries(outcomes.map((name) => [name, 0]))
  return {
    count(outcome) {
      counts[outcome] = (counts[outcome] ?? 0) + 1
    },
    metric: {
      name: 'einlass_oidc_phone_requests_total',
      type: 'counter',
      help: 'Requests of apps for an approval on the phone, without a browser.',
      read: () => labelCounts('outcome', counts),
    },
  }
}
