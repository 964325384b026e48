/** The passkey factor, put together: what whoever uses the factor sees of it. */

import type { Aggregate } from '../../../identity/audit/aggregate.ts'
import type { AddressLimit } from '../../../identity/limits/address-limit.ts'
import type { Throttle } from '../../../identity/limits/throttle.ts'
import type { Clock } from '../../../platform/kernel/clock.ts'
import type { Keyring } from '../../../platform/kernel/keyring.ts'
import type { RegisteringBeside } from '../registering.ts'
import { createPasskeyAuthenticators } from './authenticators.ts'
import { createSealedChallenges } from './challenge.ts'
import { createPasskeyConfirmStep, type PasskeyConfirmOptions } from './confirm-step.ts'
import { createPasskeyRegisterStep, type PasskeyRegisterOptions } from './register-step.ts'
import { createSignals } from './signals.ts'
import { createWholeLogin, type StrayPasskey } from './whole-login.ts'

export interface PasskeyFactorOptions
  extends PasskeyConfirmOptions,
    PasskeyRegisterOptions,
    RegisteringBeside {
  readonly throttle: Throttle
  readonly passkeyAddresses: AddressLimit
  readonly strayPasskeys: Aggregate<StrayPasskey>
  readonly clock: Clock
  readonly keyring: Keyring
}

export function createPasskeyFactor(options: PasskeyFactorOptions) {
  const { site, store, keyring } = options
  const key = keyring.derive('passkey challenges')
  const challenges = createSealedChallenges({ ...options, key })
  return {
    store,
    challenges,
    confirm: createPasskeyConfirmStep(options),
    register: createPasskeyRegisterStep(options),
    /** For a person who may set up a passkey beside what they have. */
    beside: {
      register: createPasskeyRegisterStep({ ...options, mayRegister: options.hasRoomBeside }),
    },
    authenticators: createPasskeyAuthenticators(options),
    signals: createSignals(options),
    /** `undefined`: there are no passkeys here. */
    wholeLogin: site && createWholeLogin({ ...options, site, challenges }),
  }
}
