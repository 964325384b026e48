/** A transaction that is tried again when PostgreSQL has ended it in favour of another one. */
import { Fault } from '../kernel/fault.ts'
import type { Database, Queries } from './database.ts'

const maxTries = 4

/**
 * Whether two transactions waited for each other, or one could not have seen what the other wrote (SQLSTATE 40P01 and
 * 40001). All of it was undone.
 */
export function isConflict(error: unknown): boolean {
  return error instanceof Fault && ['40P01', '40001'].includes(`${error.details?.code}`)
}

/**
 * Runs `work` in a transaction, and anew where it met another one. Whatever it does outside of the database has to bear
 * a repeat.
 */
export async function transact<Result>(
  db: Database,
  work: (tx: Queries) => Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction().execute(work)
    } catch (error) {
      if (!isConflict(error) || tries === maxTries) throw error
    }
  }
}
