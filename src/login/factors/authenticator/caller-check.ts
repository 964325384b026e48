/**
 * Asks a phone with the Einlass authenticator while its owner is at the telephone with the service desk. After the owner has
 * confirmed on the phone, it shows six digits, which the caller reads out. The desk learns them only from the caller.
 */
import { equalInConstantTime } from '../../../platform/kernel/crypto.ts'
import type { Events } from '../../../platform/kernel/events.ts'
import type { Language } from '../../../platform/ui/language.ts'
import { type CallerPhones, createCallerCheck } from '../approval/caller-check.ts'
import type { CallerCheck, CallerParts, CallerWords } from '../caller.ts'
import type { Challenge } from './challenges.ts'
import { findVerification } from './credentials.ts'
import type { AuthenticatorDevice } from './devices.ts'
import { deviceTopic } from './routes.ts'
import { openStores, type Stores } from './stores.ts'
import { createWake, type Wake } from './wake.ts'
import type { WakeSender } from './wake-sender.ts'

/** @param openSender finds what wakes phones; `undefined`: nothing does */
export async function openAuthenticatorCheck(
  parts: CallerParts,
  openSender: () => Promise<WakeSender | undefined>,
): Promise<CallerCheck> {
  const { db, events, log } = parts
  const { config, clock, audit } = parts.stores
  const stores = openStores(parts.stores)
  const platform = { db, clock, events, log }
  const origin = config.public_url
  const sender = origin === undefined ? undefined : await openSender()
  const wake = createWake({ platform, audit, stores, origin: origin ?? '' }, sender)
  const asking = { events, wake, language: config.default_language }
  return createCallerCheck({ ...parts, ...parts.stores }, createCallerPhones(stores, asking))
}

const words: CallerWords = {
  instruction: `Ask the caller to open the Einlass authenticator on it, to confirm there that they are calling, and then to read
out the six digits that it shows. Name no number yourself.`,
  question: 'The caller has confirmed. The six digits that the caller reads out: ',
  wrong: 'these are not the digits on the phone',
}

export interface CallerAsking {
  readonly events: Pick<Events, 'wake'>
  readonly wake: Wake
  readonly language: Language
}

export function createCallerPhones(
  { devices, challenges }: Stores,
  { events, wake, language }: CallerAsking,
): CallerPhones<AuthenticatorDevice, Challenge> {
  return {
    kind: 'authenticator',
    words,
    listActive: devices.listActive,
    // The app can always be opened, where it has the account.
    explainUnasked: ({ name, hasLeft }) =>
      hasLeft ? `The account was removed on ${JSON.stringify(name)}.` : undefined,
    requests: {
      budget: challenges,
      draw: ({ id: deviceId, userId, canBeWoken, credential }, journeyHash) =>
        challenges.draw({
          verification: findVerification({ credential }),
          ...{ journeyHash, userId, deviceId, language },
          purpose: 'caller',
          delivery: canBeWoken && wake.isOn ? 'queued' : 'none',
        }),
      add: challenges.add,
      find: challenges.find,
      start(device, challenge) {
        events.wake(deviceTopic(device.id))
        wake.start(device, challenge)
      },
      // The app shows the request, whatever became of the notification.
      isUndelivered: () => false,
      consume: challenges.consume,
      isRight: ({ code }, readOut) => equalInConstantTime(code, readOut.replaceAll(/[\s-]/g, '')),
    },
    close: wake.close,
  }
}
