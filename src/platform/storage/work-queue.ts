/**
 * Work that waits in a table. A row is added together with the change that it belongs to. Any node takes it and tries it again,
 * with growing waits, until it is done or given up. Owns the columns that such tables have in common; the owner of a queue
 * decides what a row asks for and when the queue is read. If a node dies after an attempt and before it notes the result, the
 * attempt is repeated.
 */
import type { ExpressionBuilder } from 'kysely'
import { type Clock, clockSlack } from '../kernel/clock.ts'
import type { QueueState } from '../kernel/metric.ts'
import type { Database } from './database.ts'
import { removeRows } from './remove.ts'
import type { Tables } from './tables.ts'

type WorkTable = 'mail_queue' | 'event_queue' | 'logout_queue' | 'reset_requests'

/** All in milliseconds. */
export interface WorkTimes {
  /** How long a taken row belongs to its taker; must be longer than one attempt can take. */
  readonly lease: number
  /** After the first attempt; it doubles from there to `longestWait`. */
  readonly firstWait: number
  readonly longestWait: number
  /** How long the owner of the queue itself may hold a row back. */
  readonly longestHold?: number
  /** How long after the row was added the last attempt is made. */
  readonly giveUpAfter: number
  /** How long a row stays after it was done or given up. */
  readonly retention: number
}

export interface WorkQueueOptions<Table extends WorkTable> {
  readonly db: Database
  readonly clock: Clock
  readonly table: Table
  readonly times: WorkTimes
  /** The values that a row's own columns get when it was done or given up. */
  readonly emptied: Partial<Tables[Table]>
}

export type AttemptResult =
  | { readonly type: 'sent' }
  /** `refused`: another attempt would not help. */
  | { readonly type: 'refused' | 'later'; readonly reason: string }

/**
 * The queue over one table. Every node may run one over the same table.
 *
 *     const row = await queue.takeDue()
 *     if (row !== undefined) await queue.note(row, await send(row))
 */
export function createWorkQueue<Table extends WorkTable>(options: WorkQueueOptions<Table>) {
  type Row = Tables[Table]
  const { db, clock, times } = options
  const table: WorkTable = options.table
  let givenUp = 0

  /** Changes the row only for the attempt that took it: after the lease, another node may have it. */
  async function change({ id, attempts }: Row, columns: Partial<Tables[WorkTable]>): Promise<void> {
    await db
      .updateTable(table)
      .set(columns)
      .where('id', '=', id)
      .where('status', '=', 'waiting')
      .where('attempts', '=', attempts)
      .execute()
  }

  /** How far ahead of the clock a row can be due. */
  const longestAhead = Math.max(times.lease, times.longestWait, times.longestHold ?? 0) + clockSlack

  /** Due, or due later than the longest possible wait: then a clock was set back meanwhile. */
  function isDue(now: number) {
    return ({ or, eb }: ExpressionBuilder<Tables, WorkTable>) =>
      or([eb('due_at', '<=', now), eb('due_at', '>', now + longestAhead)])
  }

  return {
    /** Takes the oldest due row for the time of the lease. One conditional update decides between takers. */
    async takeDue(like: Partial<Row> = {}): Promise<Row | undefined> {
      const now = clock.now()
      const due = await db
        .selectFrom(table)
        .select('id')
        .where('status', '=', 'waiting')
        .where(isDue(now))
        .where((eb) => eb.and(like))
        .orderBy('due_at')
        .orderBy('created_at')
        .limit(10)
        .execute()
      for (const { id } of due) {
        const taken = await db
          .updateTable(table)
          .set((eb) => ({ attempts: eb('attempts', '+', 1), due_at: now + times.lease }))
          .where('id', '=', id)
          .where('status', '=', 'waiting')
          .where(isDue(now))
          .returningAll()
          .executeTakeFirst()
        // Kysely knows the columns of all such tables together, and not those of this one.
        if (taken !== undefined) return taken as Row
      }
      return undefined
    },

    /** Notes the result of a taken row and returns its new status: `failed` means given up. */
    async note(row: Row, result: AttemptResult): Promise<Row['status']> {
      const now = clock.now()
      const finished = { ...options.emptied, finished_at: now }
      if (result.type === 'sent') {
        await change(row, { ...finished, status: 'sent', reason: null })
        return 'sent'
      }
      const { reason } = result
      const end = row.created_at + times.giveUpAfter
      if (result.type === 'refused' || now >= end) {
        await change(row, { ...finished, status: 'failed', reason })
        givenUp += 1
        return 'failed'
      }
      const wait = Math.min(times.firstWait * 2 ** (row.attempts - 1), times.longestWait)
      await change(row, { due_at: Math.min(now + wait, end), reason })
      return 'waiting'
    },

    /** The rows that wait, of all nodes, and the number of rows that this node gave up. */
    async measure(): Promise<QueueState> {
      const { count, oldest } = await db
        .selectFrom(table)
        .select(({ fn }) => [
          fn.countAll<number | string>().as('count'),
          fn.min('created_at').as('oldest'),
        ])
        .where('status', '=', 'waiting')
        .executeTakeFirstOrThrow()
      // The aggregate of no rows is null, which the type does not say.
      const since: number | null = oldest
      const waited = since !== null && { oldest: clock.now() - since }
      return { length: Number(count), ...waited, givenUp }
    },

    /** Removes rows that were done or given up longer ago than the retention. */
    async purge(): Promise<void> {
      const before = clock.now() - times.retention
      await removeRows(db, {
        table,
        key: ['id'],
        isOld: (row: ExpressionBuilder<Tables, WorkTable>) =>
          row.and([
            row('status', 'in', ['sent', 'failed']),
            // A row that was finished then was not due later than this. There is an index for this column.
            row('due_at', '<', before + longestAhead),
            row('finished_at', '<', before),
          ]),
      })
    },
  }
}
