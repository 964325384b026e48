/** The stores of the Einlass authenticator. Owns only that they are opened together; each store owns its rows. */
import { type ChallengeStore, createChallengeStore } from './challenges.ts'
import { createDeviceStore, type DeviceStore, type DeviceStoreOptions } from './devices.ts'
import { createRegistrationStore, type RegistrationStore } from './registrations.ts'

export interface Stores {
  readonly devices: DeviceStore
  readonly registrations: RegistrationStore
  readonly challenges: ChallengeStore
}

export function openStores(options: DeviceStoreOptions): Stores {
  return {
    devices: createDeviceStore(options),
    registrations: createRegistrationStore(options),
    challenges: createChallengeStore(options),
  }
}
