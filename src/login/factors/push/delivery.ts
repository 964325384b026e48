/**
 * Sends challenges to phones and records the result. Owns the text of a message and what it says about the browser; does not
 * own the challenge. Runs after the commit, so that no phone gets a challenge that is not stored.
 */
import { buildNotification, notificationText } from '#forgerock-push'
import type { Audit } from '../../../identity/audit/audit.ts'
import type { Users } from '../../../identity/users/users.ts'
import { type Clock, seconds } from '../../../platform/kernel/clock.ts'
import type { Events } from '../../../platform/kernel/events.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { transact } from '../../../platform/storage/transact.ts'
import { chooseLanguage, type Language } from '../../../platform/ui/language.ts'
import { createTranslator, type Translate } from '../../../platform/ui/translate.ts'
import { browserMessage } from '../../engine/client.ts'
import { journeyTopic } from '../../engine/engine.ts'
import type { ClientFacts } from '../../engine/step.ts'
import { createHeldBackNotes, type HeldBackFacts } from '../approval/held-back.ts'
import { refuse } from '../approval/sending/replies.ts'
import type { Timers } from '../approval/sending/resilient.ts'
import type { SendResult } from '../approval/sending/sender.ts'
import type { DeliveryState, NewChallenge } from './challenges.ts'
import type { PushDevice } from './devices.ts'
import { pushEvents } from './events.ts'
import type { PushMessage, PushSender, PushTarget } from './senders/sender.ts'
import type { PushStores } from './stores.ts'

/** What a message says about the browser. Each part can be switched off. */
export interface ShownContext {
  readonly browser: boolean
  readonly place: boolean
  readonly address: boolean
  /** When the challenge was created. */
  readonly time: boolean
}

export interface DeliveryOptions {
  readonly db: Database
  readonly stores: Pick<PushStores, 'devices' | 'challenges'>
  readonly senders: readonly PushSender[]
  readonly events: Events
  readonly audit: Audit
  readonly log: Log
  readonly time: DeliveryTime
  readonly wording: Wording
}

/** What a message says, and in which language: see `chooseLanguage`. */
export interface Wording {
  readonly context: ShownContext
  readonly users: Pick<Users, 'find'>
  readonly fallback: Language
}

export interface DeliveryTime {
  readonly clock: Clock
  readonly timers: Timers
  /** The time zone in which the message states the time of a login, for example `Europe/Berlin`. */
  readonly timeZone: () => string
}

export interface Delivery {
  readonly device: PushDevice
  readonly challenge: NewChallenge
  /** The app's name, as the user knows it. */
  readonly app: string
  /** `undefined`: no browser is involved. */
  readonly client: ClientFacts | undefined
}

/** When no provider has taken the message over after this time (ms), the page offers the other second factors. */
export const offerAfter = seconds(3)

/** Another node may still be sending younger challenges (ms). */
const forgottenAfter = seconds(10)

export function createDelivery(options: DeliveryOptions) {
  const running = new Set<Promise<void>>()
  const stopping = new AbortController()
  const { time, audit } = options
  const heldBack = createHeldBackNotes({ clock: time.clock, audit }, pushEvents.heldBack)

  return {
    /** Whether a sender of this installation is for the address of this phone. */
    hasSenderFor: (device: PushTarget): boolean =>
      options.senders.some((sender) => sender.accepts(device)),

    /** Sends the challenge in the background. Wakes the waiting page when the result is recorded. Never throws. */
    start(delivery: Delivery): void {
      const { journeyHash } = delivery.challenge
      // The page offers the other factors when no provider has taken the message over by then.
      const wake = () => options.events.wake(journeyTopic(journeyHash))
      const forget = options.time.timers.after(offerAfter, wake)
      const task = deliver(options, delivery, stopping.signal)
        .catch((error: unknown) => options.log.error({ error }, 'a push was not recorded'))
        .finally(() => {
          forget()
          running.delete(task)
        })
      running.add(task)
    },

    /** Audits that a login got no message: the first time at once, then once a minute how often. */
    noteHeldBack: (facts: HeldBackFacts) => heldBack.add(options.db, facts),

    flush: heldBack.flush,

    /** Waits until all running deliveries are recorded. */
    async settle(): Promise<void> {
      await Promise.all(running)
    },

    /** Aborts all running deliveries and records them as failed. */
    async stop(): Promise<void> {
      stopping.abort()
      await Promise.all(running)
    },

    /** Call it when the process starts. Records messages as failed that an earlier process queued and never sent. */
    async failForgotten(): Promise<void> {
      const { db, time, stores, events } = options
      const waiting = await stores.challenges.failForgotten(db, time.clock.now() - forgottenAfter)
      for (const journeyHash of waiting) events.wake(journeyTopic(journeyHash))
    },
  }
}

export type PushDelivery = ReturnType<typeof createDelivery>

async function deliver(
  options: DeliveryOptions,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<void> {
  const { db, stores, events, audit, log } = options
  const { challenges, devices } = stores
  const { device, challenge } = delivery
  const { userId, id: deviceId, token } = device
  const sender = options.senders.find((candidate) => candidate.accepts(device))
  const provider = sender?.name ?? null
  const result = await send(options, sender, delivery, signal)
  if (result.type !== 'sent') {
    log.warn({ device: deviceId, provider, reason: result.reason }, 'a push was not delivered')
  }
  await transact(db, async (tx) => {
    await challenges.noteDelivery(tx, challenge.messageId, readState(result), provider)
    const disabled = result.type === 'gone' && (await devices.disablePush(tx, deviceId, token))
    const { purpose } = challenge
    await audit.record(tx, pushEvents.sent, {
      ...{ userId, deviceId, purpose, provider },
      delivery: result.type,
      ...(result.type !== 'sent' && { reason: result.reason }),
    })
    if (disabled)
      await audit.record(tx, pushEvents.disabled, { userId, deviceId, provider: provider ?? '' })
  })
  events.wake(journeyTopic(challenge.journeyHash))
}

function readState(result: SendResult): Exclude<DeliveryState, 'queued'> {
  return result.type === 'failed' && result.isRefused === true ? 'refused' : result.type
}

async function send(
  options: DeliveryOptions,
  sender: PushSender | undefined,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<SendResult> {
  if (sender === undefined) return refuse('no sender for this kind of address')
  try {
    const t = createTranslator(await findLanguage(options, delivery), options.time)
    return await sender.send(delivery.device, createMessage(t, options, delivery), signal)
  } catch (error) {
    options.log.error({ error }, 'a sender broke')
    return { type: 'failed', reason: 'error', retryable: false }
  }
}

async function findLanguage(
  { db, wording: { users, fallback } }: DeliveryOptions,
  { device, client }: Delivery,
): Promise<Language> {
  const last = (await users.find(db, device.userId))?.language
  return chooseLanguage({ last, here: client?.language }, fallback)
}

function createMessage(
  t: Translate,
  { wording: { context }, time }: DeliveryOptions,
  delivery: Delivery,
): PushMessage {
  const { challenge } = delivery
  return {
    ...createNotification(t, context, delivery),
    text: notificationText(createText(t, delivery)),
    kind: challenge.type,
    ttlSeconds: Math.max(1, Math.round((challenge.expiresAt - time.clock.now()) / 1000)),
  }
}

function createNotification(t: Translate, context: ShownContext, delivery: Delivery) {
  const { device, challenge, client } = delivery
  return buildNotification({
    messageId: challenge.messageId,
    phone: { mechanismUid: device.mechanismUid, secret: device.secret() },
    challenge: challenge.challenge,
    lifetime: {
      createdAt: challenge.createdAt,
      ttlSeconds: Math.round((challenge.expiresAt - challenge.createdAt) / 1000),
    },
    text: createText(t, delivery),
    kind:
      challenge.type === 'default'
        ? { type: 'default' }
        : { type: 'challenge', numbers: challenge.numbers.numbers },
    context: {
      ...(context.address && client !== undefined && { remoteIp: client.address }),
      ...(context.browser && client?.userAgent !== undefined && { userAgent: client.userAgent }),
    },
    attributes: createAttributes(t, context, delivery),
  })
}

function createText(t: Translate, { challenge, app }: Delivery): string {
  if (challenge.purpose === 'caller') return t({ key: 'phone.message.caller' })
  if (challenge.purpose === 'test') {
    return t({
      key: challenge.type === 'default' ? 'phone.message.test.plain' : 'phone.message.test',
    })
  }
  const { byApp, pages } = challenge.about ?? {}
  if (byApp !== undefined) {
    const { message: purpose } = byApp
    return purpose === undefined
      ? t({ key: 'phone.message.app', values: { app } })
      : t({ key: 'phone.message.app.for', values: { app, purpose } })
  }
  const key = pages === 'password' ? 'phone.message.reset' : 'phone.message'
  return t({ key: challenge.type === 'default' ? key : `${key}.number`, values: { app } })
}

function createAttributes(
  t: Translate,
  context: ShownContext,
  { app, client, challenge }: Delivery,
) {
  return {
    app,
    ...(context.browser && client !== undefined && { browser: t(browserMessage(client)) }),
    ...(context.place && client?.place !== undefined && { place: client.place }),
    ...(context.time && { time: t.moment(challenge.createdAt) }),
  }
}
