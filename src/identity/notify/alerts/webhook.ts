/**
 * An event as a POST of its JSON. The receiver knows it is ours by `einlass-signature: t=<seconds>,v1=<hex>`: the
 * HMAC-SHA256, under the shared secret, of the seconds, a dot and the body. The time is that of the attempt, so that a
 * receiver can refuse what is old.
 */
import { createHmac } from 'node:crypto'
import { type Clock, seconds } from '../../../platform/kernel/clock.ts'
import type { Receiver } from './queue.ts'

export interface WebhookOptions {
  /** https, or a loopback address. */
  readonly url: string
  readonly secret: string
  readonly clock: Clock
  readonly fetch: typeof fetch
}

const patience = seconds(5)

export function createWebhook({ url, secret, clock, fetch }: WebhookOptions): Receiver {
  return {
    name: 'webhook',
    async deliver({ body }) {
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'einlass-signature': webhookSignature(secret, Math.floor(clock.now() / 1000), body),
          },
          body,
          // The body and its signature are for this address alone.
          redirect: 'manual',
          signal: AbortSignal.timeout(patience),
        })
        await response.body?.cancel()
        return response.ok ? undefined : `HTTP ${response.status}`
      } catch (error) {
        return describeReason(error)
      }
    },
  }
}

/** @param at seconds since the epoch */
function webhookSignature(secret: string, at: number, body: string): string {
  return `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`
}

/** The code of a failed connection, which names no address. */
export function describeReason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (!(cause instanceof Error)) return 'error'
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name
}
