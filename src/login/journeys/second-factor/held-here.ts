/** What a person has, with what is off in this browser: wrong proofs in other browsers turn nothing off in a known one. */
import type { Database } from '../../../platform/storage/database.ts'
import { requireUserId, type StepContext } from '../../engine/step.ts'
import { type FindBudgetKey, findBrowserGroup } from '../../factors/budget-key.ts'
import { type EnrolledOptions, findEnrolledWithLevels } from '../../factors/enrolled.ts'

export interface HeldHereOptions extends EnrolledOptions {
  readonly db: Database
  readonly findBudgetKey: FindBudgetKey
}

/** Whose browser it is matters only where something is off, so all other logins need not look it up. */
export async function findHeldHere(options: HeldHereOptions, context: StepContext) {
  const { db } = options
  const userId = requireUserId(context)
  const found = await findEnrolledWithLevels(options, db, userId)
  if (found.held.every(({ isOff }) => !isOff)) return found
  const group = findBrowserGroup(await options.findBudgetKey(context))
  const findLockedKinds: EnrolledOptions['findLockedKinds'] = (queries, id) =>
    options.findLockedKinds(queries, id, group)
  return await findEnrolledWithLevels({ ...options, findLockedKinds }, db, userId)
}
