/**
 * OpenID Connect for apps, by oidc-provider under `/oidc`. Owns the mounting, the binding of everything to Einlass
 * sessions, and the news to apps when a login ends. Whether a person may enter is the gate's decision.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Account, KoaContextWithOIDC } from 'oidc-provider'
import { Provider } from 'oidc-provider/lib/provider.js'
import type { Apps } from '../../../identity/apps/apps.ts'
import type { Audit } from '../../../identity/audit/audit.ts'
import { sessionEvents } from '../../../identity/sessions/events.ts'
import type { LiveSession } from '../../../identity/sessions/session.ts'
import type { Sessions } from '../../../identity/sessions/sessions.ts'
import type { User } from '../../../identity/users/user.ts'
import type { Gate } from '../../../login/decision/gate.ts'
import { emptyPagePolicy } from '../../../platform/http/headers.ts'
import type { Clock } from '../../../platform/kernel/clock.ts'
import { hmac } from '../../../platform/kernel/crypto.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Keyring } from '../../../platform/kernel/keyring.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import { transact } from '../../../platform/storage/transact.ts'
import { type AdmissionOptions, createAdmit, retryAfterOf } from './admission.ts'
import { clientMetadata, createConfiguration, type OidcLifetimes } from './configuration.ts'
import { isBrokenOff } from './connection.ts'
import { createEntry } from './entry.ts'
import { oidcEvents } from './events.ts'
import { answerByForm, type FormPostOptions } from './form-post.ts'
import { createInteraction, type NodeHandler } from './interaction.ts'
import { createLogoutMiddleware, createLogoutSource, type LogoutOptions } from './logout.ts'
import { guard, mount } from './mount.ts'
import {
  type OidcPages,
  type OverInteraction,
  putInto,
  sendPage,
  showPage,
  toRequest,
} from './pages.ts'
import { createRecords, type Participant, type RecordsOptions } from './records.ts'
import { loadSigningKeys } from './signing-keys.ts'
import { isUnavailable, type UnavailableOptions, unavailableResponse } from './unavailable.ts'

export interface OidcOptions
  extends OidcPages,
    UnavailableOptions,
    FormPostOptions,
    AdmissionOptions {
  /** The origin that browsers see, without a path. */
  readonly publicUrl: string
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  readonly keyring: Keyring
  readonly apps: Apps
  readonly gate: Gate
  readonly sessions: Pick<Sessions, 'findById' | 'end' | 'announceEnd'>
  readonly audit: Audit
  readonly users: { find(queries: Queries, id: Id<'user'>): Promise<User | undefined> }
  readonly log: Log
  /** Newest first. */
  readonly cookieKeys: readonly string[]
  readonly lifetimes: OidcLifetimes
  /** The Einlass session that a `Cookie` header names, if it is alive. */
  sessionOf(cookieHeader: string | undefined): Promise<LiveSession | undefined>
  /** A `Set-Cookie` value that takes Einlass's session cookie away. */
  readonly endedCookie: string
}

export interface Oidc {
  readonly issuer: string
  /** Answers everything under `/oidc`. Takes the request as it came: unread, with its whole path. */
  readonly callback: NodeHandler
  /** Answers `GET /sso/oidc/<uid>`. */
  readonly interaction: NodeHandler
  /** For `sessions.onEnd`: forgets what came from these logins and tells the apps, for a few seconds at most. */
  endSessions(ids: readonly string[]): Promise<void>
  /** Deletes expired records; returns how many. */
  purge(): Promise<number>
}

const prefix = '/oidc'

/** Makes the signing keys when there are none. */
export async function createOidc(options: OidcOptions): Promise<Oidc> {
  const { db, publicUrl, log } = options
  const issuer = `${publicUrl}${prefix}`
  const sidOf = createSidOf(options.keyring)
  const sessionOf = rememberPerRequest(options.sessionOf)
  const records = createRecords(recordsOptions(options, sessionOf))
  const logout = logoutOptions(options, sidOf)
  const provider = new Provider(
    issuer,
    createConfiguration({
      entry: createEntry({ ...options, admit: createAdmit(options), sidOf, sessionOf }),
      keys: await loadSigningKeys(options),
      cookieKeys: options.cookieKeys,
      secure: issuer.startsWith('https:'),
      lifetimes: options.lifetimes,
      adapterFor: records.adapterFor,
      findAccount: async (_ctx, id) => toAccount(await options.users.find(db, id as Id<'user'>)),
      renderError: (ctx, { error }, thrown) => {
        const retryAfter = retryAfterOf(thrown)
        if (retryAfter === undefined) return showError(options, ctx, error)
        return showPage(ctx, publicUrl, (request) => options.renderTooMany(request, retryAfter))
      },
      logoutSource: createLogoutSource(logout),
      loggedOutSource: (ctx) => showPage(ctx, publicUrl, options.renderLoggedOut),
    }),
  )
  provider.proxy = true
  // The library gives it only to apps that are told of a logout; here an ID token has to say which login it came from.
  provider.Client.prototype.includeSid = () => true
  answerByForm(provider, options)
  provider.use(restrictRedirects)
  provider.use(dropQueryOfResume)
  provider.use(createErrorMiddleware(options))
  provider.use(createUnavailableMiddleware(provider, options))
  provider.use(createLogoutMiddleware(logout))
  logEvents(provider, log)

  const fail = async (req: IncomingMessage, res: ServerResponse, status: number, code: string) =>
    sendPage(res, await options.renderError(toRequest(req, publicUrl), { status, code }))
  const failUnavailable = async (req: IncomingMessage, res: ServerResponse) =>
    sendPage(res, await unavailableResponse(req, options))
  const mounting = { publicUrl, prefix, log, fail, failUnavailable }
  const tellOver = async (req: IncomingMessage, res: ServerResponse, over: OverInteraction) =>
    sendPage(res, await options.renderOver(toRequest(req, publicUrl), over))
  const interaction = createInteraction({ ...options, provider, sessionOf, fail, tellOver })
  return {
    issuer,
    callback: mount(provider.callback(), mounting),
    interaction: guard(interaction, mounting),
    async endSessions(ids) {
      const participants = await records.endLogins(ids)
      await Promise.all(participants.map((one) => tellApp(provider, one, sidOf, log)))
    },
    purge: records.purge,
  }
}

type SidOf = (loginSession: string, clientId: string) => string

/** Computed, not stored: two requests at once agree on it, and it is known when the login is gone. */
function createSidOf(keyring: Keyring): SidOf {
  const key = keyring.derive('oidc sid')
  return (loginSession, clientId) => hmac(key, `${loginSession} ${clientId}`)
}

function rememberPerRequest(sessionOf: OidcOptions['sessionOf']) {
  const known = new WeakMap<IncomingMessage, Promise<LiveSession | undefined>>()
  return (request: IncomingMessage) => {
    const session = known.get(request) ?? sessionOf(request.headers.cookie)
    known.set(request, session)
    return session
  }
}

function recordsOptions(
  options: OidcOptions,
  sessionOf: (request: IncomingMessage) => Promise<LiveSession | undefined>,
): RecordsOptions {
  const { db, clock, sessions, apps, audit, lifetimes } = options
  return {
    db,
    clock,
    participantLifetime: lifetimes.session,
    isLive: async (login) => (await sessions.findById(login)) !== undefined,
    async currentLogin() {
      const request = Provider.ctx?.req
      return request && (await sessionOf(request))?.id
    },
    async findClient(id) {
      const app = await apps.find(db, id)
      return app && clientMetadata(app)
    },
    onSignIn: (tx, { userId, loginSession, clientId }) =>
      audit.record(tx, oidcEvents.signedIn, { userId, sessionId: loginSession, appId: clientId }),
  }
}

function logoutOptions(options: OidcOptions, sidOf: SidOf): LogoutOptions {
  const { db, publicUrl, sessions, audit, endedCookie, renderLogout } = options
  return {
    sidOf,
    endedCookie,
    async endLogin(loginSession, userId) {
      const reason = 'logout'
      const ended = await transact(db, async (tx) => {
        if (!(await sessions.end(tx, loginSession, reason))) return false
        await audit.record(tx, sessionEvents.ended, { userId, sessionId: loginSession, reason })
        return true
      })
      if (ended) await sessions.announceEnd([loginSession as Id<'session'>])
    },
    askToLogOut: (ctx, redirectUri) =>
      showPage(ctx, publicUrl, (request) =>
        renderLogout(request, {
          action: ctx.oidc.urlFor('end_session_confirm'),
          fields: { xsrf: String(ctx.oidc.session?.state?.secret), logout: 'yes' },
          ...(ctx.oidc.client?.clientName && { appName: ctx.oidc.client.clientName }),
          ...(redirectUri !== undefined && { redirectOrigin: new URL(redirectUri).origin }),
        }),
      ),
  }
}

function toAccount(user: User | undefined): Account | undefined {
  if (!user || user.disabledAt !== null) return undefined
  const claims = {
    sub: user.id,
    name: user.displayName,
    preferred_username: user.username,
    ...(user.email !== null && { email: user.email }),
  }
  return { accountId: user.id, claims: () => claims }
}

/** The library's redirects have a page as their body, for browsers that do not follow. */
async function restrictRedirects(
  ctx: KoaContextWithOIDC,
  next: () => Promise<void>,
): Promise<void> {
  await next()
  if (ctx.status >= 300 && ctx.status < 400) ctx.set('content-security-policy', emptyPagePolicy)
}

/**
 * Back from the login, a request has all it needs in the interaction. The library takes a `client_id` in the address
 * for the request itself when there is no such interaction, and then finds no parameters.
 */
async function dropQueryOfResume(ctx: KoaContextWithOIDC, next: () => Promise<void>) {
  if (/^\/auth\/./i.test(ctx.path)) ctx.querystring = ''
  await next()
}

/** Pages for what the library leaves without an answer. */
function createErrorMiddleware(options: OidcOptions) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next()
    if (ctx.status === 404 && !ctx.body) await showError(options, ctx, 'not_found')
  }
}

/** The library calls every error that it does not know its own (500, or `server_error` to the app). */
function createUnavailableMiddleware(provider: Provider, options: OidcOptions) {
  const unavailable = new WeakSet<IncomingMessage>()
  provider.on('server_error', (ctx, error) => {
    if (isUnavailable(error)) unavailable.add(ctx.req)
  })
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next()
    if (unavailable.has(ctx.req)) await putInto(ctx, await unavailableResponse(ctx.req, options))
  }
}

function showError(options: OidcOptions, ctx: KoaContextWithOIDC, code: string): Promise<void> {
  const { status } = ctx
  return showPage(ctx, options.publicUrl, (request) =>
    options.renderError(request, { status, code }),
  )
}

/** Part of a client that the library's types leave out. */
interface LogoutClient {
  readonly backchannelLogoutUri?: string | undefined
  /** Rejects when the app does not answer 200 or 204 in 2.5 seconds. */
  backchannelLogout(userId: string, sid: string): Promise<void>
}

async function tellApp(
  provider: Provider,
  { clientId, userId, loginSession }: Participant,
  sidOf: SidOf,
  log: Log,
): Promise<void> {
  try {
    const client = (await provider.Client.find(clientId)) as LogoutClient | undefined
    if (!client?.backchannelLogoutUri) return
    await client.backchannelLogout(userId, sidOf(loginSession, clientId))
    log.info({ appId: clientId, sessionId: loginSession }, 'An app was told of a logout.')
  } catch (error) {
    log.warn({ error, appId: clientId }, 'An app could not be told of a logout.')
  }
}

/** What helps whoever sets an app up. Names and addresses as they were asked with, which anybody can write. */
function refusalOf(ctx: KoaContextWithOIDC, error: Error): Record<string, unknown> {
  const { error_description: description, error_detail: detail } = error as Partial<OidcError>
  const asked = ctx.oidc.params ?? ctx.query
  return {
    reason: error.message,
    description: cut(description),
    detail: cut(detail),
    appId: ctx.oidc.client?.clientId,
    clientId: cut(asked.client_id),
    redirectUri: cut(asked.redirect_uri),
  }
}

interface OidcError {
  readonly error_description: string
  readonly error_detail: string
}

function cut(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, 200) : undefined
}

function logEvents(provider: Provider, log: Log): void {
  const refused = (ctx: KoaContextWithOIDC, error: Error) =>
    log.info(refusalOf(ctx, error), 'An OIDC request was refused.')
  provider.on('authorization.error', refused)
  provider.on('grant.error', refused)
  provider.on('end_session.error', refused)
  const failed = (error: Error, ctx?: Pick<KoaContextWithOIDC, 'path' | 'req'>) => {
    const entry = { error, path: ctx?.path }
    if (ctx !== undefined && isBrokenOff(ctx.req, error)) log.debug(entry, 'A client broke off.')
    else log.error(entry, 'An OIDC request failed.')
  }
  provider.on('server_error', (ctx, error) => failed(error, ctx))
  // The framework below the library hands the context over too.
  provider.onerror = failed
}
