/**
 * How many requests a user's phones may get. Counts stored requests, so it holds across restarts and nodes. The numbers are
 * in request-budget.ts, and each factor counts its own requests.
 */
import { lockUser } from '../../../identity/users/lock.ts'
import type { Clock } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import {
  computeSendWait,
  findLimit,
  longBudget,
  type SendWait,
  type TestLimit,
} from '../approval/request-budget.ts'

/** Whose budget the first answer of a new phone uses, and the phone. */
export interface EnrolmentBudget {
  readonly userId: Id<'user'>
  readonly budgetKey: string
  readonly deviceId: string
}

export function createBudget(clock: Clock) {
  const listSent = (queries: Queries, userId: Id<'user'>) =>
    queries
      .selectFrom('authenticator_challenges')
      .select(['created_at', 'status', 'device_id'])
      .where('user_id', '=', userId)
      .where('created_at', '>', clock.now() - longBudget.window)
      .orderBy('created_at', 'desc')
      .limit(longBudget.messages)
  return {
    /**
     * How long the next request of a login has to wait; `undefined`: it can be made now. Only those that were not approved
     * are counted. In a transaction the user is locked, so no other one passes the limit at the same time.
     * @param chosen a phone that the user has chosen by its name, whose first request needs no pause
     */
    async findSendWait(
      queries: Queries,
      userId: Id<'user'>,
      chosen?: Id<'authenticator'>,
    ): Promise<SendWait | undefined> {
      if (queries.isTransaction) await lockUser(queries, userId)
      const rows = await listSent(queries, userId)
        .where('purpose', '=', 'login')
        .where('status', '!=', 'approved')
        .execute()
      const sent = rows.map((row) => ({
        at: row.created_at,
        isOpen: row.status === 'waiting',
        isToChosen: row.device_id === chosen,
      }))
      return computeSendWait(sent, clock.now(), chosen !== undefined)
    },

    /** Why a new phone may not be asked; `undefined`: it may. In a transaction the user is locked. */
    async findEnrolmentLimit(
      queries: Queries,
      { userId, budgetKey, deviceId }: EnrolmentBudget,
    ): Promise<TestLimit | undefined> {
      if (queries.isTransaction) await lockUser(queries, userId)
      const sent = listSent(queries, userId).where('purpose', '=', 'enrolment')
      return (
        findLimit(await sent.where('budget_key', '=', budgetKey).execute(), clock.now()) ??
        findLimit(await sent.where('device_id', '=', deviceId).execute(), clock.now())
      )
    },
  }
}
