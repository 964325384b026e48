/** The addresses of OpenID Connect. Owns no answer: below them the library answers by itself. */
import { declareRaw, type FaceRoute, type NodePair } from '../frame/route.ts'
import type { Oidc } from './oidc/oidc.ts'
import { sendPage } from './oidc/pages.ts'
import { isUnavailable, type UnavailableOptions, unavailableResponse } from './oidc/unavailable.ts'

export interface OidcFace {
  readonly callback: (pair: NodePair) => Promise<void>
  readonly interaction: (pair: NodePair) => Promise<void>
}

/** The library is made when the first request comes, and cannot be made while the database is away. */
export function createOidcFace(getOidc: () => Promise<Oidc>, pages: UnavailableOptions): OidcFace {
  async function answer({ incoming, outgoing }: NodePair, how: 'callback' | 'interaction') {
    let oidc: Oidc
    try {
      oidc = await getOidc()
    } catch (error) {
      if (!isUnavailable(error)) throw error
      return await sendPage(outgoing, await unavailableResponse(incoming, pages))
    }
    await oidc[how](incoming, outgoing)
  }
  return {
    callback: (pair) => answer(pair, 'callback'),
    interaction: (pair) => answer(pair, 'interaction'),
  }
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
