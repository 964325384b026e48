/** The addresses of OpenID Connect. Owns no answer: below them the library answers by itself. */
import { declareRaw, type FaceRoute, type NodePair } from '../frame/route.ts'

export interface OidcFace {
  readonly callback: (pair: NodePair) => Promise<void>
  readonly interaction: (pair: NodePair) => Promise<void>
}

const { any } = declareRaw<OidcFace>()

export const oidcRoutes: readonly FaceRoute<OidcFace>[] = [
  any('/oidc/*', 'OpenID Connect, for apps and on the way to them', (oidc, pair) =>
    oidc.callback(pair),
  ),
  any('/sso/oidc/*', 'from the login back to an app of OpenID Connect', (oidc, pair) =>
    oidc.interaction(pair),
  ),
]
