/** The state of the server's queues: how much waits, and for how long. Owns the names of the metrics. */
import { createAskedNumber } from '../../platform/kernel/asked-number.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Metric, QueueState, Sample } from '../../platform/kernel/metric.ts'

/** `read`: the current state of this process. `ask`: a query to the database, at most every few seconds. */
export type Queue = { read(): QueueState } | { ask(): Promise<QueueState> }

export type Queues = Readonly<Record<string, Queue>>

/** If a queue cannot be read, for example while the database is unavailable, all other metrics are still there. */
export function measureQueues(queues: Queues, log: Log): Metric[] {
  const readings = Object.entries(queues).map(([queue, one]) => ({
    queue,
    read: 'ask' in one ? createAskedNumber({ ask: one.ask, name: queue, log }) : one.read,
  }))
  const readEach = (pick: (state: QueueState) => number | undefined) => async () =>
    (
      await Promise.all(
        readings.map(async ({ queue, read }): Promise<Sample[]> => {
          const state = await read()
          const value = state && pick(state)
          return value === undefined ? [] : [{ labels: { queue }, value }]
        }),
      )
    ).flat()
  return [
    {
      name: 'einlass_queue_length',
      type: 'gauge',
      help: 'What waits in each queue.',
      read: readEach(({ length }) => length),
    },
    {
      name: 'einlass_queue_oldest_seconds',
      type: 'gauge',
      help: 'How long the oldest one of each queue has waited; 0 when nothing waits.',
      read: readEach(({ length, oldest }) =>
        oldest === undefined && length > 0 ? undefined : Math.max(0, oldest ?? 0) / 1000,
      ),
    },
    {
      name: 'einlass_queue_given_up_total',
      type: 'counter',
      help: 'What was given up: refused for good, or tried for too long.',
      read: readEach(({ givenUp }) => givenUp),
    },
  ]
}
