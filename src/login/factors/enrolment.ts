/**
 * Permission to enrol a second factor. A step checks it for its page, and again in the transaction that enrols. That
 * transaction holds the lock of the user, so that of two logins that enrol at once the later one sees the first one's.
 */
import { lockUser } from '../../identity/users/lock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import { requireUserId, type StepContext } from '../engine/step.ts'
import type { Factor } from './factor.ts'
import type { FactorRules } from './factor-parts.ts'
import type { FactorKind } from './index.ts'
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
   * Ends what only served to enrol: open invitations, and everything that was begun and never verified, but `enrolled`. The
   * password alone was enough to begin it, so no later login may go on with it. If something was proven in this journey, it
   * stays: the owner may enrol several at once. Throws when `enrolled` does not fit the factor, see `checkRemoval`.
   */
  readonly removeUnverified: (
    tx: Transaction,
    context: StepContext,
    enrolled: string | undefined,
  ) => Promise<void>
}

/** The rules of the login for one kind of factor. */
export function createEnrolmentRules(
  rules: Pick<
    FactorRules,
    'mayEnrol' | 'removeEarlierFallbacks' | 'removeUnverified' | 'spendInvitations'
  >,
  kind: FactorKind,
): EnrolmentRules {
  return {
    mayEnrol: (queries, context) => rules.mayEnrol(queries, context, kind),
    removeEarlierCodes: rules.removeEarlierFallbacks,
    async removeUnverified(tx, context, id) {
      await rules.removeUnverified(tx, context, { kind, id })
      await rules.spendInvitations(tx, context)
    },
  }
}

/**
 * Throws when a factor would remove what it is just enrolling, or would leave to a later login what this one has begun.
 * @param enrolled what the factor gave to `claimEnrolment`
 */
export function checkRemoval(
  { kind, removeUnverified }: Pick<Factor, 'kind' | 'removeUnverified'>,
  enrolled: string | undefined,
): void {
  if (enrolled === undefined && removeUnverified !== undefined)
    throw new Error(
      `${kind} has removeUnverified, so claimEnrolment needs the id of what is enrolled: else it is removed as unverified`,
    )
  if (enrolled !== undefined && removeUnverified === undefined)
    throw new Error(
      `${kind} stores what it enrols before it is verified, so it needs removeUnverified (factor.ts)`,
    )
}

/**
 * Locks the user and checks the permission. Call it first in the transaction that enrols.
 * @param enrolled the id of what is enrolled, where it was stored before it was verified; `undefined`: this transaction stores it
 * @returns `false` when the factor may not be enrolled any more
 */
export async function claimEnrolment(
  { mayEnrol, removeEarlierCodes, removeUnverified }: EnrolmentRules,
  tx: Transaction,
  context: StepContext,
  enrolled: string | undefined,
): Promise<boolean> {
  const userId = requireUserId(context)
  await lockUser(tx, userId)
  if (!(await mayEnrol(tx, context))) return false
  await removeEarlierCodes(tx, userId)
  await removeUnverified(tx, context, enrolled)
  await forgetFactorsLost(tx, userId)
  return true
}
