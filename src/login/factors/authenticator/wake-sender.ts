/**
 * Posts a message to the push service of a phone's browser, with the VAPID key of `push.senders.webpush`. Owns what the replies
 * mean. platform/web-push owns the encryption and which addresses may be posted to; approval/sending owns what follows a failure.
 */
import type { Subscription } from '#authenticator'
import { Forbidden } from '../../../platform/http/public-address.ts'
import { encryptMessage } from '../../../platform/web-push/encrypt.ts'
import { createPost, type PostOptions } from '../../../platform/web-push/post.ts'
import { createVapid, type VapidOptions } from '../../../platform/web-push/vapid.ts'
import { createErrorFailure, refuse } from '../approval/sending/replies.ts'
import type { Message, Sender, Target } from '../approval/sending/sender.ts'
import { readServiceReply } from '../approval/sending/web-push.ts'

/** Its token is the address of its subscription. */
export interface WakeTarget extends Target {
  readonly subscription: Subscription
}

export interface WakeMessage extends Message {
  readonly text: string
}

export interface WakeSender extends Sender<WakeTarget, WakeMessage> {
  /** The public VAPID key, with which phones subscribe. */
  readonly publicKey: string
  close(): Promise<void>
}

export function createWakeSender(options: PostOptions & VapidOptions): WakeSender {
  const post = createPost(options)
  const vapid = createVapid(options)
  return {
    name: 'authenticator',
    publicKey: options.keys.publicKey,
    accepts: () => true,
    getProvider: ({ token }) => new URL(token).origin,
    async send({ token, subscription }, { text, ttlSeconds }, signal) {
      const request = encryptMessage(subscription, text, ttlSeconds)
      if (request === undefined) return { type: 'gone', reason: 'keys that are wrong' }
      try {
        const url = new URL(token)
        request.headers.Authorization = await vapid.authorization(url.origin)
        return readServiceReply(await post(url, request, signal), options.clock.now())
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
