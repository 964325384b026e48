/**
 * Slows down guessing. Counts tries per key (`user:<canonical name>`, for example) in the database, so that restarts
 * and other nodes change nothing. Does not know what was tried.
 *
 * A try is counted as a failure before its outcome is known and taken back when it was right. Counting afterwards would
 * let many parallel tries pass before the first failure is written; so parallel guessing gets no more tries than serial.
 *
 *   const admission = await throttle.admit(db, key)       // committed before the password is verified
 *   if (admission.type === 'wait') ...                    // tell retryAfter, do not verify
 *   if (right) await throttle.clear(tx, key)              // in the transaction of the success
 *   if (not verified) await throttle.takeBack(db, key)    // the hasher was too busy, for example
 */
import { type Expression, type RawBuilder, sql } from 'kysely'
import { type Clock, minutes, seconds } from '../kernel/clock.ts'
import { sha256 } from '../kernel/crypto.ts'
import type { Queries } from '../storage/database.ts'
import type { Ahead } from '../storage/direct.ts'
import { prepared, type Slots } from '../storage/prepared.ts'

export type Admission =
  | { readonly type: 'admitted' }
  /** Nothing was counted. `retryAfter` is in whole seconds, at least 1. */
  | { readonly type: 'wait'; readonly retryAfter: number }

export interface Throttle {
  /** How long a try would have to wait now. Changes nothing: only `admit` decides. */
  check(queries: Queries, key: string): Promise<{ retryAfter: number } | undefined>
  /** Counts one try as failed and admits it, in one statement; or says how long to wait. Never call it inside a longer transaction. */
  admit(queries: Queries, key: string): Promise<Admission>
  /**
   * As `admit`, but does not wait for the disk: verifying may begin meanwhile. Nobody may be told that a try was wrong
   * before `durable`, which rejects when the count was lost.
   */
  admitAhead(queries: Queries, key: string): Promise<Ahead<Admission>>
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
  inTurn<Result>(key: string, work: () => Promise<Result>): Promise<Result>
  /** Deletes what is forgotten anyway. */
  purge(queries: Queries): Promise<void>
}

export interface ThrottleOptions {
  readonly clock: Clock
  /** Failures without a wait; the wait begins when the last of them is counted. */
  readonly freeFailures?: number
}

const memory = minutes(60)
const longestWait = minutes(15)
/** 1 s doubled this often is longer than `longestWait`. */
const doublings = 10

export function createThrottle({ clock, freeFailures = 5 }: ThrottleOptions): Throttle {
  const turns = new Map<string, Promise<unknown>>()

  async function check(queries: Queries, key: string) {
    const now = clock.now()
    const row = await findBlock.first(queries, { key: stored(key) })
    if (row === undefined || row.blocked_until <= now) return undefined
    return { retryAfter: Math.ceil((row.blocked_until - now) / 1000) }
  }

  async function admitAhead(queries: Queries, key: string): Promise<Ahead<Admission>> {
    // Only the write decides. The read before it lets a flood of refused tries cost no writes.
    const before = await check(queries, key)
    if (before) return { result: { type: 'wait', ...before }, durable: Promise.resolve() }
    const now = clock.now()
    const { result, durable } = await count.firstAhead(queries, {
      key: stored(key),
      now,
      forgotten: now - memory,
      first: freeFailures > 1 ? now : now + seconds(1),
      free: freeFailures,
    })
    if (result !== undefined) return { result: { type: 'admitted' }, durable }
    await durable
    const blocked = await check(queries, key)
    return { result: { type: 'wait', retryAfter: 1, ...blocked }, durable }
  }

  return {
    check,
    admitAhead,
    async admit(queries, key) {
      const { result, durable } = await admitAhead(queries, key)
      await durable
      return result
    },
    async clear(queries, key) {
      await forget.run(queries, { key: stored(key) })
    },
    async takeBack(queries, key) {
      await queries
        .updateTable('throttles')
        .set({
          failures: sql`failures - 1`,
          blocked_until: sql`case when failures <= ${freeFailures} then 0 else blocked_until end`,
        })
        .where('key', '=', stored(key))
        .where('failures', '>', 0)
        .execute()
    },
    inTurn(key, work) {
      const before = turns.get(key) ?? Promise.resolve()
      const result = before.then(work)
      const turn = result.then(nothing, nothing).then(() => {
        if (turns.get(key) === turn) turns.delete(key)
      })
      turns.set(key, turn)
      return result
    },
    async purge(queries) {
      await queries
        .deleteFrom('throttles')
        .where('last_failure_at', '<=', clock.now() - memory)
        .execute()
    },
  }
}

function nothing(): void {}

/** People type passwords into the name field, so no name is stored: only the kind and the SHA-256 of the whole key. */
function stored(key: string): string {
  return `${key.slice(0, key.indexOf(':') + 1)}${sha256(key)}`
}

const findBlock = prepared((queries, at: Slots<{ key: string }>) =>
  queries.selectFrom('throttles').select('blocked_until').where('key', '=', at.key),
)

const forget = prepared((queries, at: Slots<{ key: string }>) =>
  queries.deleteFrom('throttles').where('key', '=', at.key),
)

interface Count {
  readonly key: string
  readonly now: number
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
          blocked_until: sql<number>`${now} + ${waitAfter(failures, at.free)}`,
        })
        .where('throttles.blocked_until', '<=', at.now),
    )
    .returning('failures')
})

/** Milliseconds to wait after that many failures. */
function waitAfter(failures: RawBuilder<number>, free: Expression<number>): RawBuilder<number> {
  const beyond = sql`cast(${failures} - ${free} as integer)`
  return sql`(case when ${beyond} < 0 then 0
    when ${beyond} >= ${sql.lit(doublings)} then ${sql.lit(longestWait)}
    else ${sql.lit(seconds(1))} << ${beyond} end)`
}
