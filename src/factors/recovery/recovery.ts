/** Recovery codes, put together: what whoever uses the factor sees of it. */
import { createRecoveryConfirmStep, type RecoveryConfirmOptions } from './confirm-step.ts'
import { createRecoveryCreateStep, type RecoveryCreateOptions } from './create-step.ts'

export function createRecoveryFactor(options: RecoveryConfirmOptions & RecoveryCreateOptions) {
  return {
    store: options.store,
    confirm: createRecoveryConfirmStep(options),
    create: createRecoveryCreateStep(options),
  }
}
