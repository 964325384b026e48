/**
 * A link to us must not lead on to the address of an app that registered itself, as people trust a link by our name (RFC 9700
 * section 4.11.2): with an error before anybody has logged in, or with a logout of nobody, a page shows where it would lead.
 */
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { ProtocolHost } from '../protocol.ts'
import { registeredMember } from './members.ts'
import { describePlace } from './registration-metadata.ts'
import { showPage } from './show-page.ts'

/** Runs around the library. */
export function createHeldRedirects({ pages }: Pick<ProtocolHost, 'pages'>) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next()
    const client = ctx.oidc?.client
    if (client?.[registeredMember] !== true || !isRedirect(ctx)) return
    const url = ctx.response.get('location')
    if (!leadsOn(ctx, url)) return
    const shown = { appName: client.clientName ?? client.clientId, url, ...describePlace(url) }
    showPage(ctx, pages.renderLeaving(ctx.req, shown))
  }
}

const isRedirect = ({ status }: KoaContextWithOIDC) => status >= 300 && status < 400

/** In a frame nobody takes the address of the app for ours: an app looks there whether its user is still logged in. */
const isFramed = (ctx: KoaContextWithOIDC) => ctx.get('sec-fetch-dest') === 'iframe'

function leadsOn(ctx: KoaContextWithOIDC, location: string): boolean {
  const { route, params, entities } = ctx.oidc
  if (route === 'end_session') {
    const isAsked = entities.IdTokenHint !== undefined
    return !isAsked && beginsWith(location, params?.post_logout_redirect_uri)
  }
  if (route !== 'authorization' || isFramed(ctx)) return false
  return beginsWith(location, params?.redirect_uri) && hasError(location)
}

const beginsWith = (location: string, address: unknown) =>
  typeof address === 'string' && location.startsWith(address)

function hasError(location: string): boolean {
  const { searchParams, hash } = new URL(location)
  return searchParams.has('error') || new URLSearchParams(hash.slice(1)).has('error')
}
