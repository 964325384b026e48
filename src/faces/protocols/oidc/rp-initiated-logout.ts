/**
 * Logout at the request of an app (OpenID Connect RP-Initiated Logout 1.0). A logout from an app is a logout from Einlass: the
 * login ends, and with it everything that came from it. Owns the order of these steps, and whether the person is asked first.
 */
import type { KoaContextWithOIDC } from 'oidc-provider'
import { afterLogout } from '../../../platform/http/headers.ts'
import type { NextApp } from '../../frame/ended-session.ts'
import { mayBeOfRegistered } from './held-redirects.ts'
import { describePlace } from './places.ts'
import { isLoginSession } from './record-ids.ts'

export interface LogoutOptions {
  /**
   * Ends the Einlass session and notifies the apps that took part. Returns `Set-Cookie` values, and where the browser has to go
   * first for apps that only it can log out; from there it continues to `next`.
   */
  endLogin(
    loginSession: string,
    userId: string,
    next: NextApp | undefined,
  ): Promise<{ readonly cookies: readonly string[]; readonly location: string | undefined }>
  /** A `Set-Cookie` value that removes Einlass's own cookie. */
  readonly endedCookie: string
  /** Shows the page that asks the person. */
  askToLogOut(ctx: KoaContextWithOIDC): Promise<void>
  /** Shows a page that leads back to the app that began the logout. */
  leadBack(ctx: KoaContextWithOIDC, next: NextApp): void
  /** The `sid` of an app in a login. */
  computeSid(loginSession: string, clientId: string): string
}

/** For `features.rpInitiatedLogout.logoutSource`: called when a person is logged in. */
export function createLogoutSource(options: LogoutOptions) {
  return async (ctx: KoaContextWithOIDC): Promise<void> => {
    const { session } = ctx.oidc
    if (!session || !isFromThisLogin(options, ctx)) {
      if (isByScript(ctx)) return refuseToAsk(ctx)
      return options.askToLogOut(ctx)
    }
    const target = findTarget(ctx)
    const { location } = await finishLogout(options, ctx, target)
    await session.destroy()
    const cookie = { path: '/', httpOnly: true, sameSite: 'lax', signed: true } as const
    ctx.cookies.set(ctx.oidc.provider.cookieName('session'), null, cookie)
    answerLogout(ctx, location ?? target)
  }
}

/** Whether a script of the app calls, as some libraries do, and not a browser that could show a page. */
function isByScript(ctx: KoaContextWithOIDC): boolean {
  const isFetch = ctx.get('Origin') !== '' && ctx.get('Sec-Fetch-Mode') !== 'navigate'
  return isFetch || ctx.accepts('html', 'json') === 'json'
}

function refuseToAsk(ctx: KoaContextWithOIDC): void {
  ctx.status = 400
  const description = 'the person has to be asked, so lead the browser here'
  ctx.body = { error: 'interaction_required', error_description: description }
}

/**
 * An ID token works as a hint as long as its key exists, and meanwhile others may have got it. An ID token from another login
 * of the same person proves nothing about this one (RP-Initiated Logout 1.0 section 2).
 */
function isFromThisLogin({ computeSid }: LogoutOptions, { oidc }: KoaContextWithOIDC): boolean {
  const { session, client, entities } = oidc
  if (!client || !isLoginSession(session?.uid)) return false
  return entities.IdTokenHint?.payload.sid === computeSid(session.uid, client.clientId)
}

/** Runs around the library: does what the library leaves to us when it ends a session. */
export function createLogoutMiddleware(options: LogoutOptions) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next()
    const route = ctx.oidc?.route
    if (route === 'end_session_confirm' && ctx.status === 303 && ctx.oidc.params?.logout) {
      const { location, next: app } = await finishLogout(options, ctx, ctx.response.get('location'))
      if (location !== undefined) ctx.redirect(location)
      // The policy of the page with the form applies to redirects too, and the app may redirect to other origins.
      else if (app !== undefined) return options.leadBack(ctx, app)
      ctx.status = 303
    }
    // Nobody is logged in: the library would show a form that a script submits.
    if (route === 'end_session' && ctx.status === 200 && !ctx.oidc.session?.accountId) {
      answerLogout(ctx, findTarget(ctx))
    }
  }
}

/** Says where the browser has to go before `target`, and which app waits there. */
async function finishLogout(
  options: LogoutOptions,
  ctx: KoaContextWithOIDC,
  target: string,
): Promise<{ readonly location: string | undefined; readonly next: NextApp | undefined }> {
  const { session, client } = ctx.oidc
  const isAppWaiting = client !== undefined && target !== ctx.oidc.urlFor('end_session_success')
  const appName = client?.clientName ?? client?.clientId ?? ''
  const place = mayBeOfRegistered(ctx) ? describePlace(target) : undefined
  const next = isAppWaiting ? { appName, url: target, ...(place && { place }) } : undefined
  const { cookies, location } =
    session?.accountId && isLoginSession(session.uid)
      ? await options.endLogin(session.uid, session.accountId, next)
      : { cookies: [options.endedCookie], location: undefined }
  for (const cookie of cookies) ctx.append('Set-Cookie', cookie)
  ctx.set(...afterLogout)
  return { location, next }
}

function readRedirectUri(ctx: KoaContextWithOIDC): string | undefined {
  const uri = ctx.oidc.params?.post_logout_redirect_uri
  return typeof uri === 'string' ? uri : undefined
}

/** A script cannot follow the redirect to another origin, and a page is of no use to it. */
function answerLogout(ctx: KoaContextWithOIDC, location: string): void {
  if (isByScript(ctx)) {
    ctx.body = null
    ctx.status = 204
  } else {
    ctx.redirect(location)
    ctx.status = 303
  }
}

function findTarget(ctx: KoaContextWithOIDC): string {
  const target = new URL(readRedirectUri(ctx) ?? ctx.oidc.urlFor('end_session_success'))
  const state = ctx.oidc.params?.state
  if (readRedirectUri(ctx) !== undefined && typeof state === 'string') {
    target.searchParams.set('state', state)
  }
  return target.href
}
