/** How many tickets were shown to this node, by outcome. */
import { labelCounts, type Metric } from '../../../platform/kernel/metric.ts'

const outcomes = [
  ...(['accepted', 'throttled', 'malformed', 'other_mechanism', 'unavailable'] as const),
  ...(['wrong_key', 'wrong_service', 'clock_skew', 'expired', 'invalid', 'replayed'] as const),
  ...(['other_realm', 'not_a_person', 'unknown', 'other_account', 'no_sid'] as const),
  ...(['disabled', 'locked'] as const),
  ...(['account_expired', 'outside_hours', 'password_change', 'other_person'] as const),
]

export type TicketCount = (typeof outcomes)[number]

export interface TicketCounts {
  add(outcome: TicketCount): void
  readonly metric: Metric
}

/** Every outcome begins with 0, so that its first occurrence shows as a rise. */
export function createTicketCounts(): TicketCounts {
  const counts = Object.fromEntries(outcomes.map((one) => [one, 0])) as Record<TicketCount, number>
  return {
    add(outcome) {
      counts[outcome] += 1
    },
    metric: {
      name: 'einlass_tickets_total',
      type: 'counter',
      help: 'Tickets of Kerberos that browsers have shown.',
      read: () => labelCounts('outcome', counts),
    },
  }
}
