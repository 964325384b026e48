/**
 * The sender `webpush`: Web Push (RFC 8030) with VAPID (RFC 8292) to authenticators that are web apps. The token of
 * such a phone is its subscription as JSON. Owns what push services answer; post.ts owns which of them are talked to.
 */
import webPush from 'web-push'
import { z } from 'zod'
import { fcmData } from '#forgerock-push'
import type { Clock } from '../../../../kernel/clock.ts'
import type { VapidKeys } from '../keys.ts'
import { failedError, failedStatus, parseJson, retryAfterOf } from '../replies.ts'
import type { PushMessage, PushSender, SendResult } from '../sender.ts'
import { createPost, Forbidden, type PostOptions, type Reply } from './post.ts'
import { createVapid } from './vapid.ts'

export interface WebPushSenderOptions extends PostOptions {
  /** `mailto:` or an https address: whom a push service can turn to. */
  readonly subject: string
  readonly keys: VapidKeys
  readonly clock: Clock
}

const subscriptionSchema = z.object({
  endpoint: z.url({ protocol: /^https$/ }).max(2048),
  keys: z.object({
    /** An uncompressed point on P-256. */
    p256dh: z.string().regex(/^B[\w-]{86}=?$/),
    auth: z.string().regex(/^[\w-]{22}(==)?$/),
  }),
})

export function createWebPushSender(options: WebPushSenderOptions): PushSender {
  const { clock } = options
  const post = createPost(options)
  const vapid = createVapid(options)
  return {
    name: 'webpush',
    accepts: ({ communicationType, token }) =>
      communicationType === 'webpush' && readSubscription(token) !== undefined,
    providerOf: ({ token }) => {
      const subscription = readSubscription(token)
      return subscription === undefined ? undefined : new URL(subscription.endpoint).origin
    },
    async send({ token }, message, signal) {
      const subscription = readSubscription(token)
      if (subscription === undefined) {
        return { type: 'failed', reason: 'not a subscription', retryable: false }
      }
      const { endpoint } = subscription
      const request = requestOf(subscription, message)
      if (request === undefined) return { type: 'gone', reason: 'keys that are none' }
      try {
        request.headers.Authorization = await vapid.authorization(new URL(endpoint).origin)
        return resultOf(await post(endpoint, request, signal), clock.now())
      } catch (error) {
        if (!(error instanceof Forbidden)) return failedError(error)
        return { type: 'failed', reason: error.message, retryable: false }
      }
    },
    async close() {
      post.close()
    },
  }
}

type Subscription = z.output<typeof subscriptionSchema>

function readSubscription(token: string): Subscription | undefined {
  const reading = subscriptionSchema.safeParse(parseJson(token))
  return reading.success ? reading.data : undefined
}

/** A message that waits at the push service is replaced by a newer one: only the newest can be answered. */
const topic = 'login'

/** Undefined when nothing can be encrypted to these keys (RFC 8291). */
function requestOf(
  subscription: Subscription,
  message: PushMessage,
): { readonly headers: Record<string, string>; readonly body: Buffer } | undefined {
  try {
    const { headers, body } = webPush.generateRequestDetails(
      subscription,
      JSON.stringify(fcmData(message)),
      { TTL: message.ttlSeconds, urgency: 'high', topic, contentEncoding: 'aes128gcm' },
    )
    return { headers: stringsOf(headers), body: body ?? Buffer.alloc(0) }
  } catch {
    return undefined
  }
}

function stringsOf(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `${value}`]))
}

function resultOf({ status, retryAfter }: Reply, now: number): SendResult {
  if (status === 200 || status === 201 || status === 202) return { type: 'sent' }
  if (status === 404 || status === 410) return { type: 'gone', reason: `status ${status}` }
  return failedStatus(status, '', { retryAfter: retryAfterOf(retryAfter, now) })
}
