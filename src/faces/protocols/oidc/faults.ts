/**
 * What people and the log get when the library refuses a request or fails. Owns that every answer without a page gets one, and
 * that invented names or addresses cannot fill the log.
 */
import type { IncomingMessage } from 'node:http'
import type { Client, KoaContextWithOIDC } from 'oidc-provider'
import { isUnavailable } from '../../../platform/kernel/fault.ts'
import { createFoldedLog } from '../../../platform/kernel/folded-log.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import { isBrokenOff } from '../connection.ts'
import type { ProtocolHost } from '../protocol.ts'
import { profileMember } from './fapi2.ts'
import type { Provider } from './library.ts'
import { adviseRefused, findCause, type RefusedApp } from './refusal-causes.ts'
import type { oidcRefusals } from './refusals.ts'
import { findRetryAfter } from './request-length.ts'
import { showPage } from './show-page.ts'
import { createUnavailableReply } from './unavailable.ts'

type Faults = Pick<ProtocolHost, 'publicUrl' | 'pages'>
type Middleware = (ctx: KoaContextWithOIDC, next: () => Promise<void>) => Promise<void>

/** For the library's configuration. */
export function createErrorRenderer({ pages }: Faults) {
  return async (ctx: KoaContextWithOIDC, { error: code }: { error: string }, thrown: unknown) => {
    const retryAfter = findRetryAfter(thrown)
    const page =
      retryAfter === undefined
        ? pages.renderError(ctx.req, { status: ctx.status, code, isLogout: isLogout(ctx) })
        : pages.renderTooMany(ctx.req, retryAfter)
    showPage(ctx, page)
  }
}

const isLogout = ({ oidc }: KoaContextWithOIDC): boolean =>
  oidc?.route?.startsWith('end_session') === true

/** Renders pages for requests that the library does not answer. */
export function createNotFound({ pages }: Faults): Middleware {
  return async (ctx, next) => {
    await next()
    if (ctx.status !== 404 || ctx.body) return
    showPage(ctx, pages.renderError(ctx.req, { status: 404, code: 'not_found' }))
  }
}

/** Corrects answers to outages: the library reports every unknown error as its own (500, or `server_error` to the app). */
export function createUnavailable(provider: Provider, faults: Faults): Middleware {
  const unavailable = new WeakSet<IncomingMessage>()
  provider.on('server_error', (ctx, error) => {
    if (isUnavailable(error)) unavailable.add(ctx.req)
  })
  return async (ctx, next) => {
    await next()
    if (!unavailable.has(ctx.req)) return
    showPage(ctx, createUnavailableReply(ctx.req, faults))
  }
}

/** Refusals that an app often gets during its setup: they are also logged. */
const loggedRefusals = [
  'authorization.error',
  'backchannel_authentication.error',
  'device_authorization.error',
  'end_session.error',
  'grant.error',
  'introspection.error',
  'pushed_authorization_request.error',
  'revocation.error',
] as const
/** An expired access token is normal. */
const otherRefusals = ['userinfo.error'] as const

export function logEvents(
  provider: Provider,
  log: Log,
  noteRefusal: ProtocolHost['noteRefusal'],
): void {
  const note = (ctx: KoaContextWithOIDC, error: Error) => {
    const reason = findReason(error) ?? ('error' in error ? String(error.error) : error.message)
    const appId = ctx.oidc?.client?.clientId
    noteRefusal({ protocol: 'oidc', reason, appId, request: ctx.req })
  }
  const logRefusal = createFoldedLog((entry, text) => log.info(entry, text))
  const logOutage = createFoldedLog((entry, text) => log.error(entry, text))
  const refused = (ctx: KoaContextWithOIDC, error: Error) => {
    // An app that waits for its user's answer gets this every few seconds.
    if ('error' in error && error.error === 'authorization_pending') return
    const entry = describeRefusal(ctx, error)
    // Anybody can cause thousands of them.
    logRefusal(`${entry.reason} ${entry.appId ?? ''}`, entry, 'An OIDC request was refused.')
  }
  for (const name of loggedRefusals) provider.on(name as 'grant.error', refused)
  for (const name of [...loggedRefusals, ...otherRefusals]) {
    provider.on(name as 'grant.error', note)
  }
  const failed = (error: Error, ctx?: Pick<KoaContextWithOIDC, 'path' | 'req'>) => {
    const entry = { error, method: ctx?.req.method, path: ctx?.path }
    if (ctx !== undefined && isBrokenOff(ctx.req, error)) log.debug(entry, 'A client broke off.')
    else if (isUnavailable(error))
      logOutage(error.message, entry, 'An OIDC request could not be answered.')
    else log.error(entry, 'An OIDC request failed.')
  }
  provider.on('server_error', (ctx, error) => failed(error, ctx))
  // The framework below the library passes the context too.
  provider.onerror = failed
}

/** A refusal with a cause of its own, for the audit log: its error code has several causes. */
interface NamedRefusal {
  readonly refusal: keyof typeof oidcRefusals
}

const findReason = (error: Error & Partial<NamedRefusal>): string | undefined =>
  error.refusal ?? findCause(error)

interface OidcError {
  readonly error_description: string
  readonly error_detail: string
}

/** Details that help to set an app up. Names and addresses are as requested, so anybody can write them. */
function describeRefusal(ctx: KoaContextWithOIDC, error: Error): Record<string, unknown> {
  const { error_description: description, error_detail: detail } = error as Partial<OidcError>
  const asked = ctx.oidc.params ?? ctx.query
  const app = ctx.oidc.client && describeClientRefused(ctx.oidc.client)
  return {
    reason: error.message,
    advice: app && adviseRefused(findReason(error) ?? '', app),
    description: cut(description),
    detail: cut(detail),
    appId: ctx.oidc.client?.clientId,
    clientId: cut(asked.client_id),
    redirectUri: cut(asked.redirect_uri),
  }
}

function describeClientRefused(client: Client): RefusedApp {
  const { clientId: id, tokenEndpointAuthMethod: method, applicationType } = client
  return {
    id,
    isPublic: method === 'none',
    isNative: applicationType === 'native',
    hasProfile: client[profileMember] !== undefined,
    hasOwnProof: method === 'private_key_jwt' || method === 'tls_client_auth',
  }
}

function cut(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, 200) : undefined
}
