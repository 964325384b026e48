/**
 * Wakes a phone by Web Push when something waits for it. Owns the message, which names neither account nor app, and what is
 * recorded of it. A failure blocks no login: the person opens the app. Runs after the commit.
 */
import { types, version } from '#authenticator'
import { seconds } from '../../../platform/kernel/clock.ts'
import { transact } from '../../../platform/storage/transact.ts'
import { wakeAfterCommit } from '../../engine/ended-logins.ts'
import type { IdentityParts, PlatformParts } from '../factor-parts.ts'
import type { Challenge } from './challenges.ts'
import { toSeconds } from './device-replies.ts'
import type { AuthenticatorDevice } from './devices.ts'
import { authenticatorEvents } from './events.ts'
import { signAsServer } from './server-keys.ts'
import type { Stores } from './stores.ts'
import type { WakeSender } from './wake-sender.ts'

export interface Wake {
  /** Whether this server can wake phones at all. */
  readonly isOn: boolean
  /** In the background. Never throws. */
  start(device: AuthenticatorDevice, challenge: Challenge): void
  /** Waits until all that is under way is recorded. */
  settle(): Promise<void>
  close(): Promise<void>
}

export interface WakeOptions {
  readonly platform: Pick<PlatformParts, 'db' | 'clock' | 'events' | 'log'>
  readonly audit: IdentityParts['audit']
  readonly stores: Stores
  readonly origin: string
}

/** How long a push service may take (ms). */
const patience = seconds(10)

/** @param sender absent: no phone is woken */
export function createWake(options: WakeOptions, sender: WakeSender | undefined): Wake {
  const running = new Set<Promise<void>>()
  const settle = async () => {
    await Promise.all(running)
  }
  return {
    isOn: sender !== undefined,
    start(device, challenge) {
      if (sender === undefined || !device.canBeWoken) return
      const { log } = options.platform
      const task = wake(options, sender, device, challenge)
        .catch((error: unknown) => log.error({ error }, 'a phone was not woken'))
        .finally(() => running.delete(task))
      running.add(task)
    },
    settle,
    async close() {
      await settle()
      await sender?.close()
    },
  }
}

async function wake(
  options: WakeOptions,
  sender: WakeSender,
  device: AuthenticatorDevice,
  challenge: Challenge,
): Promise<void> {
  const { platform, stores, audit } = options
  const subscription = device.subscription()
  if (subscription === undefined) return
  const ttlSeconds = Math.max(1, toSeconds(challenge.expiresAt - platform.clock.now()))
  const text = await createMessage(options, device, challenge)
  const signal = AbortSignal.timeout(patience)
  const result = await sender.send(subscription, { text, ttlSeconds }, signal)
  const { id: deviceId, userId } = device
  await transact(platform.db, async (tx) => {
    await stores.challenges.noteDelivery(tx, challenge.id, result.type)
    if (result.type === 'gone') await stores.devices.dropSubscription(tx, deviceId, subscription)
    await audit.record(tx, authenticatorEvents.woken, {
      ...{ userId, deviceId, delivery: result.type },
      ...(result.type !== 'sent' && { reason: result.reason }),
    })
    wakeAfterCommit(platform.events, tx, [challenge.journeyHash])
  })
}

async function createMessage(
  { platform, origin }: WakeOptions,
  device: AuthenticatorDevice,
  { id: jti, expiresAt }: Challenge,
): Promise<string> {
  const iat = toSeconds(platform.clock.now())
  const claims = { v: version, iss: origin, sub: device.id, iat, exp: toSeconds(expiresAt), jti }
  return await signAsServer(device, { type: types.wake, claims })
}
