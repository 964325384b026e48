/** The stores of push. Owns only that they are opened together; each store owns its rows. */
import type { Clock } from '../../../platform/kernel/clock.ts'
import type { Keyring } from '../../../platform/kernel/keyring.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import { createPushChallengeStore, type PushChallengeStore } from './challenges.ts'
import { createPushDeviceStore, type PushDeviceStore } from './devices.ts'
import { createPendingPhones, type PendingPhones } from './pending-phones.ts'
import { createPushRegistrationStore, type PushRegistrationStore } from './registrations.ts'

export interface PushStores {
  readonly devices: PushDeviceStore
  readonly registrations: PushRegistrationStore
  readonly challenges: PushChallengeStore
  readonly pending: PendingPhones
}

export interface OpenStoresOptions {
  readonly clock: Clock
  readonly random: Random
  readonly keyring: Keyring
  /** Milliseconds that a QR code can be scanned. */
  readonly registrationLifetime: number
  /** Milliseconds that a challenge can be answered. */
  readonly challengeLifetime: number
}

export function openPushStores(options: OpenStoresOptions): PushStores {
  const { clock, random, keyring, registrationLifetime, challengeLifetime } = options
  return {
    devices: createPushDeviceStore({ clock, random, keyring }),
    registrations: createPushRegistrationStore({
      clock,
      random,
      keyring,
      lifetime: registrationLifetime,
    }),
    challenges: createPushChallengeStore({ clock, random, lifetime: challengeLifetime }),
    pending: createPendingPhones(clock),
  }
}
