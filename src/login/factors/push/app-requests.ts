/** How an app asks a phone of this kind: its owner chooses the number with which the code of the app ends. */

import { type AppRequests, readAppNumber } from '../app-requests.ts'
import {
  type AppPhones,
  type AppRequestOptions,
  createAppRequests,
} from '../approval/app-requests.ts'
import { type NewChallenge, toStored } from './challenges.ts'
import type { PushDelivery } from './delivery.ts'
import type { PushDevice } from './devices.ts'
import { unanswered } from './send.ts'
import type { PushStores } from './stores.ts'
import { createProof } from './verify-step.ts'

export interface PushAppRequestOptions extends Omit<AppRequestOptions, 'budget' | 'noteHeldBack'> {
  readonly stores: Pick<PushStores, 'devices' | 'challenges'>
  readonly delivery: Pick<PushDelivery, 'hasSenderFor' | 'start' | 'noteHeldBack'>
}

export function createPushAppRequests(options: PushAppRequestOptions): AppRequests {
  const { stores, delivery } = options
  const { noteHeldBack } = delivery
  return createAppRequests(
    { ...options, budget: stores.challenges, noteHeldBack },
    createAppPhones(stores, delivery),
  )
}

function createAppPhones(
  { devices, challenges }: PushAppRequestOptions['stores'],
  delivery: PushAppRequestOptions['delivery'],
): AppPhones<PushDevice, ReturnType<typeof toStored>> {
  return {
    kind: 'push',
    // A tap alone says nothing of who has asked.
    listAskable: async (queries, userId) =>
      (await devices.listActive(queries, userId)).filter(
        (one) => one.showsNumbers && one.pushDisabledAt === null && delivery.hasSenderFor(one),
      ),
    describeProof: ({ id: deviceId }) => createProof({ type: 'challenge', deviceId }).proof,
    noteUse: devices.noteUse,
    requests: {
      draw({ id: deviceId, userId }, { journeyHash, budgetKey, appName, message, ...request }) {
        const about = { app: appName, byApp: { message } }
        const bound = { journeyHash, userId, deviceId, budgetKey, about }
        const drawn = challenges.draw({
          ...bound,
          purpose: 'login',
          type: 'challenge',
          right: readAppNumber(request.code),
        })
        const expiresAt = Math.min(drawn.expiresAt, request.expiresAt)
        return toStored({ ...drawn, ...unanswered, expiresAt })
      },
      add: (queries, { id: messageId, ...asked }) =>
        challenges.add(queries, { ...asked, messageId }),
      findOfJourney: challenges.findOfJourney,
      async find(queries, id) {
        const challenge = await challenges.find(queries, id)
        return challenge && toStored(challenge)
      },
      start(device, { id: messageId, ...asked }, { appName }) {
        const challenge: NewChallenge = { ...asked, messageId }
        delivery.start({ device, challenge, app: appName, client: undefined })
      },
      consume: challenges.consume,
      readProof: (asked) => createProof(asked).proof,
    },
  }
}
