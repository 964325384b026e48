/**
 * Posts a message to the push service of a phone's browser, with the VAPID key of `push.senders.webpush`. Owns what its replies
 * mean; platform/web-push owns encryption and which addresses may be posted to.
 */
import type { Subscription } from '#authenticator'
import { encryptMessage } from '../../../platform/web-push/encrypt.ts'
import { createPost, Forbidden, type PostOptions } from '../../../platform/web-push/post.ts'
import { createVapid, type VapidOptions } from '../../../platform/web-push/vapid.ts'

/** `gone`: the subscription has ended. */
export type WakeResult =
  | { readonly type: 'sent' }
  | { readonly type: 'failed' | 'gone'; readonly reason: string }

export interface WakeSender {
  /** The public VAPID key, with which phones subscribe. */
  readonly publicKey: string
  /** Never throws. */
  send(
    subscription: Subscription,
    message: { readonly text: string; readonly ttlSeconds: number },
    signal: AbortSignal,
  ): Promise<WakeResult>
  close(): Promise<void>
}

export function createWakeSender(options: PostOptions & VapidOptions): WakeSender {
  const post = createPost(options)
  const vapid = createVapid(options)
  return {
    publicKey: options.keys.publicKey,
    async send(subscription, { text, ttlSeconds }, signal) {
      const request = encryptMessage(subscription, text, ttlSeconds)
      if (request === undefined) return { type: 'gone', reason: 'keys that are wrong' }
      try {
        const url = new URL(subscription.endpoint)
        request.headers.Authorization = await vapid.authorization(url.origin)
        const { status } = await post(url, request, signal)
        return readStatus(status)
      } catch (error) {
        return { type: 'failed', reason: describeError(error) }
      }
    },
    async close() {
      post.close()
    },
  }
}

function readStatus(status: number): WakeResult {
  if (status === 200 || status === 201 || status === 202) return { type: 'sent' }
  const type = status === 404 || status === 410 ? 'gone' : 'failed'
  return { type, reason: `status ${status}` }
}

/** Without the address, which is a secret of the phone. */
function describeError(error: unknown): string {
  if (error instanceof Forbidden) return error.message
  if (!(error instanceof Error)) return 'error'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
