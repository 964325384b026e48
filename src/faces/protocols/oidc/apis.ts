/**
 * Access tokens for APIs (RFC 8707, RFC 9068): which APIs an app may name, what a token for an API contains, and which app may
 * introspect a token (RFC 7662). Tokens without an API are opaque and are valid at the userinfo endpoint.
 */
import type { ResourceServer } from 'oidc-provider'
import { introspectsProperty, jwtProperty, resourcesProperty } from './client-options.ts'
import { type Client, InvalidTarget, type KoaContextWithOIDC } from './library.ts'
import type { MayUseToken } from './refresh.ts'

/** The APIs of an app by their URIs, each with its scopes, separated by commas. */
export function readApis(client: Client): ReadonlyMap<string, string> {
  const apis = client[resourcesProperty]
  return new Map(Object.entries(Object(apis)))
}

/** For `features.resourceIndicators` of the library. */
export function createApiFeature() {
  return {
    enabled: true,
    defaultResource(_ctx: KoaContextWithOIDC, client: Client, oneOf?: readonly string[]) {
      const [first] = oneOf ?? readApis(client).keys()
      if (oneOf !== undefined) return first ?? []
      const isService = !client.responseTypeAllowed('code')
      return client[jwtProperty] === true || isService ? (first ?? []) : []
    },
    getResourceServerInfo(_ctx: KoaContextWithOIDC, uri: string, client: Client) {
      const scopes = readApis(client).get(uri)
      if (scopes === undefined) throw new InvalidTarget('the app has no such API')
      return {
        scope: scopes.replaceAll(',', ' '),
        audience: uri,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: client.idTokenSignedResponseAlg } },
      } as ResourceServer
    },
    useGrantedResource: (_ctx: KoaContextWithOIDC) => true,
  }
}

interface ShownToken {
  readonly clientId?: string | undefined
  readonly sessionUid?: string | undefined
}

/** For `features.introspection`: an app may introspect its own tokens, an API all tokens. */
export function createMayIntrospect(mayUse: MayUseToken) {
  return async (_ctx: KoaContextWithOIDC, client: Client, token: ShownToken): Promise<boolean> => {
    const mayAsk = token.clientId === client.clientId || client[introspectsProperty] === true
    return mayAsk && (await mayUse(token))
  }
}
