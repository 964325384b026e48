/** Recovery codes, put together: what whoever uses the factor sees of it. */
import { createRecoveryAuthenticators } from './authenticators.ts'
import { createRecoveryConfirmStep, type RecoveryConfirmOptions } from './confirm-step.ts'
import { createRecoveryCreateStep, type RecoveryCreateOptions } from './create-step.ts'

export function createRecoveryFactor(options: RecoveryConfirmOptions & RecoveryCreateOptions) {
  return {
    store: options.store,
    authenticators: createRecoveryAuthenticators(options),
    confirm: createRecoveryConfirmStep(options),
    create: createRecoveryCreateStep(options),
  }
}
