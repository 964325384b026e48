/**
 * Slows down guessing. Counts attempts per key (`user:<canonical name>`, for example) in the database, so they survive
 * restarts and hold for all nodes. Does not know what was attempted.
 *
 * An attempt is counted as a failure before its outcome is known, and taken back when it was right. If it were counted
 * afterwards, many parallel attempts would pass before the first failure is written. So parallel guessing gets no more
 * attempts than serial guessing. A node that is alone with its database may count an attempt of `judge` afterwards,
 * because it takes the attempts of a key one after the other: then a right one writes nothing, and a wrong one is
 * answered only after it is counted. If an attempt could not be counted, for example on a full disk, it is counted before
 * the next attempt of its key is judged; until that succeeds, none is judged.
 *
 *   const admission = await throttle.admit(db, key)       // committed before the password is verified
 *   if (admission.type === 'wait') ...                    // tell retryAfter, do not verify
 *   if (right) await throttle.clear(tx, key)              // in the transaction of the success
 *   if (not verified) await throttle.takeBack(db, key)    // the hasher was too busy, for example
 */
import { type Expression, type RawBuilder, sql } from 'kysely'
import { type Clock, minutes, seconds } from '../../platform/kernel/clock.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import { tryEach } from '../../platform/kernel/try-each.ts'
import { createTurns, type InTurn } from '../../platform/kernel/turns.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { prepared, type Slots } from '../../platform/storage/prepared.ts'
import { removeRows } from '../../platform/storage/remove.ts'
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
  /** How long an attempt would have to wait now. Changes nothing: only `admit` decides. */
  check(queries: Queries, key: string): Promise<Wait | undefined>
  /**
   * Counts one attempt as failed and admits it, in one statement; or returns the wait. Never call it inside a longer
   * transaction.
   */
  admit(queries: Queries, key: string): Promise<Admission>
  /**
   * Judges one attempt after all earlier ones of this key on this node, so that many right ones at the same moment do not
   * count one another as failures. Resolves with the result of `work`, for a wrong attempt after it is durably counted;
   * or with the wait if there is one, and then `work` is not called. A right attempt clears the failures of its key; the
   * next attempt waits for that, this one does not. When `work` throws, the attempt is not counted. Never call it inside
   * a transaction.
   */
  judge<V extends Judgement>(db: Database, key: string, work: () => Promise<V>): Promise<V | Wait>
  /** Clears all failures of the key: for a name whose owner has logged in. */
  clear(queries: Queries, key: string): Promise<void>
  /**
   * Takes back one attempt that was not verified after all. For an address, also one that was right, because a right
   * login must not clear the guesses at other names. A wait that the other failures caused stays.
   */
  takeBack(queries: Queries, key: string): Promise<void>
  /**
   * Runs `work` when all earlier work of this key on this node has ended. Around admit, verify and clear it lets many
   * right logins at the same moment pass one after the other, instead of counting one another as failures.
   */
  readonly inTurn: InTurn
  /** Deletes rows that have no effect any more, and counts attempts that could not be counted before. */
  purge(queries: Queries): Promise<void>
}

export interface ThrottleOptions {
  readonly clock: Clock
  /** Failures without a wait; the wait begins when the last of them is counted. */
  readonly freeFailures?: number
  /** No other process judges attempts that this database counts. */
  readonly isAlone?: boolean
  /**
   * For how many keys the process remembers that an attempt could not be counted; beyond that, each attempt is counted
   * before it is judged.
   */
  readonly maxUncounted?: number
}

/** An attempt that may be judged, and what to write afterwards. */
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
  /** The database keys for which one wrong attempt is still to be counted. */
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
    // Only the write decides. The read before it saves the writes of a flood of refused attempts.
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
    // If only the clearing fails, the caller already has its answer, and the failures stay counted.
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
    purge: (queries) =>
      tryEach([
        () => removeOld(queries, clock.now() - memory),
        ...[...uncounted].map((at) => () => countLate(queries, at)),
      ]),
  }
}

function removeOld(queries: Queries, before: number): Promise<number> {
  return removeRows(queries, {
    table: 'throttles',
    key: ['key'],
    isOld: (row) => row('last_failure_at', '<=', before),
  })
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
  /** The end of a block that is over before that end, see late-ends.ts; otherwise `now`. */
  readonly over: number
  /** Failures until then are ignored. */
  readonly forgotten: number
  /** The end of the block after a first failure. */
  readonly first: number
  readonly free: number
}

/** One statement, so that two attempts are never counted as one. Returns no row when the key is blocked. */
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
 * The end of the block after that many failures. While failures are free, it is 0 and not now: for a node whose clock is
 * behind, now would be a block, and right attempts at the same moment on two nodes would be refused.
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
