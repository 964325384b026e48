/**
 * Aggregates events that come in floods, which nobody could read and which would fill the trail. The first event is written
 * at once, then at most one in each interval, with the number of events. Counts in memory, per node.
 */
import { type Clock, isFromFuture, minutes } from '../../platform/kernel/clock.ts'
import type { Queries } from '../../platform/storage/database.ts'

export interface Aggregate<EventFacts> {
  /** Writes the event, or counts it for the next one that is written. */
  add(queries: Queries, facts: EventFacts): Promise<void>
  /** Writes the counted events of intervals that are over; with `all` also of the current ones. */
  flush(queries: Queries, options?: { readonly all?: boolean }): Promise<void>
}

export interface AggregateOptions<EventFacts> {
  readonly clock: Clock
  /** Milliseconds; absent: a minute. */
  readonly interval?: number
  /** How many floods are counted separately at most. */
  readonly maxFloods?: number
  readonly write: (
    queries: Queries,
    facts: EventFacts & { readonly times: number },
  ) => Promise<void>
  /** Events with the same key are one flood. */
  readonly findKey: (facts: EventFacts) => string
  /** What remains of an event beyond `maxFloods`: all such events are one flood. */
  readonly withoutKey: (facts: EventFacts) => EventFacts
}

export function createAggregate<EventFacts>(
  options: AggregateOptions<EventFacts>,
): Aggregate<EventFacts> {
  const { clock, write, interval = minutes(1), maxFloods = 10_000 } = options
  const floods = new Map<string, { writtenAt: number; held: number; facts: EventFacts }>()

  function findFlood(facts: EventFacts): readonly [string, EventFacts] {
    const key = options.findKey(facts)
    if (floods.has(key) || floods.size < maxFloods) return [key, facts]
    return ['', options.withoutKey(facts)]
  }

  /** A clock that was set back begins a new interval. */
  const isRecent = ({ writtenAt }: { readonly writtenAt: number }, now: number) =>
    now < writtenAt + interval && !isFromFuture(writtenAt, now)

  return {
    async add(queries, noted) {
      const [key, facts] = findFlood(noted)
      const now = clock.now()
      const flood = floods.get(key)
      if (flood !== undefined && isRecent(flood, now)) {
        flood.held += 1
        flood.facts = facts
        return
      }
      floods.set(key, { writtenAt: now, held: 0, facts })
      await write(queries, { ...facts, times: (flood?.held ?? 0) + 1 })
    },

    async flush(queries, { all = false } = {}) {
      const now = clock.now()
      for (const [key, { writtenAt, held, facts }] of [...floods]) {
        if (!all && isRecent({ writtenAt }, now)) continue
        floods.delete(key)
        if (held > 0) await write(queries, { ...facts, times: held })
      }
    },
  }
}
