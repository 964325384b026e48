/** Sends an alert as a signed POST of its JSON, see transport/post.ts. */
import { type PostTarget, postSigned } from '../transport/post.ts'
import type { Receiver } from './queue.ts'

export function createWebhook(target: PostTarget): Receiver {
  return {
    name: 'webhook',
    deliver: async ({ body }) => (await postSigned(target, body))?.reason,
  }
}
