/**
 * Leave to register a second factor. It is asked for on the page, and again where the factor comes to count: under the
 * lock of its person, so that of two logins that register at once the later one sees what the first has registered.
 */
import { lockUser } from '../../identity/users/lock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { requireUserId, type StepContext } from '../engine/step.ts'

export interface Registering {
  /** Not so for who has got a second factor since the page was opened: it has to be asked for first. */
  readonly mayRegister: (queries: Queries, context: StepContext) => Promise<boolean>
  /**
   * Takes recovery codes back that were there before the first second factor, and audits it. The password alone was
   * enough to make them, so they must not stand in for what comes now.
   */
  readonly dropEarlierCodes: (queries: Queries, userId: Id<'user'>) => Promise<void>
}

/** For a factor that is registered beside what its person has. */
export interface RegisteringBeside {
  /** Whether there is room for one more of its kind. */
  readonly hasRoomBeside: (queries: Queries, context: StepContext) => Promise<boolean>
}

/**
 * Call it first in the transaction in which the factor comes to count.
 * @returns `false`: it may not be registered any more
 */
export async function claimRegistration(
  { mayRegister, dropEarlierCodes }: Registering,
  queries: Queries,
  context: StepContext,
): Promise<boolean> {
  const userId = requireUserId(context)
  await lockUser(queries, userId)
  if (!(await mayRegister(queries, context))) return false
  await dropEarlierCodes(queries, userId)
  return true
}
