/**
 * The one writer of an SQLite file. Units of work (a single statement or a whole transaction) run one after another. The units
 * of a few turns of the event loop share one COMMIT, and so one fsync. A unit is acknowledged only after that COMMIT. Owns the
 * order of units and their savepoints; knows nothing of Kysely or of what a statement says.
 */
import type { DatabaseSync } from 'node:sqlite'
import { Fault } from '../kernel/fault.ts'
import type { Log } from '../kernel/log.ts'
import type { Batch, Batches } from './batches.ts'
import { createBatches } from './batches.ts'
import { retryWhileBusy } from './busy.ts'
import { fromSqlite } from './errors.ts'

export interface WriterOptions {
  /** With a busy timeout of 0: waiting inside SQLite for another process would stop the event loop. */
  readonly database: Pick<DatabaseSync, 'exec' | 'isTransaction'>
  readonly log: Log
  /** Units after which a COMMIT does not wait for more. */
  readonly batchLimit: number
  /** Milliseconds after which an open transaction is rolled back, because every write waits for it. */
  readonly transactionLimit: number
  /** Milliseconds to wait for a writer in another process. */
  readonly busyLimit: number
  /** Called after every COMMIT with the number of units in it. */
  readonly onCommit?: (units: number) => void
}

/** A transaction: a savepoint inside a batch, or the batch itself for the first one. Ends with `commit` or `rollback`. */
export interface Unit {
  /** Throws unless a statement may run: after a failed one, after the end, or when the unit was rolled back. */
  check(): void
  /** Notes that a statement failed, so that only a rollback can follow. */
  fail(error: unknown): void
  /** Takes `fail` back, after a rollback to a savepoint inside the unit. */
  recover(): void
  /** Resolves after the COMMIT that makes the unit durable. */
  commit(): Promise<void>
  /** Undoes the unit at once; resolves when the units before it are durable, as it may have seen them. */
  rollback(): Promise<void>
}

export interface Writer {
  /**
   * Runs one statement. Resolves after the COMMIT that makes it durable; if the statement fails, rejects when the units before
   * it are durable.
   */
  single<T>(statement: () => T): Promise<T>
  /** Waits for its turn and opens a transaction; every later unit waits until it ends. */
  begin(): Promise<Unit>
  /** Waits for the units that were requested before, commits, and refuses all later ones. */
  close(): Promise<void>
}

/**
 * The only writer of a SQLite connection: units run one after another and share COMMITs. Times are milliseconds. A unit
 * that is open longer than `transactionLimit` is rolled back and fails.
 *
 *     const unit = await writer.begin()
 *     database.exec('update users set ...')
 *     await unit.commit()
 */
export function createWriter(options: WriterOptions): Writer {
  const { database, batchLimit, transactionLimit, busyLimit } = options
  const turns = createTurns()
  let closed = false
  let openUnit: ExpiringUnit | undefined
  let watchdog: NodeJS.Timeout | undefined

  const onDue = (batch: Batch): void => {
    if (!turns.taken()) {
      batches.commit()
      return
    }
    batch.overdue = true
    watchdog = setTimeout(() => openUnit?.expire(), transactionLimit)
  }
  const batches = createBatches({ ...options, onDue })

  const acquire = async (): Promise<Batch> => {
    await turns.take()
    try {
      if (closed) throw new Fault('unavailable', 'the database is closed')
      const open = batches.current()
      if (open !== undefined) return open
      await passTurns(turnsBefore)
      return await retryWhileBusy(batches.begin, busyLimit)
    } catch (error) {
      release()
      throw fromSqlite(error)
    }
  }
  const release = (): void => {
    clearTimeout(watchdog)
    openUnit = undefined
    const batch = batches.current()
    if (batch !== undefined && (batch.overdue || batch.units >= batchLimit)) batches.commit()
    turns.pass()
  }

  return {
    async single(statement) {
      const batch = await acquire()
      let result: ReturnType<typeof statement>
      try {
        // A statement is atomic by itself and needs no savepoint.
        result = statement()
        batch.units += 1
      } catch (error) {
        batches.checkAfter(error)
        release()
        await awaitEarlierUnits(batch)
        throw fromSqlite(error)
      }
      release()
      await batch.committed
      return result
    },
    async begin() {
      const batch = await acquire()
      const isFirst = batch.units === 0
      try {
        if (!isFirst) database.exec(`SAVEPOINT ${savepoint}`)
      } catch (error) {
        batches.checkAfter(error)
        release()
        throw fromSqlite(error)
      }
      openUnit = createUnit({ ...options, batch, isFirst, batches, release })
      return openUnit
    },
    async close() {
      await turns.take()
      closed = true
      if (batches.current() !== undefined) batches.commit()
      turns.pass()
    },
  }
}

/**
 * Turns of the event loop that the first unit of a batch waits for others. No transaction is open in these turns, so reads come
 * from the memory of this connection (see `createReader`).
 */
const turnsBefore = 2

async function passTurns(number: number): Promise<void> {
  for (let left = number; left > 0; left--) await new Promise((resolve) => setImmediate(resolve))
}

/** A unit that failed because of an existing row reads that row next, and must find it committed. */
async function awaitEarlierUnits(batch: Batch): Promise<void> {
  if (batch.units > 0) await batch.committed.catch(() => undefined)
}

const savepoint = 'einlass_unit'

interface ExpiringUnit extends Unit {
  expire(): void
}

interface UnitOptions extends Pick<WriterOptions, 'database' | 'log' | 'transactionLimit'> {
  readonly batch: Batch
  /** This is the only unit of the batch: a rollback of the batch undoes it, and no savepoint has to copy pages. */
  readonly isFirst: boolean
  readonly batches: Batches
  readonly release: () => void
}

function createUnit(options: UnitOptions): ExpiringUnit {
  const { database, log, transactionLimit, batch, isFirst, batches, release } = options
  let state: 'open' | 'failed' | 'expired' | 'ended' = 'open'

  const undo = (): void => {
    if (batches.current() !== batch) return
    if (isFirst) {
      batches.drop()
      return
    }
    try {
      database.exec(`ROLLBACK TO ${savepoint}`)
      database.exec(`RELEASE ${savepoint}`)
    } catch (error) {
      batches.abandon(error)
    }
  }
  const check = (): void => {
    if (state === 'failed') throw new Error('an earlier statement of this transaction failed')
    if (state === 'ended') throw new Error('this transaction has ended')
    if (state === 'expired') throw new Fault('unavailable', 'a transaction was open for too long')
    if (batches.current() !== batch) throw new Fault('unavailable', 'the writes were rolled back')
  }

  return {
    check,
    fail(error) {
      if (state === 'open') state = 'failed'
      batches.checkAfter(error)
    },
    recover() {
      if (state === 'failed') state = 'open'
    },
    async commit() {
      check()
      try {
        if (!isFirst) database.exec(`RELEASE ${savepoint}`)
      } catch (error) {
        batches.checkAfter(error)
        throw fromSqlite(error)
      }
      state = 'ended'
      batch.units += 1
      release()
      await batch.committed
    },
    async rollback() {
      if (state === 'ended' || state === 'expired') return
      state = 'ended'
      undo()
      release()
      await awaitEarlierUnits(batch)
    },
    expire() {
      log.error({ transactionLimit }, 'a transaction was open for too long and was rolled back')
      state = 'expired'
      undo()
      release()
    },
  }
}

interface Turns {
  /** First come, first served. */
  take(): Promise<void>
  pass(): void
  taken(): boolean
}

function createTurns(): Turns {
  const waiting: (() => void)[] = []
  let taken = false
  return {
    async take() {
      if (taken) await new Promise<void>((resolve) => waiting.push(resolve))
      taken = true
    },
    pass() {
      const next = waiting.shift()
      if (next === undefined) taken = false
      else next()
    },
    taken: () => taken,
  }
}
