/**
 * One SQLite transaction that many units of work share. Owns BEGIN, COMMIT and ROLLBACK and tells the units of a
 * batch together whether they are durable; the order of units is the business of group-commit.ts.
 */
import type { DatabaseSync } from 'node:sqlite'
import { Fault } from '../kernel/fault.ts'
import type { Log } from '../kernel/log.ts'

export interface Batch {
  /** How many units have ended well in it. */
  units: number
  /** Its turns are over; it commits when the unit that is open now ends. */
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
  /** Rolls back a batch in which no unit has ended well, so that nobody has to be told. */
  drop(): void
  /** Rolls back whatever is in the batch. */
  abandon(cause: unknown): void
  /** Notices that SQLite itself rolled back, as it may when the disk is full, and abandons the batch. */
  checkAfter(error: unknown): void
}

export interface BatchesOptions {
  readonly database: Pick<DatabaseSync, 'exec' | 'isTransaction'>
  readonly log: Log
  /** Called a turn of the event loop after a batch was opened, unless it has been settled before. */
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
      log.error({ error }, 'a rollback failed; it is tried again before the next write')
    }
  }
  const abandon = (cause: unknown): void => {
    const open = take()
    if (open === undefined) return
    rollBack()
    log.error({ error: cause, units: open.batch.units }, 'a group of writes was rolled back')
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
  // When no unit waits for it (each has failed), a failed COMMIT is nobody's rejection.
  promise.catch(() => undefined)
  const batch = { units: 0, overdue: false, committed: promise }
  // One turn: those that are behind the first one are there by now, see group-commit.ts.
  const immediate = setImmediate(() => onDue(batch))
  return { batch, immediate, resolve, reject }
}
