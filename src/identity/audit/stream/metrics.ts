/** What metrics show of the receivers of the audit log. All nodes show the same, as it is read from the database. */
import { createAskedNumber } from '../../../platform/kernel/asked-number.ts'
import type { Clock } from '../../../platform/kernel/clock.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import type { Metric } from '../../../platform/kernel/metric.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { listReceivers, type ReceiverState } from './positions.ts'

export interface StreamMetricsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Log
  readonly receivers: readonly { readonly name: string }[]
}

export function listStreamMetrics({ db, clock, log, receivers }: StreamMetricsOptions): Metric[] {
  const names = receivers.map(({ name }) => name)
  const askStates = createAskedNumber({ ask: () => listReceivers(db), name: 'audit', log })

  function measure(
    name: string,
    help: string,
    value: (state: ReceiverState, now: number) => number,
  ): Metric {
    return {
      name: `einlass_audit_receiver_${name}`,
      type: 'gauge',
      help,
      async read() {
        const now = clock.now()
        const states = (await askStates()) ?? []
        return states
          .filter((state) => names.includes(state.name))
          .map((state) => ({ labels: { receiver: state.name }, value: value(state, now) }))
      },
    }
  }

  return [
    measure(
      'waiting_events',
      'Events of the audit log that a receiver has not taken yet.',
      ({ waiting }) => waiting,
    ),
    measure(
      'waiting_seconds',
      'How long ago the oldest of these events happened.',
      ({ waitingSince }, now) =>
        waitingSince === undefined ? 0 : Math.max(0, (now - waitingSince) / 1000),
    ),
    measure(
      'failures',
      'Attempts of any node to send since a receiver has last taken something.',
      ({ failures }) => failures,
    ),
  ]
}
