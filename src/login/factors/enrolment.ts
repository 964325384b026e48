/**
 * Permission to enrol a second factor. A step checks it for its page, and again in the transaction that enrols. That
 * transaction holds the lock of the user, so that of two logins that enrol at once the later one sees the first one's.
 */
import { lockUser } from '../../identity/users/lock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
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
  /**
   * Removes what was begun and never verified, but `enrolled`. The password alone was enough to begin it, so no later login
   * may go on with it. Where something was proven in this journey it stays: the owner may enrol several at once.
   */
  readonly removeUnverified: (
    tx: Transaction,
    context: StepContext,
    enrolled: string | undefined,
  ) => Promise<void>
}

/**
 * Locks the user and checks the permission. Call it first in the transaction that enrols.
 * @param enrolled the id of what is enrolled, where it was stored before it was verified
 * @returns `false` when the factor may not be enrolled any more
 */
export async function claimEnrolment(
  { mayEnrol, removeEarlierCodes, removeUnverified }: EnrolmentRules,
  tx: Transaction,
  context: StepContext,
  enrolled?: string,
): Promise<boolean> {
  const userId = requireUserId(context)
  await lockUser(tx, userId)
  if (!(await mayEnrol(tx, context))) return false
  // A login that used a code was not opened by the password alone.
  if (recoveredEntry.read(context.data) !== true) await removeEarlierCodes(tx, userId)
  await removeUnverified(tx, context, enrolled)
  await forgetFactorsLost(tx, userId)
  return true
}
