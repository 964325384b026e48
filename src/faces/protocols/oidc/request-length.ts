/**
 * What an authorization request may cost before anybody has logged in, because one that has to ask writes down all it was
 * asked with; and how many rows an app can make by itself. Owns how long a request may be, and how the library says that there
 * are too many.
 */
import type { KoaContextWithOIDC } from 'oidc-provider'
import { createBuckets } from '../../../identity/limits/buckets.ts'
import type { Clock } from '../../../platform/kernel/clock.ts'
import { type Admit, createTryLimit } from '../request-rate-limit.ts'
import { InvalidRequest, InvalidTarget, TemporarilyUnavailable } from './library.ts'
import { registeredMember } from './members.ts'

/**
 * Bytes. Most apps send a `state` of 20 to 200. That of ASP.NET Core holds the whole address to return to and the PKCE
 * verifier, and that of a broker (IdentityServer, Keycloak) the request that it was sent itself: up to about 3,000.
 */
const longestState = 4096
const longestNonce = 1024
/** Of all parameters that are kept, with an `id_token_hint` in them. */
const longestRequest = 8192

/** Requests that an app which registered itself pushes in a minute. */
const registeredPerMinute = 120

/** Client assertions and DPoP proofs of such an app in a minute, at all endpoints together: each is kept until it has expired. */
const registeredProofsPerMinute = 300

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
  // Each has to be an API of the app, so there are no more of them than it has.
  if (Array.isArray(params.resource) && new Set(params.resource).size < params.resource.length) {
    throw new InvalidTarget('a request names each resource once')
  }
  const length = Object.values(params).reduce<number>((sum, value) => sum + measure(value), 0)
  if (length > longestRequest) {
    throw new InvalidRequest(`a request has at most ${longestRequest} bytes`)
  }
}

/** A parameter that comes several times is a list: only `resource` may (RFC 8707 section 2), and the library refuses others. */
function measure(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + measure(one), 0)
  return typeof value === 'string' ? Buffer.byteLength(value) : 0
}

/** Throws what `findRetryAfter` knows when there are too many requests from an address. */
export function createRequestLimit(admit: Admit): (ctx: KoaContextWithOIDC) => void {
  return ({ oidc, req }) => {
    // Such a request never asks, so nothing of it is kept.
    if (oidc.prompts.has('none')) return
    const refused = admit(req)
    if (refused !== undefined) throw createTooMany(refused)
  }
}

/**
 * For requests that apps send themselves, and that are kept until a browser or a person comes. To be called before anything
 * of one is stored; throws when it is too long, or when there are too many. Each request counts once.
 */
export function createSentRequestCheck(
  admit: Admit,
  clock: Clock,
): (ctx: KoaContextWithOIDC) => void {
  const registered = createBuckets({ clock, limit: registeredPerMinute })
  const counted = new WeakSet<KoaContextWithOIDC>()
  const count = ({ req, oidc: { client } }: KoaContextWithOIDC) => {
    if (client?.clientAuthMethod === 'none') return admit(req)
    // Others that prove who they are answer to an administrator for what they ask.
    return client?.[registeredMember] === true ? registered.admit(client.clientId) : undefined
  }
  return (ctx) => {
    // While the app proves who it is, the request itself is not read yet.
    if (ctx.oidc.params?.client_assertion === undefined) checkLength(ctx)
    if (counted.has(ctx)) return
    counted.add(ctx)
    const refused = count(ctx)
    if (refused === undefined) return
    ctx.set('retry-after', `${refused.retryAfter}`)
    throw createTooMany(refused)
  }
}

/** For what an app proves who it is with, as each such proof is stored. */
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
 * Wrong signatures of what claims to be an app, in a minute from one address: each is tried with all keys of the app. One
 * that was right is taken back, so this is also how many are looked at at once.
 */
const wrongAssertionsPerMinute = 120

export function createAssertionLimit(clock: Clock, config: Parameters<typeof createTryLimit>[1]) {
  const tries = createTryLimit(clock, config, wrongAssertionsPerMinute)
  return {
    admit(ctx: KoaContextWithOIDC): void {
      const refused = tries.admit(ctx.req, ctx.oidc.client?.clientId)
      if (refused === undefined) return
      ctx.set('retry-after', `${refused.retryAfter}`)
      throw createTooMany(refused)
    },
    takeBack: ({ req, oidc }: KoaContextWithOIDC): void =>
      tries.takeBack(req, oidc.client?.clientId),
  }
}

function createTooMany(refused: { readonly retryAfter: number }): Error {
  const error = new TemporarilyUnavailable('too many requests')
  return Object.assign(error, { statusCode: 429, allow_redirect: false, ...refused })
}

/** Seconds. `undefined`: the error is another one. */
export function findRetryAfter(error: unknown): number | undefined {
  if (!(error instanceof TemporarilyUnavailable) || !('retryAfter' in error)) return undefined
  return Number(error.retryAfter)
}
