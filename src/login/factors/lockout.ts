/**
 * Wrong answers, counted over all second factors of a person. Owns two counts. One is shared by all kinds and makes the
 * next try wait; no new code, password, session or other method gives new tries. The other is per kind and never
 * forgets: after `failureLimit` failures in a row the kind is off for this person until it is set up again (NIST SP
 * 800-63B-4 section 3.2.2). Does not know what a proof is.
 *
 *   const judgement = await attempts.judge(userId, 'totp', async () => ...)  // outside of any transaction
 *   if (!(await attempts.succeed(tx, userId, 'totp'))) return false          // in the transaction of the success
 *   await attempts.setUp(tx, userId, 'totp')                                 // in the transaction of the enrolment
 */
import { sql } from 'kysely'
import type { Audit } from '../../identity/audit/audit.ts'
import type { Throttle } from '../../identity/limits/throttle.ts'
import type { Notify } from '../../identity/notify/notice.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import { message } from '../../platform/ui/message.ts'
import type { FormError } from '../engine/step.ts'
import { factorEvents } from './events.ts'
import type { FactorKind } from './index.ts'
import { factorNotices } from './notices.ts'

/** Failures of one kind in a row. */
export const failureLimit = 100

/** Nothing was judged. `retryAfter` is in whole seconds. */
export type Refusal =
  | { readonly type: 'wait'; readonly retryAfter: number }
  | { readonly type: 'off' }

/** A try that was wrong, with what its page says about it. */
export interface WrongTry {
  readonly type: 'wrong'
  readonly formError: FormError
}

/** What `judge` is given: `wrong` is a failure. Both may carry more. */
interface Verdict {
  readonly type: 'right' | 'wrong'
}

export interface Attempts {
  /**
   * Judges a proof, if the person may try one now. The try is counted as failed before it is judged, so that parallel
   * guesses get no more tries than serial ones; `succeed` takes that back. Never call it inside a transaction.
   */
  judge<V extends Verdict>(
    userId: Id<'user'>,
    kind: FactorKind,
    work: () => Promise<V>,
  ): Promise<V | Refusal>
  /**
   * The same for a proof of what is only being set up: such a try makes the next one wait, but says nothing about a
   * factor that the person has. A right one is taken back, and forgives nothing else.
   */
  judgeFirst<V extends Verdict>(
    userId: Id<'user'>,
    work: () => Promise<V>,
  ): Promise<V | Exclude<Refusal, { type: 'off' }>>
  /** Counts a failure that was found without `judge`. */
  fail(queries: Queries, userId: Id<'user'>, kind: FactorKind): Promise<void>
  /** Forgets the failures. `false`: the kind is off by now, and the proof does not count. */
  succeed(queries: Queries, userId: Id<'user'>, kind: FactorKind): Promise<boolean>
  /** The kind was set up again, by a person who was allowed to. */
  setUp(queries: Queries, userId: Id<'user'>, kind: FactorKind): Promise<void>
  /** The kinds that are off for this person. */
  offOf(queries: Queries, userId: Id<'user'>): Promise<ReadonlySet<FactorKind>>
  /** Why nothing can be tried now; `undefined`: something can. Changes nothing. */
  refusalOf(queries: Queries, userId: Id<'user'>, kind: FactorKind): Promise<Refusal | undefined>
}

export interface AttemptsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly throttle: Throttle
  readonly audit: Audit
  readonly notify: Notify
}

export function createAttempts(options: AttemptsOptions): Attempts {
  const { db, throttle } = options
  return {
    judge: (userId, kind, work) =>
      throttle.inTurn(keyOf(userId), () => judge(options, userId, kind, work)),

    judgeFirst: (userId, work) =>
      throttle.inTurn(keyOf(userId), async () => {
        const admission = await throttle.admit(db, keyOf(userId))
        if (admission.type === 'wait') return admission
        const verdict = await work()
        if (verdict.type === 'right') await throttle.takeBack(db, keyOf(userId))
        return verdict
      }),

    async fail(queries, userId, kind) {
      await throttle.admit(queries, keyOf(userId))
      if ((await count(options, queries, userId, kind)) === failureLimit) {
        await turnOff(options, queries, userId, kind)
      }
    },

    async succeed(queries, userId, kind) {
      await throttle.clear(queries, keyOf(userId))
      const cleared = await queries
        .deleteFrom('factor_failures')
        .where('user_id', '=', userId)
        .where('kind', '=', kind)
        .where('off_at', 'is', null)
        .executeTakeFirst()
      return cleared.numDeletedRows > 0n || (await limitOf(queries, userId, kind)) === undefined
    },

    async setUp(queries, userId, kind) {
      await queries
        .deleteFrom('factor_failures')
        .where('user_id', '=', userId)
        .where('kind', '=', kind)
        .execute()
    },

    offOf,

    async refusalOf(queries, userId, kind) {
      if ((await limitOf(queries, userId, kind)) !== undefined) return { type: 'off' }
      return await throttle.check(queries, keyOf(userId))
    },
  }
}

/** One key for all second factors of a person. */
const keyOf = (userId: Id<'user'>): string => `factor:${userId}`

async function judge<V extends Verdict>(
  options: AttemptsOptions,
  userId: Id<'user'>,
  kind: FactorKind,
  work: () => Promise<V>,
): Promise<V | Refusal> {
  const { db, throttle } = options
  const limit = await limitOf(db, userId, kind)
  if (limit !== undefined) return await refuseOff(options, userId, kind, limit)
  const admission = await throttle.admit(db, keyOf(userId))
  if (admission.type === 'wait') return admission
  const failures = await count(options, db, userId, kind)
  if (failures === undefined) return { type: 'off' }
  const verdict = await work()
  if (verdict.type === 'wrong' && failures === failureLimit) {
    await transact(db, (tx) => turnOff(options, tx, userId, kind))
  }
  return verdict
}

/** Whoever counted the last failure may have stopped before telling. */
async function refuseOff(
  options: AttemptsOptions,
  userId: Id<'user'>,
  kind: FactorKind,
  { isTold }: { readonly isTold: boolean },
): Promise<Refusal> {
  if (!isTold) await transact(options.db, (tx) => turnOff(options, tx, userId, kind))
  return { type: 'off' }
}

/** The failures in a row, this one included; `undefined`: the limit was reached before. One statement. */
async function count(
  { clock }: AttemptsOptions,
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

/** Tells the person and the auditor, once. */
async function turnOff(
  { clock, audit, notify }: AttemptsOptions,
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

/** `undefined`: the limit is not reached. */
async function limitOf(
  queries: Queries,
  userId: Id<'user'>,
  kind: FactorKind,
): Promise<{ readonly isTold: boolean } | undefined> {
  const row = await queries
    .selectFrom('factor_failures')
    .select('off_at')
    .where('user_id', '=', userId)
    .where('kind', '=', kind)
    .where('failures', '>=', failureLimit)
    .executeTakeFirst()
  return row && { isTold: row.off_at !== null }
}

async function offOf(queries: Queries, userId: Id<'user'>): Promise<ReadonlySet<FactorKind>> {
  const rows = await queries
    .selectFrom('factor_failures')
    .select('kind')
    .where('user_id', '=', userId)
    .where('failures', '>=', failureLimit)
    .execute()
  return new Set(rows.map(({ kind }) => kind))
}

/** What the page of a refused proof says. */
export function complaintOf(refusal: Refusal | WrongTry): FormError {
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

/** What the page of something says that was done too often. `retryAfter` is in whole seconds. */
export function doneTooOften(retryAfter: number): FormError {
  return {
    status: 429,
    title: message('factor.wait.title'),
    text: message('factor.later.text', { wait: retryAfter }),
    retryAfter,
  }
}
