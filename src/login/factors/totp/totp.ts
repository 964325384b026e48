/** The TOTP factor, put together: what whoever uses the factor sees of it. */
import type { RegisteringBeside } from '../registering.ts'
import { createTotpAuthenticators } from './authenticators.ts'
import { createTotpConfirmStep, type TotpConfirmOptions } from './confirm-step.ts'
import { createTotpRegisterStep, type TotpRegisterOptions } from './register-step.ts'

export interface TotpFactorOptions
  extends TotpConfirmOptions,
    TotpRegisterOptions,
    RegisteringBeside {}

export function createTotpFactor(options: TotpFactorOptions) {
  return {
    store: options.store,
    authenticators: createTotpAuthenticators(options),
    confirm: createTotpConfirmStep(options),
    register: createTotpRegisterStep(options),
    /** For a person who may connect a code app beside what they have. */
    beside: {
      register: createTotpRegisterStep({ ...options, mayRegister: options.hasRoomBeside }),
    },
  }
}
