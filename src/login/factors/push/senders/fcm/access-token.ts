/**
 * Access tokens of a Google service account (RFC 7523: a signed assertion is exchanged for a bearer token). Owns the current
 * token, which is used until shortly before it expires.
 */
import { SignJWT } from 'jose'
import { type Clock, isOver, minutes, seconds } from '../../../../../platform/kernel/clock.ts'
import {
  createErrorFailure,
  createStatusFailure,
  parseJson,
  readRetryAfter,
  readSome,
  readWord,
} from '../../../approval/sending/replies.ts'
import type { SendResult } from '../../../approval/sending/sender.ts'
import type { ServiceAccount } from '../keys.ts'

export interface AccessTokensOptions {
  readonly account: ServiceAccount
  readonly clock: Clock
  readonly fetch: typeof fetch
}

export type AccessToken =
  | { readonly type: 'token'; readonly token: string; readonly expiresAt: number }
  | Extract<SendResult, { type: 'failed' }>

const scope = 'https://www.googleapis.com/auth/firebase.messaging'
const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** A token is not used in its last minute, so that it does not expire during a request. */
const margin = minutes(1)

export function createAccessTokens(options: AccessTokensOptions) {
  const { clock } = options
  let current: Promise<AccessToken> | undefined
  /** For how long `current` is used (ms). */
  let valid = { since: 0, length: 0 }
  /** The result of `current`. Most messages find it and need not wait. */
  let arrived: AccessToken | undefined

  /** One request for all waiting messages. A message that is aborted does not abort the request. */
  function request(): Promise<AccessToken> {
    const asked = fetchToken(options, AbortSignal.timeout(seconds(5))).then(
      (token) => {
        if (token.type === 'token') valid = startValidity(token.expiresAt, clock.now())
        else if (current === asked) current = undefined
        if (current === asked) arrived = token
        return token
      },
      (error: unknown) => {
        if (current === asked) current = undefined
        return createErrorFailure(error)
      },
    )
    valid = { since: clock.now(), length: Number.POSITIVE_INFINITY }
    arrived = undefined
    return asked
  }

  return {
    /** Rejects only when `signal` is aborted. */
    async get(signal: AbortSignal): Promise<AccessToken> {
      if (current === undefined || isOver(valid.since, valid.length, clock.now()))
        current = request()
      signal.throwIfAborted()
      if (arrived !== undefined) return arrived
      return await unlessAborted(current, signal)
    },

    /** Call it when the token was refused; the next one is new. */
    async forget(token: string): Promise<void> {
      const asked = current
      const known = await asked
      if (asked === current && known?.type === 'token' && known.token === token) {
        current = undefined
      }
    },
  }
}

const startValidity = (expiresAt: number, now: number) => ({
  since: now,
  length: expiresAt - margin - now,
})

async function fetchToken(options: AccessTokensOptions, signal: AbortSignal): Promise<AccessToken> {
  const { account, clock, fetch } = options
  const response = await fetch(account.tokenUri, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: grantType,
      assertion: await signAssertion(account, clock.now()),
    }),
    redirect: 'manual',
    signal,
  })
  const reply = parseJson(await readSome(response.body))
  const members = typeof reply === 'object' && reply !== null ? reply : {}
  if (response.status !== 200) {
    const retryAfter = readRetryAfter(response.headers.get('retry-after'), clock.now())
    const word = 'error' in members ? readWord(members.error) : ''
    return createStatusFailure(response.status, `at the token endpoint ${word}`.trim(), {
      retryAfter,
    })
  }
  const token = 'access_token' in members ? members.access_token : undefined
  const lifetime = 'expires_in' in members ? members.expires_in : undefined
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token) || typeof lifetime !== 'number') {
    return { type: 'failed', reason: 'unreadable access token', retryable: true }
  }
  return { type: 'token', token, expiresAt: clock.now() + seconds(lifetime) }
}

async function signAssertion(account: ServiceAccount, now: number): Promise<string> {
  const issuedAt = Math.floor(now / 1000)
  return await new SignJWT({ scope })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: account.keyId })
    .setIssuer(account.clientEmail)
    .setAudience(account.tokenUri)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + 3600)
    .sign(account.privateKey)
}

async function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const stop = () => reject(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
