/**
 * The sender `fcm`: Firebase Cloud Messaging, HTTP v1 API, for operators with an Android app of their own. Owns the meaning of
 * its replies; access-token.ts owns the authentication.
 */
import { fcmV1Body } from '#forgerock-push'
import type { Clock } from '../../../../../platform/kernel/clock.ts'
import {
  createErrorFailure,
  createStatusFailure,
  limitToPhone,
  parseJson,
  readRetryAfter,
  readSome,
  readWord,
} from '../../../approval/sending/replies.ts'
import type { SendResult } from '../../../approval/sending/sender.ts'
import { isHttpAddress } from '../http.ts'
import type { ServiceAccount } from '../keys.ts'
import type { PushSender } from '../sender.ts'
import { createAccessTokens } from './access-token.ts'

export interface FcmSenderOptions {
  readonly account: ServiceAccount
  readonly clock: Clock
  readonly fetch: typeof fetch
  /** Absent: Google's. */
  readonly origin?: string
}

const googleOrigin = 'https://fcm.googleapis.com'

export function createFcmSender(options: FcmSenderOptions): PushSender {
  const { account, clock, fetch, origin = googleOrigin } = options
  const tokens = createAccessTokens(options)
  const address = `${origin}/v1/projects/${account.projectId}/messages:send`

  async function attempt(body: string, bearer: string, signal: AbortSignal) {
    const response = await fetch(address, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      body,
      redirect: 'manual',
      signal,
    })
    const text = await readSome(response.body)
    const retryAfter = readRetryAfter(response.headers.get('retry-after'), clock.now())
    return { status: response.status, text, retryAfter }
  }

  return {
    name: 'fcm',
    accepts: ({ communicationType, token }) => communicationType === 'gcm' && !isHttpAddress(token),
    async send({ token }, message, signal) {
      const body = JSON.stringify(fcmV1Body(token, message))
      try {
        const first = await tokens.get(signal)
        if (first.type === 'failed') return nothingSent(first)
        const reply = await attempt(body, first.token, signal)
        if (reply.status !== 401) return readResult(reply)
        await tokens.forget(first.token)
        const second = await tokens.get(signal)
        if (second.type === 'failed') return nothingSent(second)
        return readResult(await attempt(body, second.token, signal))
      } catch (error) {
        return createErrorFailure(error)
      }
    },
  }
}

/** Without an access token no message leaves. */
const nothingSent = (failure: Extract<SendResult, { type: 'failed' }>): SendResult => ({
  ...failure,
  isRefused: true,
})

interface Reply {
  readonly status: number
  readonly text: string
  readonly retryAfter: number | undefined
}

function readResult({ status, text, retryAfter }: Reply): SendResult {
  const reply = parseJson(text)
  if (status === 200) {
    // Another 200, for example from a proxy, does not mean that FCM has accepted the message.
    const name = getMember(reply, 'name')
    if (typeof name === 'string') return { type: 'sent' }
    return { type: 'failed', reason: 'unreadable answer', retryable: true }
  }
  const error = getMember(reply, 'error')
  const code = readErrorCode(error)
  // A wrong project is 404 as well, but without this code; it must not disable every phone.
  if (status === 404 && (code === 'UNREGISTERED' || code === 'NOT_FOUND')) {
    return { type: 'gone', reason: code }
  }
  if (status === 400 && namesToken(error)) return { type: 'gone', reason: 'invalid token' }
  const failure = createStatusFailure(status, code, { retryAfter })
  // FCM's own code is about the target of the message. When the quota of the project is used up, Google's gateway refuses
  // the request before FCM sees it, with RESOURCE_EXHAUSTED and without that code.
  return status === 429 && code === 'QUOTA_EXCEEDED' ? limitToPhone(failure) : failure
}

function getMember(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return (value as Record<string, unknown>)[name]
}

function listDetails(error: unknown): unknown[] {
  const details = getMember(error, 'details')
  return Array.isArray(details) ? details : []
}

/** FCM's own code, for example `UNREGISTERED`; else the general code of Google's APIs. */
function readErrorCode(error: unknown): string {
  const codes = listDetails(error).map((detail) => readWord(getMember(detail, 'errorCode')))
  return codes.find((code) => code !== '') ?? readWord(getMember(error, 'status'))
}

/** Whether the error is about the registration token and not about the message. */
function namesToken(error: unknown): boolean {
  const violations = listDetails(error).flatMap((detail) => {
    const list = getMember(detail, 'fieldViolations')
    return Array.isArray(list) ? list : []
  })
  return violations.some((violation) => getMember(violation, 'field') === 'message.token')
}
