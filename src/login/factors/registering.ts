/**
 * Leave to register a second factor. It is asked for on the page, and again where the factor comes to count: under the
 * lock of its person, so that of two logins that register at once the later one sees what the first has registered.
 */
import type { Audit } from '../../identity/audit/audit.ts'
import { lockUser } from '../../identity/users/lock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { requireUserId, type StepContext } from '../engine/step.ts'

export interface Registering {
  /** Not so for who has got a second factor since the page was opened: it has to be asked for first. */
  readonly mayRegister: (queries: Queries, context: StepContext) => Promise<boolean>
  /**
   * Takes recovery codes back that were there before the first second factor. The password alone was enough to make
   * them, so they must not stand in for what comes now. `false`: there were none.
   */
  readonly dropEarlierCodes: (queries: Queries, userId: Id<'user'>) => Promise<boolean>
  readonly audit: Pick<Audit, 'recoveryCodesRemoved'>
}

/** For a factor that is registered beside what its person has. */
export interface RegisteringBeside {
  /** Whether there is room for one more of its kind. */
  readonly hasRoomBeside: (queries: Queries, context: StepContext) => Promise<boolean>
}

export interface Claim {
  /** Writes down what the registration has ended. Call it at the end of the transaction. */
  audit(): Promise<void>
}

/**
 * Call it first in the transaction in which the factor comes to count.
 * @returns `undefined`: it may not be registered any more
 */
export async function claimRegistration(
  { mayRegister, dropEarlierCodes, audit }: Registering,
  queries: Queries,
  context: StepContext,
): Promise<Claim | undefined> {
  const userId = requireUserId(context)
  await lockUser(queries, userId)
  if (!(await mayRegister(queries, context))) return undefined
  const isDropped = await dropEarlierCodes(queries, userId)
  return {
    async audit() {
      if (!isDropped) return
      await audit.recoveryCodesRemoved(queries, { userId, by: userId, reason: 'first_factor' })
    },
  }
}
