/**
 * The one writer of an SQLite file. Units of work (a single statement or a whole transaction) run one after another;
 * those of one turn of the event loop share one COMMIT, so one fsync. A unit is acknowledged only after that COMMIT.
 * Owns BEGIN, COMMIT, ROLLBACK and the order of units; knows nothing of Kysely or of what a statement says.
 */
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '../kernel/fault.ts'
import type { Log } from '../kernel/log.ts'
import { fromSqlite, sqliteCode } from './errors.ts'

export interface WriterOptions {
  /** In WAL mode, with a busy timeout of 0: waiting for another process must not block the event loop. */
  readonly database: DatabaseSync
  readonly log: Log
  /** Units after which a COMMIT does not wait for the end of the turn. */
  readonly batchLimit: number
  /** Milliseconds after which a transaction that others wait for is rolled back. */
  readonly transactionLimit: number
  /** Milliseconds to wait for a writer in another process. */
  readonly busyLimit: number
  /** Called after every successful COMMIT with the number of units in it. */
  readonly onCommit?: (units: number) => void
}

/** A transaction inside the batch. Its methods must not be called after `commit` or `rollback`. */
export interface Unit {
  /** Throws what went wrong with the unit as a whole, if anything. */
  check(): void
  /** Tells the unit that a statement failed, so that nothing but a rollback follows. */
  fail(): void
  /** Undoes `fail`, for use after a roll-back to an inner savepoint. */
  recover(): void
  /** Resolves after the COMMIT that makes the unit durable. */
  commit(): Promise<void>
  rollback(): void
}

export interface Writer {
  /** Runs one statement; resolves after the COMMIT that makes it durable. */
  single<T>(statement: () => T): Promise<T>
  /** Waits for its turn and opens a transaction; the next unit waits until it ends. */
  begin(): Promise<Unit>
  /** Waits for the units that were begun, commits, and refuses every later unit. */
  close(): Promise<void>
}

interface Batch {
  units: number
  overdue: boolean
  readonly immediate: NodeJS.Immediate
  readonly committed: PromiseWithResolvers<void>
}

const savepoint = 'einlass_unit'

export function createWriter(options: WriterOptions): Writer {
  const { database, log, batchLimit, transactionLimit, busyLimit } = options
  const waiting: (() => void)[] = []
  let held = false
  let closed = false
  let batch: Batch | undefined
  let expire: (() => void) | undefined
  let watchdog: NodeJS.Timeout | undefined

  const abandon = (open: Batch, cause: unknown): void => {
    batch = undefined
    clearImmediate(open.immediate)
    if (database.isTransaction) database.exec('ROLLBACK')
    log.error({ error: cause, units: open.units }, 'a group of writes was rolled back')
    open.committed.reject(unavailable('the writes were rolled back', cause))
  }

  const commit = (open: Batch): void => {
    try {
      database.exec('COMMIT')
    } catch (error) {
      abandon(open, error)
      return
    }
    batch = undefined
    clearImmediate(open.immediate)
    options.onCommit?.(open.units)
    open.committed.resolve()
  }

  const endOfTurn = (): void => {
    if (batch === undefined) return
    if (!held) return commit(batch)
    batch.overdue = true
    watchdog = setTimeout(() => expire?.(), transactionLimit)
  }

  const openBatch = (): Batch => {
    database.exec('BEGIN IMMEDIATE')
    const committed = Promise.withResolvers<void>()
    // Without a unit that waits for it, a failed COMMIT is nobody's rejection.
    committed.promise.catch(() => undefined)
    batch = { units: 0, overdue: false, immediate: setImmediate(endOfTurn), committed }
    return batch
  }

  const release = (): void => {
    clearTimeout(watchdog)
    expire = undefined
    if (batch !== undefined && (batch.overdue || batch.units >= batchLimit)) commit(batch)
    const next = waiting.shift()
    if (next === undefined) held = false
    else next()
  }

  const acquire = async (): Promise<Batch> => {
    if (held) await new Promise<void>((resolve) => waiting.push(resolve))
    held = true
    try {
      if (closed) throw unavailable('the database is closed')
      return batch ?? (await retryWhileBusy(openBatch, busyLimit))
    } catch (error) {
      release()
      throw fromSqlite(error)
    }
  }

  const createUnit = (open: Batch): Unit => {
    let state: 'open' | 'failed' | 'expired' | 'ended' = 'open'
    const undo = (): void => {
      if (batch !== open) return
      try {
        database.exec(`ROLLBACK TO ${savepoint}; RELEASE ${savepoint}`)
      } catch (error) {
        abandon(open, error)
      }
    }
    expire = () => {
      log.error({ transactionLimit }, 'a transaction was open for too long and was rolled back')
      state = 'expired'
      undo()
      release()
    }
    const check = (): void => {
      if (state === 'expired') throw unavailable('the transaction was open for too long')
      if (state === 'failed') throw new Error('an earlier statement of the transaction failed')
      if (state === 'ended') throw new Error('the transaction has ended')
      if (batch !== open) throw unavailable('the transaction was rolled back')
    }
    return {
      check,
      fail() {
        if (state === 'open') state = 'failed'
        if (batch === open && !database.isTransaction)
          abandon(open, new Error('rolled back by SQLite'))
      },
      recover() {
        if (state === 'failed') state = 'open'
      },
      async commit() {
        check()
        database.exec(`RELEASE ${savepoint}`)
        state = 'ended'
        open.units += 1
        release()
        await open.committed.promise
      },
      rollback() {
        if (state === 'ended' || state === 'expired') return
        state = 'ended'
        undo()
        release()
      },
    }
  }

  return {
    async single(statement) {
      const open = await acquire()
      let result: ReturnType<typeof statement>
      try {
        result = statement()
        open.units += 1
      } catch (error) {
        if (!database.isTransaction) abandon(open, error)
        throw fromSqlite(error)
      } finally {
        release()
      }
      await open.committed.promise
      return result
    },
    async begin() {
      const open = await acquire()
      try {
        database.exec(`SAVEPOINT ${savepoint}`)
      } catch (error) {
        if (!database.isTransaction) abandon(open, error)
        release()
        throw fromSqlite(error)
      }
      return createUnit(open)
    },
    async close() {
      if (held) await new Promise<void>((resolve) => waiting.push(resolve))
      held = true
      closed = true
      if (batch !== undefined) commit(batch)
      release()
    },
  }
}

function unavailable(message: string, cause?: unknown): Fault {
  return new Fault('unavailable', message, cause === undefined ? {} : { cause })
}

const SQLITE_BUSY = 5

/** Retries with growing pauses, because the busy handler of SQLite would stop the whole process meanwhile. */
async function retryWhileBusy<T>(attempt: () => T, limit: number): Promise<T> {
  let waited = 0
  for (let pause = 1; ; pause = Math.min(pause * 2, 20)) {
    try {
      return attempt()
    } catch (error) {
      if (((sqliteCode(error) ?? 0) & 0xff) !== SQLITE_BUSY || waited >= limit) throw error
    }
    await sleep(pause)
    waited += pause
  }
}
