/**
 * A signed POST of JSON. The receiver recognizes Einlass by `einlass-signature: t=<seconds>,v1=<hex>`: the HMAC-SHA256,
 * under the shared secret, of the seconds, a dot and the body. The time is that of the attempt, so that a receiver can
 * refuse old requests.
 */
import { createHmac } from 'node:crypto'
import { type Clock, seconds } from '../../../platform/kernel/clock.ts'
import type { Refusal } from '../../audit/stream/stream.ts'
import { describeReason } from './reason.ts'

export interface PostTarget {
  /** https, or a loopback address. */
  readonly url: string
  readonly secret: string
  readonly clock: Clock
  readonly fetch: typeof fetch
}

const patience = seconds(5)

/** `undefined`: the receiver took it. Does not throw. */
export async function postSigned(
  { url, secret, clock, fetch }: PostTarget,
  body: string,
): Promise<Refusal | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'einlass-signature': writeSignature(secret, Math.floor(clock.now() / 1000), body),
      },
      body,
      // The body and its signature are for this address alone.
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
    })
    await response.body?.cancel()
    if (response.ok) return undefined
    return { reason: `HTTP ${response.status}`, isTooLarge: response.status === 413 }
  } catch (error) {
    return { reason: describeReason(error) }
  }
}

/** @param at seconds since the epoch */
function writeSignature(secret: string, at: number, body: string): string {
  return `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`
}
