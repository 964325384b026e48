/**
 * How many messages a person may be sent, counted in the challenges that are there, so that the count holds over
 * restarts and nodes. Owns the numbers; what a page says about them is verify-page.ts.
 */

import { lockUser } from '../../../identity/users/lock.ts'
import { type Clock, hours, minutes, seconds } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Queries } from '../../../platform/storage/database.ts'

/** Messages that were not approved, within so many milliseconds. */
const shortBudget = { messages: 3, window: minutes(10) }
const testBudget = { messages: 5, window: minutes(10) }
const longBudget = { messages: 10, window: hours(24) }
/**
 * How long the next message has to wait after the first and the second one that was not approved. A person is never as
 * fast as the first; many logins at the same moment are.
 */
const pauses = [seconds(1), seconds(20)]

/** `limit`: too many were not approved. `pause`: the next one comes in a moment. `until` in milliseconds. */
export interface SendWait {
  readonly reason: 'pause' | 'limit'
  readonly until: number
}

/** Too many tests in ten minutes, or in 24 hours. `until` in milliseconds since the epoch. */
export interface TestLimit {
  readonly type: 'tests' | 'day'
  readonly until: number
}

/**
 * `blocked`: a login was reported, and phones are left alone. `busy`: a login waits for its answer. `tests`: too many of
 * them in ten minutes. `day`: too many messages in 24 hours. `until` in milliseconds since the epoch.
 */
export type TestPushLimit =
  | TestLimit
  | { readonly type: 'blocked'; readonly until: number }
  | { readonly type: 'busy' }

export function createBudget(clock: Clock) {
  return {
    /**
     * Whether the next message of a login has to wait; `undefined`: it can be sent now. Those that were not approved
     * are counted, so that a stranger who knows the password cannot tire a person out or guess numbers: 3 in 10
     * minutes, 10 in 24 hours, with a growing pause between them. What a provider called undeliverable is not counted.
     * Inside a transaction no other one can pass the limit at the same time.
     */
    async findSendWait(queries: Queries, userId: Id<'user'>): Promise<SendWait | undefined> {
      if (queries.isTransaction) await lockUser(queries, userId)
      const now = clock.now()
      const rows = await queries
        .selectFrom('push_challenges')
        .select(['created_at', 'status'])
        .where('user_id', '=', userId)
        .where('purpose', '=', 'login')
        .where('status', '!=', 'approved')
        .where('delivery', '!=', 'gone')
        .where('created_at', '>', now - longBudget.window)
        .orderBy('created_at', 'desc')
        .limit(longBudget.messages)
        .execute()
      return computeSendWait(
        rows.map((row) => ({ at: row.created_at, isOpen: row.status === 'waiting' })),
        now,
      )
    },

    /**
     * Why no other message may be sent that is a test: 5 in 10 minutes, and 10 in 24 hours together with those of logins
     * that were not approved; none while a login waits for its answer, or phones are left alone. `undefined`: it may. In
     * a transaction the answer holds.
     */
    async findTestPushLimit(
      queries: Queries,
      userId: Id<'user'>,
    ): Promise<TestPushLimit | undefined> {
      if (queries.isTransaction) await lockUser(queries, userId)
      const now = clock.now()
      const blocked = await blockedUntil(queries, userId, now)
      if (blocked !== undefined) return { type: 'blocked', until: blocked }
      const rows = await queries
        .selectFrom('push_challenges')
        .select(['purpose', 'status', 'created_at', 'expires_at'])
        .where('user_id', '=', userId)
        .where((one) => one.or([one('purpose', '=', 'test'), one('status', '!=', 'approved')]))
        .where('created_at', '>', now - longBudget.window)
        .orderBy('created_at', 'desc')
        .limit(longBudget.messages)
        .execute()
      const isBusy = rows.some(
        (row) => row.purpose === 'login' && row.status === 'waiting' && row.expires_at > now,
      )
      if (isBusy) return { type: 'busy' }
      const tests = rows.filter(({ purpose }) => purpose === 'test')
      return findDayLimit(rows) ?? findTenMinutesLimit(tests, now)
    },

    /**
     * Why no message may be sent that tests a phone which is being connected: 5 tests in 10 minutes and 10 in 24 hours,
     * those of phones that count with them. Logins are no matter here: they have gone to other phones. `undefined`: it
     * may. In a transaction the answer holds.
     */
    async findTestLimit(queries: Queries, userId: Id<'user'>): Promise<TestLimit | undefined> {
      if (queries.isTransaction) await lockUser(queries, userId)
      const now = clock.now()
      const rows = await queries
        .selectFrom('push_challenges')
        .select('created_at')
        .where('user_id', '=', userId)
        .where('purpose', '=', 'test')
        .where('created_at', '>', now - longBudget.window)
        .orderBy('created_at', 'desc')
        .limit(longBudget.messages)
        .execute()
      return findDayLimit(rows) ?? findTenMinutesLimit(rows, now)
    },

    /** Until when the person's phones are left alone (ms), because a login was reported; `undefined`: they are not. */
    findBlockedUntil: (queries: Queries, userId: Id<'user'>) =>
      blockedUntil(queries, userId, clock.now()),
  }
}

interface Sent {
  readonly created_at: number
}

/** @param sent those of the last 24 hours, the latest first */
function findDayLimit(sent: readonly Sent[]): TestLimit | undefined {
  const oldest = sent[longBudget.messages - 1]
  if (oldest === undefined) return undefined
  return { type: 'day', until: oldest.created_at + longBudget.window }
}

/** @param tests the latest first */
function findTenMinutesLimit(tests: readonly Sent[], now: number): TestLimit | undefined {
  const until = (tests[testBudget.messages - 1]?.created_at ?? 0) + testBudget.window
  return until > now ? { type: 'tests', until } : undefined
}

/** @param sent messages that were not approved, the latest first; `isOpen`: it can still be answered */
function computeSendWait(
  sent: readonly { readonly at: number; readonly isOpen: boolean }[],
  now: number,
): SendWait | undefined {
  const ends = [shortBudget, longBudget].map(({ messages, window }) => {
    const oldest = sent[messages - 1]
    return oldest === undefined ? 0 : oldest.at + window
  })
  const limited = Math.max(...ends)
  if (limited > now) return { reason: 'limit', until: limited }
  const recent = sent.filter(({ at }) => at > now - shortBudget.window)
  const [latest] = recent
  // Whoever has cancelled or denied the only one need not wait.
  if (latest === undefined || (recent.length === 1 && !latest.isOpen)) return undefined
  const paused = latest.at + (pauses[recent.length - 1] ?? 0)
  return paused > now ? { reason: 'pause', until: paused } : undefined
}

async function blockedUntil(
  queries: Queries,
  userId: Id<'user'>,
  now: number,
): Promise<number | undefined> {
  const row = await queries
    .selectFrom('users')
    .select('push_blocked_until')
    .where('id', '=', userId)
    .executeTakeFirst()
  const until = row?.push_blocked_until ?? 0
  return until > now ? until : undefined
}
