/**
 * Wakes a phone by Web Push when a request waits for it. Owns the message, which names neither account nor app, and what is
 * recorded about it. A failure blocks no login: the person opens the app. Runs after the commit.
 */
import { types, version } from '#authenticator'
import { seconds } from '../../../platform/kernel/clock.ts'
import { transact } from '../../../platform/storage/transact.ts'
import { wakeAfterCommit } from '../../engine/ended-logins.ts'
import { journeyTopic } from '../../engine/engine.ts'
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
  /** Sends in the background. Never throws. */
  start(device: AuthenticatorDevice, challenge: Challenge): void
  /** Waits until everything under way is recorded. */
  settle(): Promise<void>
  /** Call it when the process starts. Records as failed what an earlier process queued and never sent. */
  failForgotten(): Promise<void>
  /** Gives messages that are being sent five seconds to end, and aborts the rest. */
  close(): Promise<void>
}

export interface WakeOptions {
  readonly platform: Pick<PlatformParts, 'db' | 'clock' | 'events' | 'log'>
  readonly audit: IdentityParts['audit']
  readonly stores: Stores
  readonly origin: string
}

/** Younger messages may still be in the hands of another node (ms). */
const forgottenAfter = seconds(10)

/** @param sender absent: no phone is woken */
export function createWake(options: WakeOptions, sender: WakeSender | undefined): Wake {
  const running = new Set<Promise<void>>()
  const stopping = new AbortController()
  const settle = async () => {
    await Promise.all(running)
  }
  return {
    isOn: sender !== undefined,
    start(device, challenge) {
      if (sender === undefined || !device.canBeWoken) return
      const { log } = options.platform
      const task = wake(options, { sender, signal: stopping.signal }, device, challenge)
        .catch((error: unknown) => log.error({ error }, 'a phone was not woken'))
        .finally(() => running.delete(task))
      running.add(task)
    },
    settle,
    async failForgotten() {
      const { platform, stores } = options
      const before = platform.clock.now() - forgottenAfter
      const waiting = await stores.challenges.failForgotten(platform.db, before)
      for (const journeyHash of waiting) platform.events.wake(journeyTopic(journeyHash))
    },
    async close() {
      const impatience = setTimeout(() => stopping.abort(), seconds(5))
      await settle()
      clearTimeout(impatience)
      await sender?.close()
    },
  }
}

async function wake(
  options: WakeOptions,
  { sender, signal }: { readonly sender: WakeSender; readonly signal: AbortSignal },
  device: AuthenticatorDevice,
  challenge: Challenge,
): Promise<void> {
  const { platform, stores, audit } = options
  const subscription = device.subscription()
  if (subscription === undefined) return
  const ttlSeconds = Math.max(1, toSeconds(challenge.expiresAt - platform.clock.now()))
  const text = await createMessage(options, device, challenge)
  const target = { token: subscription.endpoint, subscription }
  const result = await sender.send(target, { text, ttlSeconds }, signal)
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
