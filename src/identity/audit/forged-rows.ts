/**
 * Records rows that Einlass did not write as they are, when one of them is read. Owns that a reader does not wait for it, and that
 * a flood of reads becomes one event a minute for each table.
 */
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { RowBindingOptions } from '../../platform/storage/bound-rows.ts'
import type { Database } from '../../platform/storage/database.ts'
import { createAggregate } from './aggregate.ts'
import type { Audit } from './audit.ts'
import { trailEvents } from './events.ts'

export interface ForgedRowsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly audit: Audit
  readonly log: Log
}

type Forged = Parameters<NonNullable<RowBindingOptions['report']>>[0]

export function createForgedRows({ db, clock, audit, log }: ForgedRowsOptions) {
  const pending = new Set<Promise<void>>()
  const events = createAggregate<Forged>({
    clock,
    maxFloods: 100,
    findKey: ({ table }) => table,
    withoutKey: (facts) => facts,
    async write(queries, { table, key, times }) {
      log.error(
        { table, row: key, times },
        'A row was not written by Einlass as it is, and is ignored: see einlass keys check --rows.',
      )
      await audit.record(queries, trailEvents.rowForged, { table, row: key, times })
    },
  })
  return {
    /** Returns at once. */
    report(forged: Forged): void {
      const writing = events
        .add(db, forged)
        .catch((error: unknown) => log.error({ error }, 'A forged row was not recorded.'))
        .finally(() => pending.delete(writing))
      pending.add(writing)
    },
    /** Resolves when everything is written: before the database is closed. */
    async settled(): Promise<void> {
      await Promise.all(pending)
      await events.flush(db, { all: true })
    },
  }
}
