/**
 * The rules of the login, in the form in which the steps of push ask for them. Owns no decision: push.ts connects them to the
 * contract.
 */
import type { Queries } from '../../../platform/storage/database.ts'
import type { StepContext } from '../../engine/step.ts'
import type { FindBudgetKey } from '../budget-key.ts'
import type { FactorCard } from '../factor.ts'

export interface PushRules {
  /** The user's other second factors that fulfil the requirement. */
  readonly listOthers: (context: StepContext) => Promise<readonly FactorCard[]>
  /** Whether an app that shows no numbers may approve with a tap. */
  readonly allowsPlain: (context: StepContext) => Promise<boolean>
  /** Whether the user may enrol a phone: the first one in a login, or a further one on the account pages. */
  readonly mayEnrol: (queries: Queries, context: StepContext) => Promise<boolean>
  /** Whether a phone may be enrolled in place of those that no message reaches. */
  readonly mayEnrolAnew: (queries: Queries, context: StepContext) => Promise<boolean>
  /** Whose budget of codes, tests and requests this journey uses. */
  readonly findBudgetKey: FindBudgetKey
}
