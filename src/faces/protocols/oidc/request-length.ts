/**
 * Limits the cost of an authorization request before anybody has logged in: if the person has to be asked, the whole request is
 * stored. Also limits how many rows an app can create itself. Owns the maximum length of a request, and how the library reports
 * too many.
 */
import type { KoaContextWithOIDC } from 'oidc-provider'
import { createBuckets } from '../../../identity/limits/buckets.ts'
import type { Clock } from '../../../platform/kernel/clock.ts'
import { type Admit, createTieredTries } from '../request-rate-limit.ts'
import { InvalidRequest, InvalidTarget, TemporarilyUnavailable } from './library.ts'
import { registeredMember } from './members.ts'

/**
 * Bytes. Most apps send a `state` of 20 to 200. ASP.NET Core includes the whole return address and the PKCE verifier; a broker
 * (IdentityServer, Keycloak) includes the request that it got itself: up to about 3,000.
 */
const longestState = 4096
const longestNonce = 1024
/** Of all stored parameters, including an `id_token_hint`. */
export const longestRequest = 8192

/** Requests that a self-registered app pushes in a minute. */
const registeredPerMinute = 120

/** Client assertions and DPoP proofs of such an app in a minute, for all endpoints together: each is stored until it expires. */
const registeredProofsPerMinute = 300

/** Throws an OAuth error if the request is too long to be stored. */
export function checkLength({ oidc }: KoaContextWithOIDC): void {
  const params = oidc.params ?? {}
  if (measure(params.state) > longestState) {
    // An answer to the app would have to repeat the `state`.
    const options = { allow_redirect: false }
    throw Object.assign(new InvalidRequest(`state has at most ${longestState} bytes`), options)
  }
  if (measure(params.nonce) > longestNonce) {
    throw new InvalidRequest(`nonce has at most ${longestNonce} bytes`)
  }
  // Each resource has to be an API of the app, which limits their number.
  if (Array.isArray(params.resource) && new Set(params.resource).size < params.resource.length) {
    throw new InvalidTarget('a request names each resource once')
  }
  const length = Object.values(params).reduce<number>((sum, value) => sum + measure(value), 0)
  if (length > longestRequest) {
    throw new InvalidRequest(`a request has at most ${longestRequest} bytes`)
  }
}

/** A repeated parameter is a list: only `resource` may be repeated (RFC 8707 section 2), and the library refuses others. */
function measure(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + measure(one), 0)
  return typeof value === 'string' ? Buffer.byteLength(value) : 0
}

/** Throws an error that `findRetryAfter` recognizes when an address sends too many requests. */
export function createRequestLimit(admit: Admit): (ctx: KoaContextWithOIDC) => void {
  return ({ oidc, req }) => {
    // Such a request never asks a person, so it is not stored.
    if (oidc.prompts.has('none')) return
    const refused = admit(req)
    if (refused !== undefined) throw createTooMany(refused)
  }
}

/**
 * For requests that apps send themselves and that are stored until a browser or a person comes. Call it before anything of the
 * request is stored; throws when it is too long or there are too many. Each request is counted once.
 */
export function createSentRequestCheck(
  admit: Admit,
  clock: Clock,
): (ctx: KoaContextWithOIDC) => void {
  const registered = createBuckets({ clock, limit: registeredPerMinute })
  const counted = new WeakSet<KoaContextWithOIDC>()
  const count = ({ req, oidc: { client } }: KoaContextWithOIDC) => {
    if (client?.clientAuthMethod === 'none') return admit(req)
    // Other apps that authenticate are the responsibility of an administrator.
    return client?.[registeredMember] === true ? registered.admit(client.clientId) : undefined
  }
  return (ctx) => {
    // While the app authenticates, the request itself is not read yet.
    if (ctx.oidc.params?.client_assertion === undefined) checkLength(ctx)
    if (counted.has(ctx)) return
    counted.add(ctx)
    const refused = count(ctx)
    if (refused === undefined) return
    ctx.set('retry-after', `${refused.retryAfter}`)
    throw createTooMany(refused)
  }
}

/** Limits the proofs with which an app authenticates, because each of them is stored. */
export function createProofCheck(
  clock: Clock,
): (
  ctx: KoaContextWithOIDC,
  client: { readonly id: string; readonly isRegistered: boolean },
) => void {
  const registered = createBuckets({ clock, limit: registeredProofsPerMinute })
  return (ctx, { id, isRegistered }) => {
    const refused = isRegistered ? registered.admit(id) : undefined
    if (refused === undefined) return
    ctx.set('retry-after', `${refused.retryAfter}`)
    throw createTooMany(refused)
  }
}

/**
 * Invalid signatures for one app in a minute from one address, and twice and four times as many from the networks around it: each
 * is tried with all keys of the app. A valid one is given back, so this is also the limit for concurrent ones.
 */
const wrongAssertionsPerMinute = 120
/** For all apps and networks together: with the most and slowest keys, less than a fifth of the time of a node. */
const wrongAssertionsPerMinuteInAll = 3000

export function createAssertionLimit(
  clock: Clock,
  config: Parameters<typeof createTieredTries>[1],
) {
  const limits = { limit: wrongAssertionsPerMinute, total: wrongAssertionsPerMinuteInAll }
  const take = createTieredTries(clock, config, limits)
  const taken = new WeakMap<KoaContextWithOIDC['req'], () => void>()
  return {
    admit(ctx: KoaContextWithOIDC): void {
      const found = take(ctx.req, ctx.oidc.client?.clientId)
      if (found.type === 'refused') {
        ctx.set('retry-after', `${found.retryAfter}`)
        throw createTooMany(found)
      }
      taken.set(ctx.req, found.giveBack)
    },
    takeBack({ req }: KoaContextWithOIDC): void {
      taken.get(req)?.()
      taken.delete(req)
    },
  }
}

function createTooMany(refused: { readonly retryAfter: number }): Error {
  const error = new TemporarilyUnavailable('too many requests')
  return Object.assign(error, { statusCode: 429, allow_redirect: false, ...refused })
}

/** Seconds. `undefined`: it is another error. */
export function findRetryAfter(error: unknown): number | undefined {
  if (!(error instanceof TemporarilyUnavailable) || !('retryAfter' in error)) return undefined
  return Number(error.retryAfter)
}
