/**
 * The sender `apns`: Apple's push service, for operators with an iPhone app of their own. Owns the meaning of its replies
 * (Apple: "Sending notification requests to APNs"); connection.ts owns the connection, provider-token.ts the authentication.
 */
import type { KeyObject } from 'node:crypto'
import { apnsPayload } from '#forgerock-push'
import { type Clock, seconds } from '../../../../../platform/kernel/clock.ts'
import {
  createErrorFailure,
  createStatusFailure,
  limitToPhone,
  parseJson,
  readRetryAfter,
  readWord,
} from '../../../approval/sending/replies.ts'
import type { SendResult } from '../../../approval/sending/sender.ts'
import type { PushMessage, PushSender } from '../sender.ts'
import { createConnection, type Reply } from './connection.ts'
import { createProviderTokens } from './provider-token.ts'

export interface ApnsSenderOptions {
  /** EC on P-256. */
  readonly privateKey: KeyObject
  readonly keyId: string
  readonly teamId: string
  /** The bundle id of the app. */
  readonly topic: string
  readonly sandbox: boolean
  readonly clock: Clock
  /** Absent: Apple's. */
  readonly origin?: string
  /** PEM; absent: the certificates that Node trusts. */
  readonly ca?: string
}

const appleOrigin = 'https://api.push.apple.com'
const sandboxOrigin = 'https://api.sandbox.push.apple.com'

export function createApnsSender(options: ApnsSenderOptions): PushSender {
  const { topic, clock } = options
  const origin = options.origin ?? (options.sandbox ? sandboxOrigin : appleOrigin)
  const tokens = createProviderTokens(options)
  const connection = createConnection({ ...options, origin })

  async function attempt(token: string, message: PushMessage, signal: AbortSignal) {
    const bearer = await tokens.get()
    const headers = {
      ':method': 'POST',
      // The vendor's clients send their tokens in upper case; Apple's are in lower case.
      ':path': `/3/device/${token.toLowerCase()}`,
      authorization: `bearer ${bearer}`,
      'apns-topic': topic,
      'apns-push-type': 'alert',
      'apns-priority': '10',
      'apns-expiration': `${Math.floor((clock.now() + seconds(message.ttlSeconds)) / 1000)}`,
    }
    const reply = await connection.post(headers, JSON.stringify(apnsPayload(message)), signal)
    return { bearer, reply }
  }

  return {
    name: 'apns',
    accepts: ({ communicationType, token }) =>
      communicationType === 'apns' && /^[0-9a-f]{64,200}$/i.test(token),
    async send({ token }, message, signal) {
      try {
        const first = await attempt(token, message, signal)
        if (readReason(first.reply) !== 'ExpiredProviderToken') {
          return readResult(first.reply, clock.now())
        }
        await tokens.forget(first.bearer)
        const second = await attempt(token, message, signal)
        return readResult(second.reply, clock.now())
      } catch (error) {
        return createErrorFailure(error)
      }
    },
    close: connection.close,
  }
}

function readResult(reply: Reply, now: number): SendResult {
  const { status, headers } = reply
  if (status === 200) return { type: 'sent' }
  const reason = readReason(reply)
  if (status === 410 || (status === 400 && reason === 'BadDeviceToken')) {
    return { type: 'gone', reason: reason === '' ? `status ${status}` : reason }
  }
  const retryAfter = readRetryAfter(headers['retry-after'] as string | undefined, now)
  const failure = createStatusFailure(status, reason, { retryAfter })
  // Apple's 429 means too many messages to one device token, except for the reason about this server's own token.
  const isOfPhone = status === 429 && reason !== 'TooManyProviderTokenUpdates'
  return isOfPhone ? limitToPhone(failure) : failure
}

function readReason({ status, text }: Reply): string {
  if (status === 200) return ''
  const reply = parseJson(text)
  if (typeof reply !== 'object' || reply === null || !('reason' in reply)) return ''
  return readWord(reply.reason)
}
