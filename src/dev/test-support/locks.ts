/** For tests on PostgreSQL: statements that wait for the locks of others, and transactions that wait for one another. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../../platform/storage/database.ts'
import { isConflict } from '../../platform/storage/transact.ts'

/** Until some statement on this database waits for the lock of another one. */
export async function untilBlocked(db: Database): Promise<void> {
  for (;;) {
    const { rows } = await sql<{ n: number }>`select count(*) as n from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
    if (Number(rows[0]?.n) > 0) return
    await sleep(5)
  }
}

/** Rows, as what follows `from`. */
export type SomeRows = RawBuilder<unknown>

/**
 * Begins `work`, which locks the rows `first` and waits for the rows `last`, while another transaction has the rows
 * `last` and then waits for the rows `first`. PostgreSQL ends the transaction that has waited for longer, after a
 * second: the one of `work`. A machine that is too slow for that has the other one ended, and `work` meets nobody.
 * Throws when `work` does not lock them in this order.
 */
export async function meetInDeadlock<Result>(
  db: Database,
  { first, last }: { readonly first: SomeRows; readonly last: SomeRows },
  work: () => Promise<Result>,
): Promise<Result> {
  let result: Promise<Result> | undefined
  const meeting = db.transaction().execute(async (tx) => {
    await sql`select 1 from ${last} for update`.execute(tx)
    result = work()
    // The caller gets a rejection below.
    result.catch(() => undefined)
    await untilBlocked(db)
    const { rows } = await sql`select 1 from ${first} for update skip locked`.execute(tx)
    if (rows.length > 0) throw new Error('the work has not locked what it was said to lock')
    const { rows: met } = await sql`select 1 from ${first} for update`.execute(tx)
    if (met.length === 0) throw new Error('there are no such rows')
  })
  await meeting.catch((error: unknown) => {
    if (!isConflict(error)) throw error
  })
  if (result === undefined) throw new Error('nothing was begun')
  return await result
}
