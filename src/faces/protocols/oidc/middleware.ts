/** Small corrections to the library's answers and requests. */
import type { KoaContextWithOIDC } from 'oidc-provider'
import { emptyPagePolicy } from '../../../platform/http/headers.ts'
import type { ProtocolHost } from '../protocol.ts'
import { isSignedRequest } from './library.ts'
import { plainErrorsMember } from './members.ts'
import { pollInterval } from './poll-limit.ts'
import { isOwnPage, showPage } from './show-page.ts'

type Middleware = (ctx: KoaContextWithOIDC, next: () => Promise<void>) => Promise<void>

/**
 * Replaces all pages of the library: an unexpected page becomes an error page. Its redirects have a body too, for browsers that
 * do not follow them; it is removed. An empty answer has no content type.
 */
export function createOwnPagesOnly({ pages }: Pick<ProtocolHost, 'pages'>): Middleware {
  return async (ctx, next) => {
    await next()
    if (isOwnPage(ctx)) return
    if (ctx.status >= 300 && ctx.status < 400) {
      ctx.set('content-security-policy', emptyPagePolicy)
      ctx.body = ''
    } else if (ctx.type === 'text/html') {
      showPage(ctx, pages.renderError(ctx.req, { status: 400, code: 'invalid_request' }))
    }
    if (ctx.body === '') ctx.remove('content-type')
  }
}

/**
 * Takes `iss` (RFC 9207) out of an error for an app that asks for that. Such an app knows one issuer, so nobody can mix up two;
 * `state` still says which request the error answers.
 */
export const dropIssuerOfErrors: Middleware = async (ctx, next) => {
  await next()
  const location = ctx.response.get('location')
  if (location === '' || !hasPlainErrors(ctx)) return
  const url = URL.parse(location)
  if (url === null) return
  const fragment = new URLSearchParams(url.hash.slice(1))
  if (isError(url.searchParams)) url.searchParams.delete('iss')
  else if (isError(fragment)) {
    fragment.delete('iss')
    url.hash = `${fragment}`
  } else return
  ctx.set('location', url.href)
}

const isError = (answer: URLSearchParams) => answer.has('error') && !answer.has('code')

export const hasPlainErrors = ({ oidc }: KoaContextWithOIDC): boolean =>
  oidc?.client?.[plainErrorsMember] === true

/**
 * After the login, the interaction contains the whole request. If it does not exist, the library takes a `client_id` in the
 * address for the request itself, and then finds no parameters.
 */
export const dropQueryOfResume: Middleware = async (ctx, next) => {
  if (/^\/auth\/./i.test(ctx.path)) ctx.querystring = ''
  await next()
}

/** Of the library's device flow, only the address for devices is available. */
export async function hideDevicePages(
  ctx: KoaContextWithOIDC,
  next: () => Promise<void>,
): Promise<void> {
  const isAsking = ctx.path === '/device/auth' && ['POST', 'OPTIONS'].includes(ctx.method)
  if (isAsking || !/^\/device(\/|$)/i.test(ctx.path)) await next()
}

/** A request whose signature was right does not count among the wrong ones. */
export function noteSignedRequests(assertions: {
  takeBack(ctx: KoaContextWithOIDC): void
}): Middleware {
  return async (ctx, next) => {
    await next()
    if (isSignedRequest(ctx)) assertions.takeBack(ctx)
  }
}

const waitingRoutes = ['device_authorization', 'backchannel_authentication']

/** Tells an app how often it may ask whether its request was answered. The library relies on the specified default. */
export async function nameInterval(
  ctx: KoaContextWithOIDC,
  next: () => Promise<void>,
): Promise<void> {
  await next()
  const isBegun = waitingRoutes.includes(ctx.oidc?.route) && ctx.status === 200
  if (!isBegun) return
  ctx.body = { ...Object(ctx.body), interval: pollInterval }
}

/** The library promises that it checks a user code of CIBA. Users have none: they carry the code of the answer instead. */
export async function promiseNoUserCodes(
  ctx: KoaContextWithOIDC,
  next: () => Promise<void>,
): Promise<void> {
  await next()
  if (ctx.oidc?.route !== 'discovery') return
  ctx.body = { ...Object(ctx.body), backchannel_user_code_parameter_supported: false }
}
