/**
 * Permission to enrol a second factor. A step checks it for its page, and again in the transaction that enrols. That
 * transaction holds the lock of the user, so that of two logins that enrol at once the later one sees the first one's.
 */
import { lockUser } from '../../identity/users/lock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { requireUserId, type StepContext } from '../engine/step.ts'
import { recoveredEntry } from './enrolled.ts'
import { forgetFactorsLost } from './lost-factors.ts'

export interface EnrolmentRules {
  /** `false` also when the user enrolled a second factor in another browser since: it has to be verified first. */
  readonly mayEnrol: (queries: Queries, context: StepContext) => Promise<boolean>
  /**
   * Removes recovery codes that were created before the first second factor, with their audit event. The password alone
   * was enough to create them, so they must not replace the new factor.
   */
  readonly removeEarlierCodes: (queries: Queries, userId: Id<'user'>) => Promise<void>
}

/**
 * Locks the user and checks the permission. Call it first in the transaction that enrols.
 * @returns `false` when the factor may not be enrolled any more
 */
export async function claimEnrolment(
  { mayEnrol, removeEarlierCodes }: EnrolmentRules,
  queries: Queries,
  context: StepContext,
): Promise<boolean> {
  const userId = requireUserId(context)
  await lockUser(queries, userId)
  if (!(await mayEnrol(queries, context))) return false
  // A login that used a code was not opened by the password alone.
  if (recoveredEntry.read(context.data) !== true) await removeEarlierCodes(queries, userId)
  await forgetFactorsLost(queries, userId)
  return true
}
