/**
 * Slows down guessing. Counts tries per key (`user:<canonical name>`, for example) in the database, so that restarts
 * and other nodes change nothing. Does not know what was tried.
 *
 * A try is counted as a failure before its outcome is known and taken back when it was right. Counting afterwards would
 * let many parallel tries pass before the first failure is written; so parallel guessing gets no more tries than serial.
 * A node that is alone with its database may count a try of `judge` afterwards, as it takes a key's tries in turn: a
 * right one then writes nothing, and nobody hears of a wrong one before it is counted. One that could not be counted, as
 * on a full disk, is counted before any other try of its key is judged, or none is.
 *
 *   const admission = await throttle.admit(db, key)       // committed before the password is verified
 *   if (admission.type === 'wait') ...                    // tell retryAfter, do not verify
 *   if (right) await throttle.clear(tx, key)              // in the transaction of the success
 *   if (not verified) await throttle.takeBack(db, key)    // the hasher was too busy, for example
 */
import { type Expression, type RawBuilder, sql } from 'kysely'
import { type Clock, minutes, seconds } from '../../platform/kernel/clock.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import { createTurns, type InTurn } from '../../platform/kernel/turns.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { prepared, type Slots } from '../../platform/storage/prepared.ts'
import { createLateEnds } from './late-ends.ts'

/** Nothing was counted. `retryAfter` is in whole seconds, at least 1. */
export interface Wait {
  readonly type: 'wait'
  readonly retryAfter: number
}

export type Admission = { readonly type: 'admitted' } | Wait

interface Judgement {
  readonly isRight: boolean
}

export interface Throttle {
  /** How long a try would have to wait now. Changes nothing: only `admit` decides. */
  check(queries: Queries, key: string): Promise<Wait | undefined>
  /** Counts one try as failed and admits it, in one statement; or says how long to wait. Never call it inside a longer transaction. */
  admit(queries: Queries, key: string): Promise<Admission>
  /**
   * Judges one try when all earlier ones of this key on this node are judged, so that many right ones at the same moment
   * do not count one another as failures. Resolves with what `work` found, after a wrong try is durably counted, or with
   * the wait when there is one and `work` was not called. A right one forgets the failures of its key; it does not wait
   * for that, which the next try does. When `work` throws, the try does not count. Never call it inside a transaction.
   */
  judge<V extends Judgement>(db: Database, key: string, work: () => Promise<V>): Promise<V | Wait>
  /** Forgets every failure of the key: for a name whose owner got in. */
  clear(queries: Queries, key: string): Promise<void>
  /**
   * Takes back one try that was not verified after all; or that was right, for an address, where a right login must not
   * forgive the guesses at other names. A wait that the other failures earned stays.
   */
  takeBack(queries: Queries, key: string): Promise<void>
  /**
   * Runs `work` when all earlier work of this key on this node has ended. Around admit, verify and clear it lets many
   * right logins at the same moment pass one after the other, instead of counting one another as failures.
   */
  readonly inTurn: InTurn
  /** Deletes what is forgotten anyway, and counts what could not be counted before. */
  purge(queries: Queries): Promise<void>
}

export interface ThrottleOptions {
  readonly clock: Clock
  /** Failures without a wait; the wait begins when the last of them is counted. */
  readonly freeFailures?: number
  /** No other process judges tries that this database counts. */
  readonly isAlone?: boolean
  /** Of how many keys it is kept in mind that a try could not be counted; beyond, each is counted before it is judged. */
  readonly maxUncounted?: number
}

/** A try that may be judged, and what to write then. */
interface Try {
  readonly type: 'begun'
  right(): Promise<void>
  wrong(): Promise<void>
  notJudged(): Promise<void>
}

const memory = minutes(60)
const longestWait = minutes(15)
/** 1 s doubled this often is longer than `longestWait`. */
const doublings = 10

export function createThrottle(options: ThrottleOptions): Throttle {
  const { clock, freeFailures = 5, isAlone = false, maxUncounted = 10_000 } = options
  const inTurn = createTurns()
  /** Under which keys of the database one wrong try is still to be counted. */
  const uncounted = new Set<string>()
  const lateEnds = createLateEnds({ longestWait })

  const readWait = (at: string, row: Block | undefined): Wait | undefined =>
    toWait(lateEnds.findRest(at, row?.blocked_until ?? 0, clock.now()))

  async function check(queries: Queries, key: string): Promise<Wait | undefined> {
    const at = stored(key)
    return readWait(at, await findBlock.first(queries, { key: at }))
  }

  /** `false`: the key is blocked, and nothing was counted. */
  async function countAt(queries: Queries, at: string): Promise<boolean> {
    const now = clock.now()
    const counted = await count.first(queries, {
      key: at,
      now,
      over: lateEnds.findOver(at, now) ?? now,
      forgotten: now - memory,
      first: freeFailures > 1 ? 0 : now + seconds(1),
      free: freeFailures,
    })
    return counted !== undefined
  }

  async function countLate(queries: Queries, at: string): Promise<void> {
    await countAt(queries, at)
    uncounted.delete(at)
  }

  async function admit(queries: Queries, key: string): Promise<Admission> {
    // Only the write decides. The read before it lets a flood of refused tries cost no writes.
    const before = await check(queries, key)
    if (before !== undefined) return before
    if (await countAt(queries, stored(key))) return { type: 'admitted' }
    return (await check(queries, key)) ?? { type: 'wait', retryAfter: 1 }
  }

  const clear: Throttle['clear'] = async (queries, key) => {
    await forget.run(queries, { key: stored(key) })
  }
  const takeBack: Throttle['takeBack'] = async (queries, key) => {
    await takeBackAt(queries, stored(key), freeFailures)
  }

  async function begin(db: Database, key: string): Promise<Try | Wait> {
    const at = stored(key)
    if (uncounted.has(at)) await countLate(db, at)
    if (isAlone && uncounted.size < maxUncounted) {
      const row = await findBlock.first(db, { key: at })
      const wait = readWait(at, row)
      if (wait !== undefined) return wait
      return {
        type: 'begun',
        right: async () => (row === undefined ? undefined : clear(db, key)),
        async wrong() {
          try {
            await countAt(db, at)
          } catch (error) {
            uncounted.add(at)
            throw error
          }
        },
        notJudged: async () => undefined,
      }
    }
    const admission = await admit(db, key)
    if (admission.type === 'wait') return admission
    return {
      type: 'begun',
      right: () => clear(db, key),
      wrong: async () => undefined,
      notJudged: () => takeBack(db, key),
    }
  }

  function judge<V extends Judgement>(db: Database, key: string, work: () => Promise<V>) {
    const { promise, resolve, reject } = Promise.withResolvers<V | Wait>()
    const turn = inTurn(key, async () => {
      const begun = await begin(db, key)
      if (begun.type === 'wait') return resolve(begun)
      const judgement = await work().catch(async (error: unknown) => {
        await begun.notJudged()
        throw error
      })
      if (!judgement.isRight) await begun.wrong()
      resolve(judgement)
      if (judgement.isRight) await begun.right()
    })
    // Where only the forgetting fails, the caller has its answer already, and the failures stay counted.
    turn.catch(reject)
    return promise
  }

  return {
    check,
    admit,
    judge,
    clear,
    takeBack,
    inTurn,
    async purge(queries) {
      await queries
        .deleteFrom('throttles')
        .where('last_failure_at', '<=', clock.now() - memory)
        .execute()
      for (const at of [...uncounted]) await countLate(queries, at)
    },
  }
}

function toWait(left: number): Wait | undefined {
  return left <= 0 ? undefined : { type: 'wait', retryAfter: Math.ceil(left / 1000) }
}

/** People type passwords into the name field, so no name is stored: only the kind and the SHA-256 of the whole key. */
function stored(key: string): string {
  return `${key.slice(0, key.indexOf(':') + 1)}${sha256(key)}`
}

interface Block {
  readonly blocked_until: number
}

const findBlock = prepared((queries, at: Slots<{ key: string }>) =>
  queries.selectFrom('throttles').select('blocked_until').where('key', '=', at.key),
)

/** Takes one failure from a key that has any. */
async function takeBackAt(queries: Queries, at: string, freeFailures: number): Promise<void> {
  await queries
    .updateTable('throttles')
    .set({
      failures: sql`failures - 1`,
      blocked_until: sql`case when failures <= ${freeFailures} then 0 else blocked_until end`,
    })
    .where('key', '=', at)
    .where('failures', '>', 0)
    .execute()
}

const forget = prepared((queries, at: Slots<{ key: string }>) =>
  queries.deleteFrom('throttles').where('key', '=', at.key),
)

interface Count {
  readonly key: string
  readonly now: number
  /** A block that is over although its end has not come, see late-ends.ts; else `now`. */
  readonly over: number
  /** Failures until then do not count any more. */
  readonly forgotten: number
  /** Until when a first failure blocks. */
  readonly first: number
  readonly free: number
}

/** One statement, so that two tries never count as one. Returns no row when the key is blocked. */
const count = prepared((queries, at: Slots<Count>) => {
  const now = sql<number>`cast(${at.now} as bigint)`
  const failures = sql<number>`(case when throttles.last_failure_at <= ${at.forgotten} then 1 else throttles.failures + 1 end)`
  return queries
    .insertInto('throttles')
    .values({ key: at.key, failures: 1, last_failure_at: at.now, blocked_until: at.first })
    .onConflict((conflict) =>
      conflict
        .column('key')
        .doUpdateSet({
          failures,
          last_failure_at: at.now,
          blocked_until: blockAfter(failures, at.free, now),
        })
        .where(({ or, eb }) =>
          or([
            eb('throttles.blocked_until', '<=', at.now),
            eb('throttles.blocked_until', '=', at.over),
          ]),
        ),
    )
    .returning('failures')
})

/**
 * Until when that many failures block. As long as they are free, that is 0 and not now: the clock of another node may be behind, by
 * which this would be a block, and right tries at the same moment on two nodes would be refused.
 */
function blockAfter(
  failures: RawBuilder<number>,
  free: Expression<number>,
  now: RawBuilder<number>,
): RawBuilder<number> {
  const beyond = sql`cast(${failures} - ${free} as integer)`
  return sql`(case when ${beyond} < 0 then 0
    when ${beyond} >= ${sql.lit(doublings)} then ${now} + ${sql.lit(longestWait)}
    else ${now} + (${sql.lit(seconds(1))} << ${beyond}) end)`
}
