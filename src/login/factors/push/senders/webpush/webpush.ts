/**
 * The sender `webpush`: Web Push (RFC 8030) with VAPID (RFC 8292) to authenticators that are web apps. The token of such a phone
 * is its subscription as JSON. Owns the meaning of replies; platform/web-push owns the rest.
 */
import { z } from 'zod'
import { fcmData } from '#forgerock-push'
import { Forbidden } from '../../../../../platform/http/public-address.ts'
import type { Clock } from '../../../../../platform/kernel/clock.ts'
import { encryptMessage } from '../../../../../platform/web-push/encrypt.ts'
import { createPost, type PostOptions } from '../../../../../platform/web-push/post.ts'
import { createVapid } from '../../../../../platform/web-push/vapid.ts'
import type { VapidKeys } from '../../../../../platform/web-push/vapid-keys.ts'
import { createErrorFailure, parseJson, refuse } from '../../../approval/sending/replies.ts'
import { readServiceReply } from '../../../approval/sending/web-push.ts'
import type { PushSender } from '../sender.ts'

export interface WebPushSenderOptions extends PostOptions {
  /** `mailto:` or an https URL: how a push service can contact the operator. */
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
  const findSubscription = createReader()
  return {
    name: 'webpush',
    accepts: ({ communicationType, token }) =>
      communicationType === 'webpush' && findSubscription(token) !== undefined,
    getProvider: ({ token }) => findSubscription(token)?.url.origin,
    async send({ token }, message, signal) {
      const subscription = findSubscription(token)
      if (subscription === undefined) return refuse('not a subscription')
      const { url } = subscription
      const request = encryptMessage(
        subscription,
        JSON.stringify(fcmData(message)),
        message.ttlSeconds,
      )
      if (request === undefined) return { type: 'gone', reason: 'keys that are none' }
      try {
        request.headers.Authorization = await vapid.authorization(url.origin)
        return readServiceReply(await post(url, request, signal), clock.now())
      } catch (error) {
        if (!(error instanceof Forbidden)) return createErrorFailure(error)
        return refuse(error.message)
      }
    },
    async close() {
      post.close()
    },
  }
}

type Subscription = z.output<typeof subscriptionSchema> & { readonly url: URL }

/** How many parsed subscriptions are cached. */
const limit = 200

/** Each message needs its subscription three times, and parsing it is a large part of the sender's cost. */
function createReader(): (token: string) => Subscription | undefined {
  const known = new Map<string, Subscription>()
  return (token) => {
    const before = known.get(token)
    if (before !== undefined) return before
    const read = readSubscription(token)
    if (read === undefined) return undefined
    known.set(token, read)
    const [oldest] = known.keys()
    if (known.size > limit && oldest !== undefined) known.delete(oldest)
    return read
  }
}

function readSubscription(token: string): Subscription | undefined {
  const reading = subscriptionSchema.safeParse(parseJson(token))
  return reading.success ? { ...reading.data, url: new URL(reading.data.endpoint) } : undefined
}
