/**
 * The sender `http`: sends `{"messageId","message"}`, the same data as FCM, with a POST to the address that the phone
 * registered. Only to origins that the configuration allows, because the user who enrols chooses the address.
 */
import { createErrorFailure, createStatusFailure } from '../../approval/sending/replies.ts'
import type { PushSender } from './sender.ts'

export interface HttpSenderOptions {
  /** For example `http://127.0.0.1:8765`; `http://127.0.0.1:*` allows every port. */
  readonly allowedOrigins: readonly string[]
  readonly fetch: typeof fetch
}

export function createHttpSender({ allowedOrigins, fetch }: HttpSenderOptions): PushSender {
  return {
    name: 'http',
    accepts({ token }) {
      if (!isHttpAddress(token)) return false
      const { origin, protocol, hostname, username, password } = new URL(token)
      if (username !== '' || password !== '') return false
      return (
        allowedOrigins.includes(origin) || allowedOrigins.includes(`${protocol}//${hostname}:*`)
      )
    },
    getProvider: () => undefined,
    async send({ token }, { messageId, message }, signal) {
      try {
        const response = await fetch(token, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ messageId, message }),
          redirect: 'manual',
          signal,
        })
        await response.body?.cancel()
        if (response.status >= 200 && response.status < 300) return { type: 'sent' }
        return createStatusFailure(response.status)
      } catch (error) {
        return createErrorFailure(error)
      }
    },
  }
}

/** Whether a phone's address is an http(s) URL, allowed or not. */
export function isHttpAddress(token: string): boolean {
  return /^https?:\/\//i.test(token) && URL.canParse(token)
}
