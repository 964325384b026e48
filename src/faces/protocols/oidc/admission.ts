/**
 * What an authorization request may cost before anybody has logged in, because one that has to ask writes down all it was
 * asked with. Owns how long a request may be and what is said to an address that begins too many.
 */
import type { IncomingMessage } from 'node:http'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { InvalidRequest, TemporarilyUnavailable } from 'oidc-provider/lib/helpers/errors.js'
import { createAddressLimit } from '../../../identity/limits/address-limit.ts'
import {
  clientAddress,
  createRanges,
  type Ranges,
  sharedRanges,
} from '../../../platform/http/client.ts'
import type { Clock } from '../../../platform/kernel/clock.ts'

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
  if (lengthOf(params.state) > longestState) {
    // An answer to the app would have to repeat it.
    const options = { allow_redirect: false }
    throw Object.assign(new InvalidRequest(`state has at most ${longestState} bytes`), options)
  }
  if (lengthOf(params.nonce) > longestNonce) {
    throw new InvalidRequest(`nonce has at most ${longestNonce} bytes`)
  }
  const length = Object.values(params).reduce<number>((sum, value) => sum + lengthOf(value), 0)
  if (length > longestRequest) {
    throw new InvalidRequest(`a request has at most ${longestRequest} bytes`)
  }
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' ? Buffer.byteLength(value) : 0
}

/** More than a house behind one address begins in a minute. */
const perMinute = 120

export interface AdmissionOptions {
  readonly clock: Clock
  /** CIDR. */
  readonly trustedProxies: readonly string[]
  readonly networks: Parameters<typeof sharedRanges>[0]
}

/** Counts a request that is about to be kept, by its address. Throws what `retryAfterOf` knows when there are too many. */
export type Admit = (ctx: KoaContextWithOIDC) => void

export function createAdmit({ clock, trustedProxies, networks }: AdmissionOptions): Admit {
  const trusted = createRanges(trustedProxies)
  const limit = createAddressLimit({ clock, isShared: sharedRanges(networks).has, perMinute })
  return ({ oidc, req }) => {
    // Such a request never asks, so nothing of it is kept.
    if (oidc.prompts.has('none')) return
    const refused = limit.admit(addressOf(req, trusted))
    if (refused === undefined) return
    const error = new TemporarilyUnavailable('too many requests from this address')
    throw Object.assign(error, { statusCode: 429, allow_redirect: false, ...refused })
  }
}

function addressOf({ headers, socket }: IncomingMessage, trusted: Ranges): string {
  const header = headers['x-forwarded-for']
  const forwardedFor = Array.isArray(header) ? header.join(',') : header
  return clientAddress(socket.remoteAddress ?? '', forwardedFor, trusted)
}

/** Seconds. `undefined`: the error is another one. */
export function retryAfterOf(error: unknown): number | undefined {
  if (!(error instanceof TemporarilyUnavailable) || !('retryAfter' in error)) return undefined
  return Number(error.retryAfter)
}
