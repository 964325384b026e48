/** How an app asks a phone with the Einlass authenticator: its owner types the code of the app. */
import type { Language } from '../../../platform/ui/language.ts'
import type { AppRequests } from '../app-requests.ts'
import {
  type AppPhones,
  type AppRequestOptions,
  createAppRequests,
} from '../approval/app-requests.ts'
import type { Challenge } from './challenges.ts'
import { createProof } from './confirm-step.ts'
import { findVerification } from './credentials.ts'
import type { AuthenticatorDevice } from './devices.ts'
import { deviceTopic } from './routes.ts'
import type { Stores } from './stores.ts'
import type { Wake } from './wake.ts'

export interface AuthenticatorAppRequestOptions extends Omit<AppRequestOptions, 'budget'> {
  readonly stores: Pick<Stores, 'devices' | 'challenges'>
  readonly wake: Pick<Wake, 'isOn' | 'start'>
  /** Where the person has not chosen one. */
  readonly language: Language
}

export function createAuthenticatorAppRequests(
  options: AuthenticatorAppRequestOptions,
): AppRequests {
  const { challenges: budget } = options.stores
  return createAppRequests({ ...options, budget }, createAppPhones(options))
}

function createAppPhones({
  stores: { devices, challenges },
  events,
  wake,
  language,
}: AuthenticatorAppRequestOptions): AppPhones<AuthenticatorDevice, Challenge> {
  return {
    kind: 'authenticator',
    // The app can always be opened, whether it is woken or not.
    listAskable: async (queries, userId) =>
      (await devices.listActive(queries, userId)).filter(({ hasLeft }) => !hasLeft),
    describeProof: ({ id: deviceId, credential }) =>
      createProof({ deviceId, verification: findVerification({ credential }) }).proof,
    noteUse: devices.noteUse,
    requests: {
      draw({ id: deviceId, userId, canBeWoken, credential }, request) {
        const { journeyHash, budgetKey, code, appName, message } = request
        const drawn = challenges.draw({
          ...{ journeyHash, userId, deviceId, budgetKey, code, language },
          purpose: 'login',
          about: { app: appName, byApp: { message } },
          verification: findVerification({ credential }),
          delivery: canBeWoken && wake.isOn ? 'queued' : 'none',
        })
        return { ...drawn, expiresAt: Math.min(drawn.expiresAt, request.expiresAt) }
      },
      add: challenges.add,
      findOfJourney: challenges.findOfJourney,
      find: challenges.find,
      start(device, challenge) {
        events.wake(deviceTopic(device.id))
        wake.start(device, challenge)
      },
      consume: challenges.consume,
      readProof: (challenge) => createProof(challenge).proof,
    },
  }
}
