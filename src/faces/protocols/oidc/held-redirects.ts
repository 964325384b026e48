/**
 * A link to us must not lead on to the address of an app that registered itself, as people trust a link by our name (RFC 9700
 * section 4.11.2): with an error before anybody has logged in, or with a logout, a page shows where it would lead.
 */
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { ProtocolPages } from '../pages.ts'
import { registeredMember } from './members.ts'
import { describePlace } from './places.ts'
import { showPage } from './show-page.ts'

/** Runs around the library. */
export function createHeldRedirects(pages: LeavingPages) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next()
    if (!isRedirect(ctx) || !mayBeOfRegistered(ctx)) return
    const url = ctx.response.get('location')
    if (leadsOn(ctx, url)) showLeaving(ctx, pages, url)
  }
}

type LeavingPages = Pick<ProtocolPages, 'renderLeaving'>

/** In place of an answer that would take the browser to `url`. */
export function showLeaving(ctx: KoaContextWithOIDC, pages: LeavingPages, url: string): void {
  const { client } = ctx.oidc
  const appName = client?.clientName ?? client?.clientId ?? ''
  const isLoggedOut = endsLogin(ctx)
  showPage(ctx, pages.renderLeaving(ctx.req, { appName, url, isLoggedOut, ...describePlace(url) }))
}

/** Whether an error must not take the browser to the app: nobody has logged in, or said no, on the way here. */
export function mustHold(ctx: KoaContextWithOIDC): boolean {
  return isOfRegistered(ctx) && ctx.oidc.route === 'authorization' && !isFramed(ctx)
}

const isOfRegistered = ({ oidc }: KoaContextWithOIDC) => oidc?.client?.[registeredMember] === true

/** One that has removed its registration while its user was asked whether to log out is not known any more. */
export function mayBeOfRegistered(ctx: KoaContextWithOIDC): boolean {
  return isOfRegistered(ctx) || (isLogout(ctx) && ctx.oidc.client === undefined)
}

const isLogout = ({ oidc }: KoaContextWithOIDC) =>
  oidc?.route === 'end_session' || oidc?.route === 'end_session_confirm'

/** Whether nobody is logged in any more. */
const endsLogin = (ctx: KoaContextWithOIDC) =>
  isLogout(ctx) && (ctx.oidc.route === 'end_session' || ctx.oidc.params?.logout !== undefined)

const isRedirect = ({ status }: KoaContextWithOIDC) => status >= 300 && status < 400

/** In a frame nobody takes the address of the app for ours: an app looks there whether its user is still logged in. */
const isFramed = (ctx: KoaContextWithOIDC) => ctx.get('sec-fetch-dest') === 'iframe'

function leadsOn(ctx: KoaContextWithOIDC, location: string): boolean {
  const { provider } = ctx.oidc
  const url = new URL(location, provider.issuer)
  if (url.origin === new URL(provider.issuer).origin) return false
  // After a logout people expect our login: also who was asked, or never entered the app, and where the app has an ID token.
  if (isLogout(ctx)) return true
  return mustHold(ctx) && !hasCode(url)
}

/** The address of the app may have a `code` of its own, so an error counts more. */
function hasCode({ searchParams, hash }: URL): boolean {
  const fragment = new URLSearchParams(hash.slice(1))
  const has = (name: string) => searchParams.has(name) || fragment.has(name)
  return has('code') && !has('error')
}
