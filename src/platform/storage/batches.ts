/**
 * One SQLite transaction that many units of work share. Owns BEGIN, COMMIT and ROLLBACK, and reports to all units of a batch
 * together whether they are durable. group-commit.ts owns the order of units.
 */
import type { DatabaseSync } from 'node:sqlite'
import { Fault } from '../kernel/fault.ts'
import type { Log } from '../kernel/log.ts'
import { fromSqlite } from './errors.ts'

export interface Batch {
  /** How many units have succeeded in it. */
  units: number
  /** Its turns of the event loop are over: it commits when the open unit ends. */
  overdue: boolean
  /** Settles with the COMMIT: resolves, or rejects with `Fault('unavailable')`. */
  readonly committed: Promise<void>
}

export interface Batches {
  current(): Batch | undefined
  /** Opens a batch. Throws the error of SQLite, for example when another process writes. */
  begin(): Batch
  /** Never throws: the result is in `committed`. */
  commit(): void
  /** Rolls back a batch in which no unit has succeeded, so that nobody waits for a result. */
  drop(): void
  /** Rolls back the batch and rejects its units. */
  abandon(cause: unknown): void
  /** Abandons the batch if SQLite itself has rolled back, as it may when the disk is full. */
  checkAfter(error: unknown): void
}

export interface BatchesOptions {
  readonly database: Pick<DatabaseSync, 'exec' | 'isTransaction'>
  readonly log: Log
  /** Called one turn of the event loop after a batch was opened, unless the batch was settled before. */
  readonly onDue: (batch: Batch) => void
  readonly onCommit?: (units: number) => void
}

/**
 * The batches of one connection: several units share a BEGIN and a COMMIT, so that one flush to the disk serves all of
 * them. At most one batch is open.
 */
export function createBatches({ database, log, onDue, onCommit }: BatchesOptions): Batches {
  let current: Open | undefined

  const rollBack = (): void => {
    try {
      if (database.isTransaction) database.exec('ROLLBACK')
    } catch (error) {
      log.error(
        { error: fromSqlite(error) },
        'a rollback failed; it is tried again before the next write',
      )
    }
  }
  const abandon = (cause: unknown): void => {
    const open = take()
    if (open === undefined) return
    rollBack()
    // As a Fault, a full disk is known as an outage and does not fill the log with a line for each group.
    log.error(
      { error: fromSqlite(cause), units: open.batch.units },
      'a group of writes was rolled back',
    )
    open.reject(new Fault('unavailable', 'the writes were rolled back', { cause }))
  }
  const take = (): Open | undefined => {
    const open = current
    current = undefined
    if (open !== undefined) clearImmediate(open.immediate)
    return open
  }

  return {
    current: () => current?.batch,
    begin() {
      rollBack()
      database.exec('BEGIN IMMEDIATE')
      current = createOpen(onDue)
      return current.batch
    },
    commit() {
      try {
        database.exec('COMMIT')
      } catch (error) {
        abandon(error)
        return
      }
      const open = take()
      onCommit?.(open?.batch.units ?? 0)
      open?.resolve()
    },
    drop() {
      take()?.resolve()
      rollBack()
    },
    abandon,
    checkAfter(error) {
      if (current !== undefined && !database.isTransaction) abandon(error)
    },
  }
}

interface Open {
  readonly batch: Batch
  readonly immediate: NodeJS.Immediate
  resolve(): void
  reject(error: Fault): void
}

function createOpen(onDue: (batch: Batch) => void): Open {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  // If no unit waits (each has failed), a failed COMMIT must not become an unhandled rejection.
  promise.catch(() => undefined)
  const batch = { units: 0, overdue: false, committed: promise }
  // One turn later the units behind the first one have arrived, see group-commit.ts.
  const immediate = setImmediate(() => onDue(batch))
  return { batch, immediate, resolve, reject }
}
