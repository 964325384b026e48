/**
 * The budget of requests that a user's phones may get, one for phones of all kinds. It counts stored requests, so it holds
 * across restarts and nodes. The numbers are in request-budget.ts; limited-page.ts owns what a page says about them.
 * docs/push-delivery.md has the reasons.
 */

import { lockUser } from '../../../identity/users/lock.ts'
import { type Clock, clockSlack } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { approvalTables } from '../../../platform/storage/factor-tables.ts'
import type { StepContext } from '../../engine/step.ts'
import { findBlockedUntil } from '../../report/report.ts'
import { type FindBudgetKey, isOfNetwork, networkPattern } from '../budget-key.ts'
import {
  computeSendWait,
  findLimit,
  longBudget,
  refusedBudget,
  type SendWait,
  type SentForLogin,
  type TestLimit,
} from './request-budget.ts'

/** Whose budget a test of a new phone uses, and the phone. */
export interface TestBudget {
  readonly userId: Id<'user'>
  /** See factors/budget-key.ts. */
  readonly budgetKey: string
  readonly deviceId: string
}

/** Who asks for a message for a login. */
export interface Asker {
  /** See factors/budget-key.ts. */
  readonly budgetKey: string
  /**
   * A phone that the user has chosen by its name. Its first message in 10 minutes waits for no pause, because a person who takes
   * another phone is no flood. The budget stays the same, so this allows no further messages.
   */
  readonly chosen?: string | undefined
}

export async function findAsker(
  findBudgetKey: FindBudgetKey,
  context: StepContext,
  { device, isChosen }: { readonly device: { readonly id: string }; readonly isChosen: boolean },
): Promise<Asker> {
  return { budgetKey: await findBudgetKey(context), ...(isChosen && { chosen: device.id }) }
}

/**
 * Why no test push may be sent. `blocked`: the user reported a login, so nothing is sent to the phones. `busy`: a login, a
 * move or the service desk waits for an answer. `tests`: too many test messages in ten minutes. `day`: too many in 24 hours.
 * `until` in milliseconds since the epoch.
 */
export type TrialLimit =
  | TestLimit
  | { readonly type: 'blocked'; readonly until: number }
  | { readonly type: 'busy' }

/** The first answer of a new phone is a test like any other. */
const tests = ['test', 'enrolment'] as const
/** Purposes that take more than a password to begin: a call to the service desk, or the old phone and the password. */
const onPurpose = ['caller', 'move'] as const

export function createBudget(clock: Clock) {
  return {
    /**
     * How long the next message of a login has to wait; `undefined`: it can be sent now. Only messages that were not approved use
     * the budget: 3 in 10 minutes and 10 in 24 hours, with a growing pause between them. So an attacker who knows the password
     * can neither wear the user down nor guess numbers. A message that certainly did not arrive is free; one that may have
     * arrived is not. A login needs only a password, so it does not supersede a request that was made on purpose: while the
     * service desk asks a phone, its owner is about to choose any number on it, and the phone itself and the password began a
     * move. A login in an unknown browser does not supersede one in a known browser either: otherwise a thief of the password
     * could take each request away before its owner can answer. In a transaction the user is locked, so no other request passes
     * the limit at the same time.
     */
    async findSendWait(
      queries: Queries,
      userId: Id<'user'>,
      asker: Asker,
    ): Promise<SendWait | undefined> {
      if (queries.isTransaction) await lockUser(queries, userId)
      const now = clock.now()
      const askedUntil = await findWaitingEnd(queries, userId, { purposes: onPurpose, now })
      if (askedUntil !== undefined) return { reason: 'busy', until: askedUntil }
      const sent = await listSent(queries, userId, { now, asker })
      const wait = computeSendWait(sent, now, asker.chosen !== undefined)
      if (wait?.reason === 'limit' || !isOfNetwork(asker.budgetKey)) return wait
      const ownersUntil = await findOwnersEnd(queries, userId, now)
      return ownersUntil === undefined ? wait : { reason: 'busy', until: ownersUntil }
    },

    /** Until when no further message can be sent after this one (ms since the epoch); `undefined`: one can follow. */
    async findFullUntil(
      queries: Queries,
      userId: Id<'user'>,
      asker: Asker,
    ): Promise<number | undefined> {
      const now = clock.now()
      const next = { at: now, isOpen: true, isToChosen: true }
      const sent = [next, ...(await listSent(queries, userId, { now, asker }))]
      const wait = computeSendWait(sent, now, false)
      return wait?.reason === 'limit' ? wait.until : undefined
    },

    /**
     * Why no test push may be sent; `undefined`: it may. The limits are 5 tests in 10 minutes and 10 in 24 hours. Messages of
     * logins are not counted: an attacker who knows the password sends them. No test is sent while a login, a move or the
     * service desk waits for an answer, or while phones are blocked after a report. In a transaction the user is locked, so the
     * answer stays true until its end.
     */
    async findTrialLimit(
      queries: Queries,
      userId: Id<'user'>,
      budgetKey: string,
    ): Promise<TrialLimit | undefined> {
      if (queries.isTransaction) await lockUser(queries, userId)
      const now = clock.now()
      const blocked = await findBlockedUntil(queries, userId, now)
      if (blocked !== undefined) return { type: 'blocked', until: blocked }
      const purposes = ['login', ...onPurpose] as const
      const waiting = await findWaitingEnd(queries, userId, { purposes, now })
      if (waiting !== undefined) return { type: 'busy' }
      const sent = findSentFor(queries, userId, { purposes: tests, now })
      return findLimit(await sent.where('budget_key', '=', budgetKey).execute(), now)
    },

    /**
     * Why no test message may be sent to a phone during its enrolment; `undefined`: it may. The limits are 5 tests in 10 minutes
     * and 10 in 24 hours, for the budget and for the phone, because another journey can go on with a phone that is not verified.
     * Test pushes of the same budget are included. Messages of logins are not, because they went to other phones. In a
     * transaction the user is locked, so the answer stays true until its end.
     */
    async findTestLimit(
      queries: Queries,
      { userId, budgetKey, deviceId }: TestBudget,
    ): Promise<TestLimit | undefined> {
      if (queries.isTransaction) await lockUser(queries, userId)
      const now = clock.now()
      const sent = findSentFor(queries, userId, { purposes: tests, now })
      return (
        findLimit(await sent.where('budget_key', '=', budgetKey).execute(), now) ??
        findLimit(await sent.where('device_id', '=', deviceId).execute(), now)
      )
    },

    /**
     * Why the service desk may not ask a phone; `undefined`: it may. The limits have the numbers of tests but a count of their
     * own, so that neither logins nor tests block the verification of a caller. In a transaction the user is locked.
     */
    async findCallerLimit(queries: Queries, userId: Id<'user'>): Promise<TestLimit | undefined> {
      if (queries.isTransaction) await lockUser(queries, userId)
      const now = clock.now()
      return findLimit(
        await findSentFor(queries, userId, { purposes: ['caller'], now }).execute(),
        now,
      )
    },

    /** Whether a phone waits for an answer to a request with another budget key than this one. */
    async isAskedByOthers(
      queries: Queries,
      userId: Id<'user'>,
      budgetKey: string,
    ): Promise<boolean> {
      const now = clock.now()
      const purposes = ['login', 'test', ...onPurpose] as const
      const waiting = await selectWaiting(queries, userId, { purposes, now })
        .where(({ or, eb }) =>
          or([eb('budget_key', 'is', null), eb('budget_key', '!=', budgetKey)]),
        )
        .executeTakeFirst()
      return waiting !== undefined
    },

    /** Until when nothing is sent to the user's phones after a report (ms since the epoch); `undefined`: they are not blocked. */
    findBlockedUntil: (queries: Queries, userId: Id<'user'>) =>
      findBlockedUntil(queries, userId, clock.now()),
  }
}

/** Until when a phone can answer a request from a browser in which the user has logged in before (ms since the epoch). */
async function findOwnersEnd(
  queries: Queries,
  userId: Id<'user'>,
  now: number,
): Promise<number | undefined> {
  const waiting = await selectWaiting(queries, userId, { purposes: ['login'], now })
    .where('budget_key', 'not like', networkPattern)
    .executeTakeFirst()
  return waiting?.expires_at
}

async function listSent(
  queries: Queries,
  userId: Id<'user'>,
  { now, asker: { budgetKey, chosen } }: { readonly now: number; readonly asker: Asker },
): Promise<SentForLogin[]> {
  const rows = await selectCounted(queries, userId, now)
    .$if(isOfNetwork(budgetKey), (select) =>
      select.where(({ or, eb }) =>
        or([eb('budget_key', 'is', null), eb('budget_key', 'like', networkPattern)]),
      ),
    )
    .$if(!isOfNetwork(budgetKey), (select) =>
      select.where('budget_key', 'not like', networkPattern),
    )
    .execute()
  return rows.map((row) => ({
    at: row.created_at,
    isOpen: row.status === 'waiting',
    isToChosen: row.device_id === chosen,
    isRefused: row.delivery === 'refused',
  }))
}

/**
 * The messages of logins that use the budget, the latest first. The user's own browsers have one budget and all other browsers
 * have another one: what a password alone sends does not hold back the owner. clear.ts owns what clears the messages.
 */
function selectCounted(queries: Queries, userId: Id<'user'>, now: number) {
  return queries
    .selectFrom(selectRequests(queries, userId, now).as('request'))
    .select(['created_at', 'status', 'device_id', 'delivery'])
    .where('purpose', '=', 'login')
    .where('status', '!=', 'approved')
    .where('cleared_at', 'is', null)
    .where('delivery', '!=', 'gone')
    .where(({ or, eb }) =>
      or([eb('delivery', '!=', 'refused'), eb('created_at', '>', now - refusedBudget.window)]),
    )
    .orderBy('created_at', 'desc')
    .limit(longBudget.messages + refusedBudget.messages)
}

interface Wanted {
  readonly purposes: readonly ('login' | 'test' | 'enrolment' | 'caller' | 'move')[]
  readonly now: number
}

/** Until when a phone can answer a request for one of these purposes (ms since the epoch). */
async function findWaitingEnd(
  queries: Queries,
  userId: Id<'user'>,
  wanted: Wanted,
): Promise<number | undefined> {
  const waiting = await selectWaiting(queries, userId, wanted).executeTakeFirst()
  return waiting?.expires_at
}

function selectWaiting(queries: Queries, userId: Id<'user'>, { purposes, now }: Wanted) {
  return queries
    .selectFrom(selectRequests(queries, userId, now).as('request'))
    .select('expires_at')
    .where('purpose', 'in', purposes)
    .where('status', '=', 'waiting')
    .where('expires_at', '>', now)
    .limit(1)
}

/** The latest requests of 24 hours for one of these purposes. */
function findSentFor(queries: Queries, userId: Id<'user'>, { purposes, now }: Wanted) {
  return queries
    .selectFrom(selectRequests(queries, userId, now).as('request'))
    .select('created_at')
    .where('purpose', 'in', purposes)
    .orderBy('created_at', 'desc')
    .limit(longBudget.messages)
}

const columns = [
  'device_id',
  'purpose',
  'status',
  'delivery',
  'created_at',
  'expires_at',
  'budget_key',
  'cleared_at',
] as const

/** All requests to the user's phones of every kind, within the longest window of the budgets. */
function selectRequests(queries: Queries, userId: Id<'user'>, now: number) {
  const since = now - longBudget.window
  return approvalTables
    .map(({ requests }) =>
      queries
        .selectFrom(requests)
        .select(columns)
        .where('user_id', '=', userId)
        .where('created_at', '>', since)
        .where('created_at', '<=', now + clockSlack),
    )
    .reduce((one, other) => one.unionAll(other))
}
