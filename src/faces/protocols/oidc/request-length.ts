/**
 * What an authorization request may cost before anybody has logged in, because one that has to ask writes down all it was
 * asked with. Owns how long a request may be, and how the library says that an address begins too many.
 */
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Admit } from '../request-rate-limit.ts'
import { InvalidRequest, TemporarilyUnavailable } from './library.ts'

/**
 * Bytes. Most apps send a `state` of 20 to 200. That of ASP.NET Core holds the whole address to return to and the PKCE
 * verifier, and that of a broker (IdentityServer, Keycloak) the request that it was sent itself: up to about 3,000.
 */
const longestState = 4096
const longestNonce = 1024
/** Of all parameters that are kept, with an `id_token_hint` in them. */
const longestRequest = 8192

/** Throws an OAuth error when the request is too long to be kept. */
export function checkLength({ oidc }: KoaContextWithOIDC): void {
  const params = oidc.params ?? {}
  if (measure(params.state) > longestState) {
    // An answer to the app would have to repeat it.
    const options = { allow_redirect: false }
    throw Object.assign(new InvalidRequest(`state has at most ${longestState} bytes`), options)
  }
  if (measure(params.nonce) > longestNonce) {
    throw new InvalidRequest(`nonce has at most ${longestNonce} bytes`)
  }
  const length = Object.values(params).reduce<number>((sum, value) => sum + measure(value), 0)
  if (length > longestRequest) {
    throw new InvalidRequest(`a request has at most ${longestRequest} bytes`)
  }
}

function measure(value: unknown): number {
  return typeof value === 'string' ? Buffer.byteLength(value) : 0
}

/** Throws what `findRetryAfter` knows when there are too many requests from an address. */
export function createRequestLimit(admit: Admit): (ctx: KoaContextWithOIDC) => void {
  return ({ oidc, req }) => {
    // Such a request never asks, so nothing of it is kept.
    if (oidc.prompts.has('none')) return
    const refused = admit(req)
    if (refused === undefined) return
    const error = new TemporarilyUnavailable('too many requests from this address')
    throw Object.assign(error, { statusCode: 429, allow_redirect: false, ...refused })
  }
}

/** Seconds. `undefined`: the error is another one. */
export function findRetryAfter(error: unknown): number | undefined {
  if (!(error instanceof TemporarilyUnavailable) || !('retryAfter' in error)) return undefined
  return Number(error.retryAfter)
}
