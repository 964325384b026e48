/**
 * A unit of work: a transaction that is repeated when PostgreSQL aborted it in favour of another one. Owns the order: first the
 * work, then the writes of `writeLast`, then the commit, then `afterCommit`.
 */
import { Fault } from '../kernel/fault.ts'
import type { Database, Queries } from './database.ts'

const maxTries = 4

/** An open unit of work. Everything that takes `Queries` takes it as well. */
export interface Transaction extends Queries {
  /** Collects what runs after the work of this transaction. Use `writeLast` and `afterCommit`. */
  readonly unit: UnitOfWork
}

/** Writes all items that were collected for it. */
export type WriteLast<Item> = (queries: Queries, items: readonly Item[]) => Promise<void>

interface UnitOfWork {
  /** The items for each write. */
  readonly last: Map<WriteLast<never>, unknown[]>
  readonly after: (() => void)[]
}

/**
 * Whether two transactions waited for each other, one could not have seen what the other wrote, or the schema was changed under
 * a plan (SQLSTATE 40P01, 40001 and 0A000). The whole transaction was undone.
 */
export function isConflict(error: unknown): boolean {
  return error instanceof Fault && ['40P01', '40001', '0A000'].includes(`${error.details?.code}`)
}

/**
 * Runs `work` in a transaction, and repeats it after a conflict with another one. Effects outside the database belong into
 * `afterCommit`, as an undone attempt must leave nothing.
 *
 *   const user = await transact(db, async (tx) => {
 *     const user = await users.disable(tx, id)
 *     await audit.record(tx, userEvents.disabled, { userId: id, by })   // written last, whenever it is called
 *     afterCommit(tx, () => events.wake(topic))
 *     return user
 *   })
 *
 * Throws what `work` throws; then nothing is written and nothing of `afterCommit` runs.
 */
export async function transact<Result>(
  db: Database,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  const { result, unit } = await retryAfterConflict(async () => {
    const unit: UnitOfWork = { last: new Map(), after: [] }
    const result = await db.transaction().execute(async (queries) => {
      const made = await work(Object.assign(queries, { unit }))
      for (const [write, items] of unit.last) await write(queries, items as never[])
      return made
    })
    return { result, unit }
  })
  for (const follow of unit.after) follow()
  return result
}

/** Repeats what is undone as a whole by a conflict. Throws the last error. */
export async function retryAfterConflict<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (!isConflict(error) || tries === maxTries) throw error
    }
  }
}

/** Whether this is a unit of work, not a plain transaction or database. */
export function isUnitOfWork(queries: Queries): queries is Transaction {
  return 'unit' in queries
}

/**
 * Collects an item for a write after all other work of the transaction, just before its commit. It is for rows that many
 * transactions change: they are locked for the shortest time, and in the same order everywhere.
 * @param write is called once, with all its items in the order of the calls
 */
export function writeLast<Item>(tx: Transaction, write: WriteLast<Item>, item: Item): void {
  const items = tx.unit.last.get(write)
  if (items === undefined) tx.unit.last.set(write, [item])
  else items.push(item)
}

/**
 * Runs `follow` when the transaction is durable, in the order of the calls: for what cannot be undone, such as a message to a
 * phone. `follow` must not throw.
 */
export function afterCommit(tx: Transaction, follow: () => void): void {
  tx.unit.after.push(follow)
}
