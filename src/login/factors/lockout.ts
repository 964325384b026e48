/**
 * Failures of second factors, and the lock that follows them. Owns two counts per user. The first one is shared by all
 * kinds and makes the next proof wait; a new code, password, session or other factor does not reset it. The second one
 * is per kind and does not expire: after `failureLimit` failures in a row the kind is off for this user until it is
 * enrolled again (NIST SP 800-63B-4 section 3.2.2). Does not know how a proof is verified.
 *
 *   const judgement = await lockout.judge(userId, 'totp', async () => ...)  // outside of any transaction
 *   if (!(await lockout.succeed(tx, userId, 'totp'))) return false          // in the transaction of the success
 *   await lockout.unlock(tx, userId, 'totp')                                 // in the transaction of the enrolment
 */
import { sql } from 'kysely'
import { type Aggregate, createAggregate } from '../../identity/audit/aggregate.ts'
import type { Audit } from '../../identity/audit/audit.ts'
import type { Throttle, Wait } from '../../identity/limits/throttle.ts'
import type { Notify } from '../../identity/notify/notice.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import { message } from '../../platform/ui/message.ts'
import type { FormError } from '../engine/step.ts'
import { factorEvents } from './events.ts'
import { warnOfFailures } from './failure-warning.ts'
import type { FactorKind } from './index.ts'
import { factorNotices } from './notices.ts'

/** How many failures of one kind in a row turn it off for a user. NIST SP 800-63B-4 section 3.2.2 allows at most 100. */
export const failureLimit = 100

/** The proof was not verified. `wait`: `retryAfter` is in whole seconds. `off`: the kind has to be enrolled again. */
export type Refusal =
  | { readonly type: 'wait'; readonly retryAfter: number }
  | { readonly type: 'off' }

/** A proof that was wrong, and the error that its page shows. */
export interface WrongProof {
  readonly type: 'wrong'
  readonly formError: FormError
}

/** The result of the function that is given to `judge`. `wrong` is a failure. Both may have more members. */
interface Verdict {
  readonly type: 'right' | 'wrong'
}

/** A proof that was not verified, because the user has to wait or the kind is off. */
interface RefusedTry {
  readonly userId: Id<'user'>
  readonly kind: FactorKind
  readonly reason: 'throttled' | 'off'
}

export interface Lockout {
  /** Writes the refused tries that were only counted so far; with `all` also the latest. */
  readonly flush: Aggregate<RefusedTry>['flush']
  /**
   * Verifies a proof with `work`, unless the user has to wait or the kind is off. A failure is counted before `work` runs,
   * so that parallel guesses get no more chances than serial ones; `succeed` takes it back. Never call it inside a
   * transaction.
   * @returns what `work` returned, or why it did not run
   */
  judge<V extends Verdict>(
    userId: Id<'user'>,
    kind: FactorKind,
    work: () => Promise<V>,
  ): Promise<V | Refusal>
  /**
   * The same for the first proof of an authenticator that is being enrolled. A failure makes the next proof wait, but is
   * not counted for the kind. A right proof takes back its own count and no other.
   */
  judgeEnrolment<V extends Verdict>(
    userId: Id<'user'>,
    work: () => Promise<V>,
  ): Promise<V | Exclude<Refusal, { type: 'off' }>>
  /** Counts a failure that was found without `judge`. */
  fail(queries: Queries, userId: Id<'user'>, kind: FactorKind): Promise<void>
  /** Resets both counts. `false` when the kind was turned off meanwhile: then the proof is not valid. */
  succeed(queries: Queries, userId: Id<'user'>, kind: FactorKind): Promise<boolean>
  /** Resets the count of the kind, after it was enrolled again or an administrator reset it. */
  unlock(queries: Queries, userId: Id<'user'>, kind: FactorKind): Promise<void>
  /** Resets all counts of the user. Returns the kinds that were off. */
  lift(queries: Queries, userId: Id<'user'>): Promise<FactorKind[]>
  /** The kinds that are off for this user. */
  findLockedKinds(queries: Queries, userId: Id<'user'>): Promise<ReadonlySet<FactorKind>>
  /** How long the next proof of any kind has to wait; `undefined`: not at all. Changes nothing. */
  findWait(queries: Queries, userId: Id<'user'>): Promise<Wait | undefined>
  /** Why no proof can be verified now; `undefined` when one can. Changes nothing. */
  findRefusal(queries: Queries, userId: Id<'user'>, kind: FactorKind): Promise<Refusal | undefined>
}

export interface LockoutOptions {
  readonly db: Database
  readonly clock: Clock
  readonly throttle: Throttle
  readonly audit: Audit
  readonly notify: Notify
}

export function createLockout(options: LockoutOptions): Lockout {
  const { db, throttle } = options
  const refused = createAggregate<RefusedTry>({
    clock: options.clock,
    write: (queries, facts) => options.audit.record(queries, factorEvents.failed, facts),
    findKey: ({ userId, kind, reason }) => `${userId} ${kind} ${reason}`,
    withoutKey: (facts) => facts,
  })
  return {
    flush: refused.flush,

    async judge(userId, kind, work) {
      const result = await throttle.inTurn(createKey(userId), () =>
        judge(options, userId, kind, work),
      )
      if (result.type === 'wait') await refused.add(db, { userId, kind, reason: 'throttled' })
      if (result.type === 'off') await refused.add(db, { userId, kind, reason: 'off' })
      return result
    },

    judgeEnrolment: (userId, work) =>
      throttle.inTurn(createKey(userId), async () => {
        const admission = await throttle.admit(db, createKey(userId))
        if (admission.type === 'wait') return admission
        const verdict = await work()
        if (verdict.type === 'right') await throttle.takeBack(db, createKey(userId))
        return verdict
      }),

    async fail(queries, userId, kind) {
      await throttle.admit(queries, createKey(userId))
      if ((await count(options, queries, userId, kind)) === failureLimit) {
        await turnOff(options, queries, userId, kind)
      }
    },

    async succeed(queries, userId, kind) {
      await throttle.clear(queries, createKey(userId))
      const cleared = await queries
        .deleteFrom('factor_failures')
        .where('user_id', '=', userId)
        .where('kind', '=', kind)
        .where('off_at', 'is', null)
        .executeTakeFirst()
      return cleared.numDeletedRows > 0n || (await findLock(queries, userId, kind)) === undefined
    },

    async unlock(queries, userId, kind) {
      await queries
        .deleteFrom('factor_failures')
        .where('user_id', '=', userId)
        .where('kind', '=', kind)
        .execute()
    },

    async lift(queries, userId) {
      const locked = [...(await findLockedKinds(queries, userId))].sort()
      await throttle.clear(queries, createKey(userId))
      await queries.deleteFrom('factor_failures').where('user_id', '=', userId).execute()
      return locked
    },

    findLockedKinds,

    findWait: (queries, userId) => throttle.check(queries, createKey(userId)),

    async findRefusal(queries, userId, kind) {
      if ((await findLock(queries, userId, kind)) !== undefined) return { type: 'off' }
      return await throttle.check(queries, createKey(userId))
    },
  }
}

/** One key for all second factors of a user. */
const createKey = (userId: Id<'user'>): string => `factor:${userId}`

async function judge<V extends Verdict>(
  options: LockoutOptions,
  userId: Id<'user'>,
  kind: FactorKind,
  work: () => Promise<V>,
): Promise<V | Refusal> {
  const { db, throttle, audit } = options
  const lock = await findLock(db, userId, kind)
  if (lock !== undefined) return await refuseOff(options, userId, kind, lock)
  const admission = await throttle.admit(db, createKey(userId))
  if (admission.type === 'wait') return admission
  const failures = await count(options, db, userId, kind)
  if (failures === undefined) return { type: 'off' }
  const verdict = await work()
  if (verdict.type === 'wrong') {
    await transact(db, async (tx) => {
      await warnOfFailures(options, tx, userId)
      await audit.record(tx, factorEvents.failed, { userId, kind, reason: 'wrong' })
      if (failures === failureLimit) await turnOff(options, tx, userId, kind)
    })
  }
  return verdict
}

/** The process that counted the last failure may have stopped before the user was notified. */
async function refuseOff(
  options: LockoutOptions,
  userId: Id<'user'>,
  kind: FactorKind,
  { isNotified }: { readonly isNotified: boolean },
): Promise<Refusal> {
  if (!isNotified) await transact(options.db, (tx) => turnOff(options, tx, userId, kind))
  return { type: 'off' }
}

/** Counts one failure, in one statement. Returns the failures in a row with this one; `undefined` when the limit was reached before. */
async function count(
  { clock }: LockoutOptions,
  queries: Queries,
  userId: Id<'user'>,
  kind: FactorKind,
): Promise<number | undefined> {
  const now = clock.now()
  const counted = await queries
    .insertInto('factor_failures')
    .values({ user_id: userId, kind, failures: 1, last_failure_at: now, off_at: null })
    .onConflict((conflict) =>
      conflict
        .columns(['user_id', 'kind'])
        .doUpdateSet({
          failures: sql<number>`factor_failures.failures + 1`,
          last_failure_at: now,
        })
        .where('factor_failures.failures', '<', failureLimit),
    )
    .returning('failures')
    .executeTakeFirst()
  return counted?.failures
}

/** Notifies the user and writes the audit event, once. */
async function turnOff(
  { clock, audit, notify }: LockoutOptions,
  queries: Queries,
  userId: Id<'user'>,
  kind: FactorKind,
): Promise<void> {
  const result = await queries
    .updateTable('factor_failures')
    .set({ off_at: clock.now() })
    .where('user_id', '=', userId)
    .where('kind', '=', kind)
    .where('failures', '>=', failureLimit)
    .where('off_at', 'is', null)
    .executeTakeFirst()
  if (result.numUpdatedRows !== 1n) return
  await notify(queries, factorNotices.locked, { userId, factor: message(`factor.${kind}`) })
  await audit.record(queries, factorEvents.locked, { userId, kind, failures: failureLimit })
}

/** `undefined` when the limit is not reached. */
async function findLock(
  queries: Queries,
  userId: Id<'user'>,
  kind: FactorKind,
): Promise<{ readonly isNotified: boolean } | undefined> {
  const row = await queries
    .selectFrom('factor_failures')
    .select('off_at')
    .where('user_id', '=', userId)
    .where('kind', '=', kind)
    .where('failures', '>=', failureLimit)
    .executeTakeFirst()
  return row && { isNotified: row.off_at !== null }
}

async function findLockedKinds(
  queries: Queries,
  userId: Id<'user'>,
): Promise<ReadonlySet<FactorKind>> {
  const rows = await queries
    .selectFrom('factor_failures')
    .select('kind')
    .where('user_id', '=', userId)
    .where('failures', '>=', failureLimit)
    .execute()
  return new Set(rows.map(({ kind }) => kind))
}

/** The form error of a proof that was wrong or not verified. */
export function createRefusalError(refusal: Refusal | WrongProof): FormError {
  if (refusal.type === 'wrong') return refusal.formError
  if (refusal.type === 'off') {
    return { status: 429, title: message('factor.off.title'), text: message('factor.off.text') }
  }
  return {
    status: 429,
    title: message('factor.wait.title'),
    text: message('factor.wait.text', { wait: refusal.retryAfter }),
    retryAfter: refusal.retryAfter,
  }
}

/** The form error of an action that was repeated too often. `retryAfter` is in whole seconds. */
export function createTooOftenError(retryAfter: number): FormError {
  return {
    status: 429,
    title: message('factor.wait.title'),
    text: message('factor.later.text', { wait: retryAfter }),
    retryAfter,
  }
}
