/**
 * Requests that an app signs with its own key (RFC 9101): in the parameter `request`, in a pushed request, and in a request at
 * a phone. Owns what such a request object must contain beside a valid signature, which the library verifies. Every app that
 * has keys may sign. Objects by reference are never fetched: a `request_uri` is one that a pushed request got.
 */
import { findWrongRequest } from './fapi2-rules.ts'
import {
  type Client,
  InvalidRequestObject,
  type KoaContextWithOIDC,
  RequestNotSupported,
} from './library.ts'
import { longestRequest } from './request-length.ts'

/** The claims and the header of a request object, before its signature is verified. */
export interface RequestObject {
  readonly claims: Readonly<Record<string, unknown>>
  readonly header: Readonly<Record<string, unknown>>
}

export interface RequestObjectOptions {
  /** Throws when too many signatures were wrong. */
  admit(ctx: KoaContextWithOIDC): void
}

/** Bytes. A request object has all that a request may have, in base64, with a signature of an RSA key of 4096 bits. */
const longestObject = Math.ceil((longestRequest * 4) / 3) + 2048

/** Seconds. */
const longestLife = 3600
const tolerance = 15

/** RFC 9101 section 4, and what libraries write that know no type for it. */
const types: readonly unknown[] = [undefined, 'JWT', 'jwt', 'oauth-authz-req+jwt']

/** Required in a request at a phone (OpenID Connect CIBA Core 1.0 section 7.1.1). */
const backchannelClaims = ['iat', 'nbf', 'jti'] as const

export interface RequestObjectChecks {
  /** For the library, which has checked `iss`, `aud`, `client_id`, `exp` and `nbf` where they are there. */
  check(
    ctx: KoaContextWithOIDC,
    claims: RequestObject['claims'],
    header: RequestObject['header'],
    client: Client,
  ): Promise<void>
  /** Throws when a signed request at a phone was sent before: each would let the phone ring once more. */
  checkOnce(ctx: KoaContextWithOIDC): Promise<void>
}

export function createRequestObjectChecks({ admit }: RequestObjectOptions): RequestObjectChecks {
  const checked = new WeakMap<KoaContextWithOIDC, RequestObject['claims']>()
  return {
    async check(ctx, claims, header, client) {
      // A pushed request was checked when it was pushed, and is then stored without a signature.
      if ('PushedAuthorizationRequest' in ctx.oidc.entities) return
      if (client.jwks === undefined && client.jwksUri === undefined) throw new RequestNotSupported()
      const wrong = findWrong({ claims, header }, { client, ctx })
      if (wrong !== undefined) throw new InvalidRequestObject(wrong)
      admit(ctx)
      checked.set(ctx, claims)
    },

    async checkOnce(ctx) {
      const { jti, exp } = checked.get(ctx) ?? {}
      if (jti === undefined) return
      const { provider, client } = ctx.oidc
      // Another name than that of the assertions of the app, which have ids of their own.
      const owner = `request ${client?.clientId}`
      const until = Number(exp) + tolerance
      if (await provider.ReplayDetection.unique(owner, String(jti), until)) return
      throw new InvalidRequestObject('a request object at a phone is valid once')
    },
  }
}

interface Sender {
  readonly client: Client
  readonly ctx: KoaContextWithOIDC
}

function findWrong(object: RequestObject, sender: Sender): string | undefined {
  const { client, ctx } = sender
  const { claims, header } = object
  const { request } = ctx.oidc.params ?? {}
  if (Buffer.byteLength(String(request)) > longestObject) {
    return `a request object has at most ${longestObject} bytes`
  }
  if (!types.includes(header.typ)) return 'the typ of a request object is oauth-authz-req+jwt'
  // Otherwise an assertion with which the app authenticates would be a request as well (RFC 9101 section 10.8).
  if (claims.sub === client.clientId) return 'a request object has no sub that is its client_id'
  return (
    findWrongTime(claims) ?? findWrongRequest(client, object) ?? findWrongAtPhone(object, sender)
  )
}

function findWrongTime({ exp, nbf }: RequestObject['claims']): string | undefined {
  const now = Date.now() / 1000
  if (typeof exp !== 'number') return 'a request object has an exp'
  if (exp > now + longestLife + tolerance) return 'a request object ends within an hour'
  const isOld = typeof nbf === 'number' && nbf < now - longestLife - tolerance
  return isOld ? 'the nbf of a request object is at most an hour ago' : undefined
}

/** The library compares the algorithm of an app only for requests by a browser. */
function findWrongAtPhone(
  { claims, header }: RequestObject,
  { client, ctx }: Sender,
): string | undefined {
  if (ctx.oidc.route !== 'backchannel_authentication') return undefined
  const missing = backchannelClaims.find((name) => claims[name] === undefined)
  if (missing !== undefined) return `a request object at a phone has a ${missing}`
  const { requestObjectSigningAlg: only } = client
  return only !== undefined && header.alg !== only ? `the algorithm is ${only}` : undefined
}
