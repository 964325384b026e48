/**
 * Prevents redirects from a link to us to an app that registered itself, because people trust a link with our name (RFC 9700
 * section 4.11.2). After an error before the login, a login that was cancelled, or a logout, a page shows where the link would
 * lead.
 */
import { decodeJwt } from 'jose'
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

/** Shows a page instead of a redirect to `url`. */
export function showLeaving(ctx: KoaContextWithOIDC, pages: LeavingPages, url: string): void {
  const { client } = ctx.oidc
  const appName = client?.clientName ?? client?.clientId ?? ''
  const isLoggedOut = endsLogin(ctx)
  showPage(ctx, pages.renderLeaving(ctx.req, { appName, url, isLoggedOut, ...describePlace(url) }))
}

/** In the result of an interaction that a person declined: their page has shown where the answer leads. */
export const placeShownMember = 'isPlaceShown'

/** Whether an error must not redirect the browser to the app: nobody has logged in, or declined knowing where that leads. */
export function mustHold(ctx: KoaContextWithOIDC): boolean {
  if (!isOfRegistered(ctx) || isFramed(ctx)) return false
  return ctx.oidc.route === 'authorization' || isCancelled(ctx)
}

function isCancelled({ oidc }: KoaContextWithOIDC): boolean {
  if (oidc.route !== 'resume') return false
  const { error, [placeShownMember]: isPlaceShown } = Object(oidc.entities.Interaction?.result)
  return error !== undefined && isPlaceShown !== true
}

const isOfRegistered = ({ oidc }: KoaContextWithOIDC) => oidc?.client?.[registeredMember] === true

/** Includes an unknown app: it may have removed its registration while its user was asked whether to log out. */
export function mayBeOfRegistered(ctx: KoaContextWithOIDC): boolean {
  return isOfRegistered(ctx) || (isLogout(ctx) && ctx.oidc.client === undefined)
}

const isLogout = ({ oidc }: KoaContextWithOIDC) =>
  oidc?.route === 'end_session' || oidc?.route === 'end_session_confirm'

/** Whether the logout is done. */
const endsLogin = (ctx: KoaContextWithOIDC) =>
  isLogout(ctx) && (ctx.oidc.route === 'end_session' || ctx.oidc.params?.logout !== undefined)

const isRedirect = ({ status }: KoaContextWithOIDC) => status >= 300 && status < 400

/** In a frame, nobody mistakes the address of the app for ours: an app checks in a frame whether its user is still logged in. */
const isFramed = (ctx: KoaContextWithOIDC) => ctx.get('sec-fetch-dest') === 'iframe'

function leadsOn(ctx: KoaContextWithOIDC, location: string): boolean {
  const { provider } = ctx.oidc
  const url = new URL(location, provider.issuer)
  if (url.origin === new URL(provider.issuer).origin) return false
  // After a logout people expect our login. Also if they were asked, never entered the app, or the app has an ID token.
  if (isLogout(ctx)) return true
  return mustHold(ctx) && !hasCode(url)
}

/** The app's own address may contain a `code` or a `response`, so an `error` has priority. */
function hasCode({ searchParams, hash }: URL): boolean {
  const fragment = new URLSearchParams(hash.slice(1))
  const response = {
    ...readResponse(searchParams.get('response')),
    ...readResponse(fragment.get('response')),
  }
  const has = (name: string) => searchParams.has(name) || fragment.has(name) || name in response
  return has('code') && !has('error')
}

/** The members of a signed answer. */
function readResponse(response: string | null): object {
  try {
    return response === null ? {} : decodeJwt(response)
  } catch {
    return {}
  }
}
