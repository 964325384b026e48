/**
 * Sends challenges to phones and records what became of it. Owns the text of a message and what it tells about the
 * browser; does not own the challenge. Runs after the commit, so that no phone hears of a challenge that is not there.
 */
import { buildNotification } from '#forgerock-push'
import type { Audit } from '../../audit/audit.ts'
import { journeyTopic } from '../../engine/engine.ts'
import type { ClientFacts } from '../../engine/step.ts'
import type { Events } from '../../kernel/events.ts'
import type { Log } from '../../kernel/log.ts'
import type { Database } from '../../storage/database.ts'
import { createTranslator, type Translate } from '../../ui/translate.ts'
import type { NewChallenge, PushChallengeStore } from './challenges.ts'
import type { PushDevice } from './devices.ts'
import type { PushSender, SendResult } from './senders/sender.ts'

/** What a message tells about the browser. Each can be switched off. */
export interface ShownContext {
  readonly browser: boolean
  readonly place: boolean
  readonly address: boolean
}

export interface DeliveryOptions {
  readonly db: Database
  readonly challenges: PushChallengeStore
  readonly senders: readonly PushSender[]
  readonly events: Events
  readonly audit: Audit
  readonly log: Log
  readonly context: ShownContext
}

export interface Delivery {
  readonly device: PushDevice
  readonly challenge: NewChallenge
  /** The app's name, as the person knows it. */
  readonly app: string
  readonly client: ClientFacts
}

export function createDelivery(options: DeliveryOptions) {
  const underWay = new Set<Promise<void>>()

  return {
    /** Hands the challenge over in the background; the waiting page is woken when that is settled. */
    start(delivery: Delivery): void {
      const task = deliver(options, delivery)
        .catch((error: unknown) => options.log.error({ error }, 'a push was not recorded'))
        .finally(() => underWay.delete(task))
      underWay.add(task)
    },

    /** Waits for what is under way. */
    async settle(): Promise<void> {
      await Promise.all(underWay)
    },
  }
}

export type PushDelivery = ReturnType<typeof createDelivery>

async function deliver(options: DeliveryOptions, delivery: Delivery): Promise<void> {
  const { db, challenges, events, audit, log } = options
  const { device, challenge } = delivery
  const result = await send(options, delivery)
  if (result.type === 'failed') {
    log.warn({ device: device.id, reason: result.reason }, 'a push was not delivered')
  }
  await db.transaction().execute(async (tx) => {
    await challenges.noteDelivery(tx, challenge.messageId, result.type)
    await audit.pushSent(tx, {
      userId: device.userId,
      deviceId: device.id,
      purpose: challenge.purpose,
      delivery: result.type,
    })
  })
  events.wake(journeyTopic(challenge.journeyHash))
}

async function send(options: DeliveryOptions, delivery: Delivery): Promise<SendResult> {
  const { device } = delivery
  const sender = options.senders.find((candidate) => candidate.accepts(device.token))
  if (sender === undefined) return { type: 'failed', reason: 'no sender for this kind of address' }
  return await sender.send(device.token, notificationFor(options.context, delivery))
}

function notificationFor(context: ShownContext, delivery: Delivery) {
  const { device, challenge, client } = delivery
  const t = createTranslator(client.language)
  return buildNotification({
    messageId: challenge.messageId,
    secret: device.secret(),
    mechanismUid: device.mechanismUid,
    challenge: challenge.challenge,
    createdAt: challenge.createdAt,
    ttlSeconds: Math.round((challenge.expiresAt - challenge.createdAt) / 1000),
    text: textOf(t, delivery),
    kind: { type: 'challenge', numbers: challenge.numbers.numbers },
    context: {
      ...(context.address && { remoteIp: client.address }),
      ...(context.browser && client.userAgent !== undefined && { userAgent: client.userAgent }),
    },
    attributes: attributesOf(t, context, delivery),
  })
}

function textOf(t: Translate, { challenge, app }: Delivery): string {
  return challenge.purpose === 'test'
    ? t({ key: 'phone.message.test' })
    : t({ key: 'phone.message.number', values: { app } })
}

function attributesOf(t: Translate, context: ShownContext, { app, client }: Delivery) {
  return {
    app,
    ...(context.browser && { browser: t(browserMessage(client)) }),
    ...(context.place && client.place !== undefined && { place: client.place }),
  }
}

/** The browser in words, for example *Firefox on Windows*. */
export function browserMessage(client: ClientFacts) {
  const { browser } = client
  if (browser === undefined) return { key: 'browser.unknown' } as const
  if (browser.system === undefined) {
    return { key: 'browser.named', values: { browser: browser.name } } as const
  }
  return {
    key: 'browser.on',
    values: { browser: browser.name, system: browser.system },
  } as const
}
