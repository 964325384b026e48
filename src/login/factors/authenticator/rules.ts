/** The rules of the login, in the form in which the steps of this factor ask for them. Owns no decision. */
import type { Queries } from '../../../platform/storage/database.ts'
import { requireUserId, type StepContext } from '../../engine/step.ts'
import type { FindBudgetKey } from '../budget-key.ts'
import { enrolsBeside } from '../enrolled.ts'
import type { FactorCard } from '../factor.ts'
import type { AuthenticatorDevice } from './devices.ts'
import type { Stores } from './stores.ts'

export interface AuthenticatorRules {
  /** The user's other second factors that fulfil the requirement. */
  readonly listOthers: (context: StepContext) => Promise<readonly FactorCard[]>
  /** Whether the user may enrol a phone: the first one in a login, or a further one on the account pages. */
  readonly mayEnrol: (queries: Queries, context: StepContext) => Promise<boolean>
  /** Whether a new phone has to be able to verify its owner. */
  readonly findVerification: (context: StepContext) => Promise<'preferred' | 'required'>
  /** Those of the user's phones that fulfil the requirement. */
  readonly findFitting: (
    context: StepContext,
    phones: readonly AuthenticatorDevice[],
  ) => Promise<AuthenticatorDevice[]>
  /** Whose budget of links and tests this journey uses. */
  readonly findBudgetKey: FindBudgetKey
}

/** `true`: the user has a usable second factor by now, so it has to be verified before a phone can be enrolled. */
export async function isSuperseded(
  { rules, stores }: { readonly rules: AuthenticatorRules; readonly stores: Stores },
  queries: Queries,
  context: StepContext,
): Promise<boolean> {
  // Users add one phone beside another, for example on the account pages.
  if (!enrolsBeside(context)) {
    const devices = await stores.devices.listActive(queries, requireUserId(context))
    if (devices.length > 0) return true
  }
  return !(await rules.mayEnrol(queries, context))
}
