/**
 * Failures of second factors, and the lock that follows them. Owns two counts per user. Each exists twice, for known browsers and
 * for all others, so that wrong proofs of a thief of the password neither make the owner wait nor turn off the owner's factor.
 * All kinds that can be guessed share the first count, which makes the next proof wait; a new code, password, session or other
 * factor does not reset it. The second count is per kind and does not expire: after `failureLimit` failures in a row the kind is
 * off in these browsers until it is enrolled again (NIST SP 800-63B-4 section 3.2.2). Does not know how a proof is verified.
 *
 *   const group = findBrowserGroup(await findBudgetKey(context))
 *   const judgement = await lockout.judge(userId, 'totp', async () => ..., group)  // outside of any transaction
 *   if (!(await lockout.succeed(tx, userId, 'totp', group))) return false          // in the transaction of the success
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
import type { BrowserGroup } from './budget-key.ts'
import { factorEvents } from './events.ts'
import { type FailureWarningOptions, warnOfFailures } from './failure-warning.ts'
import type { FactorKind } from './index.ts'
import { factorNotices } from './notices.ts'

/** How many failures of one kind in a row turn it off for a user. NIST SP 800-63B-4 section 3.2.2 allows at most 100. */
export const failureLimit = 100

/**
 * The proof was not verified. `wait`: `retryAfter` is in whole seconds. `off`: the kind has to be enrolled again. Both hold for
 * the browsers of this group; absent: for all.
 */
export type Refusal =
  | { readonly type: 'wait'; readonly retryAfter: number; readonly group?: BrowserGroup }
  | { readonly type: 'off'; readonly group?: BrowserGroup }

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

/** Without a group, these use the group of unknown browsers. */
export interface Lockout {
  /** Writes the refused attempts that were only counted so far; with `all` also the latest. */
  readonly flush: Aggregate<RefusedTry>['flush']
  /**
   * Verifies a proof with `work`, unless the user has to wait or the kind is off. A failure is counted before `work` runs,
   * so that parallel guesses get no more chances than serial ones; `succeed` takes it back, and so does `judge` when `work`
   * throws: a proof that nobody has judged is no failure. Never call it inside a transaction.
   * @returns what `work` returned, or why it did not run
   */
  judge<V extends Verdict>(
    userId: Id<'user'>,
    kind: FactorKind,
    work: () => Promise<V>,
    group?: BrowserGroup,
  ): Promise<V | Refusal>
  /**
   * The same for the first proof of an authenticator that is being enrolled. A failure makes the next proof wait, but is
   * not counted for the kind. A right proof takes back its own count and no other.
   */
  judgeEnrolment<V extends Verdict>(
    userId: Id<'user'>,
    work: () => Promise<V>,
    group?: BrowserGroup,
  ): Promise<V | Exclude<Refusal, { type: 'off' }>>
  /** Counts a failure that was found without `judge`. */
  fail(queries: Queries, userId: Id<'user'>, kind: FactorKind, group?: BrowserGroup): Promise<void>
  /**
   * Resets both counts of the group. Those of the other group stay: otherwise a thief got new guesses after each login of the
   * owner. `false` when the kind was turned off meanwhile: then the proof is not valid.
   */
  succeed(
    queries: Queries,
    userId: Id<'user'>,
    kind: FactorKind,
    group?: BrowserGroup,
  ): Promise<boolean>
  /** Resets the count of the kind, after it was enrolled again or an administrator reset it. */
  unlock(queries: Queries, userId: Id<'user'>, kind: FactorKind): Promise<void>
  /** Resets all counts of the user. Returns the kinds that were off. */
  lift(queries: Queries, userId: Id<'user'>): Promise<FactorKind[]>
  /** The kinds that are off for this user in the browsers of a group; without one, in those of either. */
  findLockedKinds(
    queries: Queries,
    userId: Id<'user'>,
    group?: BrowserGroup,
  ): Promise<ReadonlySet<FactorKind>>
  /** How long the next proof that can be guessed has to wait; `undefined`: not at all. Changes nothing. */
  findWait(queries: Queries, userId: Id<'user'>, group?: BrowserGroup): Promise<Wait | undefined>
  /** Why no proof can be verified now; `undefined` when one can. Changes nothing. */
  findRefusal(
    queries: Queries,
    userId: Id<'user'>,
    kind: FactorKind,
    group?: BrowserGroup,
  ): Promise<Refusal | undefined>
}

export interface LockoutOptions {
  readonly db: Database
  readonly clock: Clock
  readonly throttle: Throttle
  readonly audit: Audit
  readonly notify: Notify
  readonly alerts?: FailureWarningOptions['alerts']
  /** The kinds that nobody finds by trying, see `FactorDescription`. */
  readonly unguessable: ReadonlySet<FactorKind>
}

export function createLockout(options: LockoutOptions): Lockout {
  const { db, throttle, unguessable } = options
  /** All second factors of a user that can be guessed share one key; each other kind has its own. */
  function createKey({ userId, kind, group }: Omit<Count, 'kind'> & Partial<Count>): string {
    const shared = `${group === 'known' ? 'known-factor' : 'factor'}:${userId}`
    return kind !== undefined && unguessable.has(kind) ? `${shared}:${kind}` : shared
  }
  const refused = createAggregate<RefusedTry>({
    clock: options.clock,
    write: (queries, facts) => options.audit.record(queries, factorEvents.failed, facts),
    findKey: ({ userId, kind, reason }) => `${userId} ${kind} ${reason}`,
    withoutKey: (facts) => facts,
  })
  return {
    flush: refused.flush,

    async judge(userId, kind, work, group = 'new') {
      const count = { userId, kind, group }
      const key = createKey(count)
      const result = await throttle.inTurn(key, () => judge(options, count, key, work))
      if (result.type === 'wait') await refused.add(db, { userId, kind, reason: 'throttled' })
      if (result.type === 'off') await refused.add(db, { userId, kind, reason: 'off' })
      return result
    },

    judgeEnrolment(userId, work, group = 'new') {
      const key = createKey({ userId, group })
      return throttle.inTurn(key, async () => {
        const admission = await throttle.admit(db, key)
        if (admission.type === 'wait') return { ...admission, group }
        const verdict = await orTakeBack(work, () => throttle.takeBack(db, key))
        if (verdict.type === 'right') await throttle.takeBack(db, key)
        return verdict
      })
    },

    async fail(queries, userId, kind, group = 'new') {
      const counted = { userId, kind, group }
      await throttle.admit(queries, createKey(counted))
      if ((await count(options, queries, counted)) === failureLimit) {
        await turnOff(options, queries, counted)
      }
    },

    async succeed(queries, userId, kind, group = 'new') {
      await throttle.clear(queries, createKey({ userId, kind, group }))
      const cleared = await queries
        .deleteFrom(tables[group])
        .where('user_id', '=', userId)
        .where('kind', '=', kind)
        .where('off_at', 'is', null)
        .executeTakeFirst()
      const isCleared = cleared.numDeletedRows > 0n
      return isCleared || (await findLock(queries, { userId, kind, group })) === undefined
    },

    async unlock(queries, userId, kind) {
      for (const group of groups) {
        await queries
          .deleteFrom(tables[group])
          .where('user_id', '=', userId)
          .where('kind', '=', kind)
          .execute()
      }
    },

    async lift(queries, userId) {
      const locked = [...(await findLockedKinds(queries, userId))].sort()
      for (const group of groups) {
        for (const kind of [undefined, ...unguessable])
          await throttle.clear(queries, createKey({ userId, group, ...(kind && { kind }) }))
        await queries.deleteFrom(tables[group]).where('user_id', '=', userId).execute()
      }
      return locked
    },

    findLockedKinds,

    findWait: (queries, userId, group = 'new') =>
      throttle.check(queries, createKey({ userId, group })),

    async findRefusal(queries, userId, kind, group = 'new') {
      const count = { userId, kind, group }
      if ((await findLock(queries, count)) !== undefined) return { type: 'off', group }
      const wait = await throttle.check(queries, createKey(count))
      return wait && { ...wait, group }
    },
  }
}

/** Where failures in a row are counted. */
const tables = { known: 'known_factor_failures', new: 'factor_failures' } as const
const groups = ['known', 'new'] as const

/** Whose failures. */
interface Count {
  readonly userId: Id<'user'>
  readonly kind: FactorKind
  readonly group: BrowserGroup
}

async function judge<V extends Verdict>(
  options: LockoutOptions,
  counted: Count,
  key: string,
  work: () => Promise<V>,
): Promise<V | Refusal> {
  const { db, throttle, audit } = options
  const { userId, kind, group } = counted
  const lock = await findLock(db, counted)
  if (lock !== undefined) return await refuseOff(options, counted, lock)
  const admission = await throttle.admit(db, key)
  if (admission.type === 'wait') return { ...admission, group }
  const failures = await count(options, db, counted)
  if (failures === undefined) return { type: 'off', group }
  const verdict = await orTakeBack(work, async () => {
    await throttle.takeBack(db, key)
    await uncount(db, counted)
  })
  if (verdict.type === 'wrong') {
    await transact(db, async (tx) => {
      await warnOfFailures(options, tx, userId)
      await audit.record(tx, factorEvents.failed, { userId, kind, reason: 'wrong' })
      if (failures === failureLimit) await turnOff(options, tx, counted)
    })
  }
  return verdict
}

/** `work` throws when it could not judge the proof: the hasher was too busy, or the database did not answer. */
async function orTakeBack<V>(work: () => Promise<V>, takeBack: () => Promise<void>): Promise<V> {
  try {
    return await work()
  } catch (error) {
    await takeBack()
    throw error
  }
}

/** The process that counted the last failure may have stopped before the user was notified. */
async function refuseOff(
  options: LockoutOptions,
  counted: Count,
  { isNotified }: { readonly isNotified: boolean },
): Promise<Refusal> {
  if (!isNotified) await transact(options.db, (tx) => turnOff(options, tx, counted))
  return { type: 'off', group: counted.group }
}

/** Counts one failure, in one statement. Returns the failures in a row with this one; `undefined` when the limit was reached before. */
async function count(
  { clock }: LockoutOptions,
  queries: Queries,
  { userId, kind, group }: Count,
): Promise<number | undefined> {
  const now = clock.now()
  const failures = sql.ref<number>(`${tables[group]}.failures`)
  const counted = await queries
    .insertInto(tables[group])
    .values({ user_id: userId, kind, failures: 1, last_failure_at: now, off_at: null })
    .onConflict((conflict) =>
      conflict
        .columns(['user_id', 'kind'])
        .doUpdateSet({ failures: sql<number>`${failures} + 1`, last_failure_at: now })
        .where(failures, '<', failureLimit),
    )
    .returning('failures')
    .executeTakeFirst()
  return counted?.failures
}

/** Takes back one failure. One that has already turned the kind off stays. */
async function uncount(queries: Queries, { userId, kind, group }: Count): Promise<void> {
  await queries
    .updateTable(tables[group])
    .set({ failures: sql<number>`failures - 1` })
    .where('user_id', '=', userId)
    .where('kind', '=', kind)
    .where('failures', '>', 0)
    .where('off_at', 'is', null)
    .execute()
}

/** Notifies the user and writes the audit event, once. */
async function turnOff(
  { clock, audit, notify }: LockoutOptions,
  queries: Queries,
  { userId, kind, group }: Count,
): Promise<void> {
  const result = await queries
    .updateTable(tables[group])
    .set({ off_at: clock.now() })
    .where('user_id', '=', userId)
    .where('kind', '=', kind)
    .where('failures', '>=', failureLimit)
    .where('off_at', 'is', null)
    .executeTakeFirst()
  if (result.numUpdatedRows !== 1n) return
  const notice = group === 'known' ? factorNotices.lockedInKnown : factorNotices.locked
  await notify(queries, notice, { userId, factor: message(`factor.${kind}`) })
  await audit.record(queries, factorEvents.locked, {
    userId,
    kind,
    failures: failureLimit,
    browsers: group,
  })
}

/** `undefined` when the limit is not reached. */
async function findLock(
  queries: Queries,
  { userId, kind, group }: Count,
): Promise<{ readonly isNotified: boolean } | undefined> {
  const row = await queries
    .selectFrom(tables[group])
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
  group?: BrowserGroup,
): Promise<ReadonlySet<FactorKind>> {
  const selectKinds = (of: BrowserGroup) =>
    queries
      .selectFrom(tables[of])
      .select('kind')
      .where('user_id', '=', userId)
      .where('failures', '>=', failureLimit)
  const selected =
    group === undefined ? selectKinds('known').union(selectKinds('new')) : selectKinds(group)
  return new Set((await selected.execute()).map(({ kind }) => kind))
}

/** The form error of a proof that was wrong or not verified. */
export function createRefusalError(refusal: Refusal | WrongProof): FormError {
  if (refusal.type === 'wrong') return refusal.formError
  const isNew = refusal.group === 'new'
  if (refusal.type === 'off') {
    const text = message(isNew ? 'factor.off.text.new' : 'factor.off.text')
    return { status: 429, title: message('factor.off.title'), text }
  }
  return {
    status: 429,
    title: message('factor.wait.title'),
    text: message(isNew ? 'factor.wait.text.new' : 'factor.wait.text', {
      wait: refusal.retryAfter,
    }),
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
