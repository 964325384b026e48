/** Audits and counts that a person may not enter an app. A page that is reloaded again and again causes one event a minute. */

import { type Aggregate, createAggregate } from '../../identity/audit/aggregate.ts'
import type { Audit } from '../../identity/audit/audit.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Metric } from '../../platform/kernel/metric.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { type EntryRefusal, entryEvents } from './events.ts'

export interface EntryRefusals {
  note(queries: Queries, refusal: EntryRefusal): Promise<void>
  /** Writes what was only counted so far. */
  flush: Aggregate<EntryRefusal>['flush']
  readonly metric: Metric
}

export function createEntryRefusals(options: {
  readonly clock: Clock
  readonly audit: Audit
}): EntryRefusals {
  const { clock, audit } = options
  const aggregate = createAggregate<EntryRefusal>({
    clock,
    findKey: ({ userId, appId }) => `${userId} ${appId}`,
    withoutKey: () => ({ userId: null, appId: null }),
    write: (queries, { times, ...refusal }) =>
      audit.record(queries, entryEvents.refused, { ...refusal, ...(times > 1 && { times }) }),
  })
  let refused = 0
  return {
    async note(queries, refusal) {
      refused += 1
      await aggregate.add(queries, refusal)
    },
    flush: aggregate.flush,
    metric: {
      name: 'einlass_entries_refused_total',
      type: 'counter',
      help: 'Browsers of people who may not enter an app.',
      read: () => [{ labels: {}, value: refused }],
    },
  }
}
