/**
 * The internals of oidc-provider that are used or changed: everything that its documentation does not promise. library.test.ts
 * has a test for each. Read these tests first when a new version of the library fails.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type {
  AdapterPayload,
  Client,
  ClientMetadata,
  Grant,
  Interaction,
  KoaContextWithOIDC,
  Session,
} from 'oidc-provider'
import {
  AccessDenied,
  InvalidBindingMessage,
  InvalidClientAuth,
  InvalidDpopProof,
  InvalidGrant,
  InvalidRequest,
  InvalidRequestObject,
  InvalidTarget,
  LoginRequired,
  RequestNotSupported,
  SessionNotFound,
  SlowDown,
  TemporarilyUnavailable,
  UnmetAuthenticationRequirements,
} from 'oidc-provider/lib/helpers/errors.js'
import * as keystore from 'oidc-provider/lib/helpers/initialize_keystore.js'
import { Check, Prompt } from 'oidc-provider/lib/helpers/interaction_policy/index.js'
import * as weakCache from 'oidc-provider/lib/helpers/weak_cache.js'
import { Provider } from 'oidc-provider/lib/provider.js'
import type { Clock } from '../../../platform/kernel/clock.ts'
import { equalInConstantTime } from '../../../platform/kernel/crypto.ts'

export type {
  AdapterPayload,
  Client,
  ClientMetadata,
  Grant,
  Interaction,
  KoaContextWithOIDC,
  Session,
}
// The package's main file exports these too, but prints a warning on every runtime that does not call itself LTS.
export {
  AccessDenied,
  Check,
  InvalidBindingMessage,
  InvalidClientAuth,
  InvalidDpopProof,
  InvalidGrant,
  InvalidRequest,
  InvalidRequestObject,
  InvalidTarget,
  LoginRequired,
  Prompt,
  Provider,
  RequestNotSupported,
  SessionNotFound,
  SlowDown,
  TemporarilyUnavailable,
  UnmetAuthenticationRequirements,
}

/** Answers an app with a form that the browser submits to `action`. @param sent the fields, if they are not the answer itself */
export type FormPostHandler = (
  ctx: KoaContextWithOIDC,
  action: string,
  answer: Readonly<Record<string, unknown>>,
  sent?: Readonly<Record<string, unknown>>,
) => Promise<void>

/** Internal state of a provider; only the used part. */
interface Internals {
  readonly responseModes: Map<string, FormPostHandler>
}
const { default: findInternals } = weakCache as unknown as {
  readonly default: (provider: Provider) => Internals
}

/**
 * The library registers each response mode only once, so its own handlers are replaced in its registry. Its handler of
 * `form_post.jwt` would use its own page.
 */
export function replaceFormPost(provider: Provider, handler: FormPostHandler): void {
  const { responseModes } = findInternals(provider)
  if (!responseModes.has('form_post')) throw new Error('oidc-provider has no form_post to replace')
  responseModes.set('form_post', handler)
  if (!responseModes.has('form_post.jwt')) return
  responseModes.set('form_post.jwt', async (ctx, action, answer) =>
    handler(ctx, action, answer, { response: await signAnswer(provider, ctx, answer) }),
  )
}

/** An answer as a JWT for the app (JWT Secured Authorization Response Mode for OAuth 2.0 section 2.1). */
async function signAnswer(
  provider: Provider,
  ctx: KoaContextWithOIDC,
  answer: Readonly<Record<string, unknown>>,
): Promise<string> {
  const { IdToken } = provider as unknown as { readonly IdToken: TokenOfAnswer }
  const token = new IdToken({}, { ctx })
  token.extra = { ...answer }
  return await token.issue({ use: 'authorization' })
}

type TokenOfAnswer = new (
  claims: object,
  options: { readonly ctx: KoaContextWithOIDC },
) => { extra: object; issue(options: { readonly use: 'authorization' }): Promise<string> }

/** Whether the signature of the app's request was verified. */
export function isSignedRequest({ oidc }: KoaContextWithOIDC): boolean {
  const { trusted } = Object(oidc)
  return Array.isArray(trusted)
}

const { default: initializeKeys } = keystore as unknown as {
  readonly default: (this: Provider, keys: { readonly keys: readonly JsonWebKey[] }) => void
}

/** Sets the published keys; of each algorithm the first one signs. The library itself reads them once, when it is created. */
export function replaceKeys(provider: Provider, keys: readonly JsonWebKey[]): void {
  initializeKeys.call(provider, { keys })
}

/** @param match whether a requested address is one of the registered ones */
type MatchClientAddress = (client: Client, registered: readonly string[], asked: unknown) => boolean

/** Decides where a login or a logout of a client may end. */
export function replaceAddressMatch(provider: Provider, match: MatchClientAddress): void {
  Object.assign(provider.Client.prototype, {
    redirectUriAllowed(this: Client, asked: unknown) {
      return match(this, this.redirectUris ?? [], asked)
    },
    postLogoutRedirectUriAllowed(this: Client, asked: unknown) {
      return match(this, this.postLogoutRedirectUris ?? [], asked)
    },
  })
}

/** Every ID token gets a `sid`, which names its login. The library adds it only for apps with an address for logout tokens. */
export function includeSidAlways(provider: Provider): void {
  provider.Client.prototype.includeSid = () => true
}

/** Accepts the app's previous secret too, until it expires: it is stored in the metadata as `member`. */
export function acceptEarlierSecrets(provider: Provider, member: string, clock: Clock): void {
  const { prototype } = provider.Client
  const { compareClientSecret } = prototype
  prototype.compareClientSecret = async function compareBoth(this: Client, actual: string) {
    if (await compareClientSecret.call(this, actual)) return true
    const { secret, until } = Object(this[member])
    return typeof secret === 'string' && until > clock.now() && equalInConstantTime(secret, actual)
  }
}

/** Calls `admit` before the signature of an app is verified with each of its keys; `admit` throws when there are too many. */
export function limitAssertions(
  provider: Provider,
  admit: (ctx: KoaContextWithOIDC) => void,
): void {
  const { OIDCContext } = provider as unknown as { OIDCContext: { prototype: AssertionContext } }
  const { clientJwtAuthExpectedAudience } = OIDCContext.prototype
  OIDCContext.prototype.clientJwtAuthExpectedAudience = function admitted() {
    const ctx = findCurrentContext()
    if (ctx !== undefined) admit(ctx)
    return clientJwtAuthExpectedAudience.call(this)
  }
}

/** Names a new refresh token as `findName` says; `undefined`: the library makes up its name. */
export function nameRefreshTokens(provider: Provider, findName: () => string | undefined): void {
  const prototype = provider.RefreshToken.prototype as unknown as { generateTokenId(): string }
  const { generateTokenId } = prototype
  prototype.generateTokenId = function named() {
    return findName() ?? generateTokenId.call(this)
  }
}

/** The first thing that the library needs to verify an app's signature. */
interface AssertionContext {
  clientJwtAuthExpectedAudience(): ReadonlySet<string>
}

/** The library's source of the claims of a token or an answer. */
interface ClaimsOfLibrary {
  readonly available: Readonly<Record<PropertyKey, unknown>>
  result(): Promise<object>
}

/** Adds claims that belong to no scope and no configuration: those that an account has as `key`. */
export function includeOwnClaims(provider: Provider, key: symbol): void {
  const { prototype } = (provider as unknown as { Claims: { prototype: ClaimsOfLibrary } }).Claims
  const { result } = prototype
  prototype.result = async function addOwn() {
    return { ...Object(this.available[key]), ...(await result.call(this)) }
  }
}

/** Part of a client that the library's types leave out. */
export interface LogoutClient {
  readonly backchannelLogoutUri?: string | undefined
  /**
   * Sends a logout token (OpenID Connect Back-Channel Logout 1.0). Rejects when the app does not answer 200 or 204 in 2.5
   * seconds.
   */
  backchannelLogout(userId: string, sid: string): Promise<void>
}

/** An app that has an address for logout tokens. */
export async function findLogoutClient(
  provider: Provider,
  clientId: string,
): Promise<LogoutClient | undefined> {
  const client = (await provider.Client.find(clientId)) as LogoutClient | undefined
  return client?.backchannelLogoutUri ? client : undefined
}

const called = new AsyncLocalStorage<Client>()

/** Remembers the receiver of a logout token: it may be sent while another app is served, or none. */
export function noteLogoutClients(provider: Provider): void {
  const prototype = provider.Client.prototype as unknown as LogoutClient & Client
  const { backchannelLogout } = prototype
  Object.assign(prototype, {
    backchannelLogout(this: Client & LogoutClient, userId: string, sid: string) {
      return called.run(this, () => backchannelLogout.call(this, userId, sid))
    },
  })
}

/** The app that a request of the library goes to: the receiver of a logout token, or the served app, whose keys are read. */
export function findCalledClient(): Client | undefined {
  return called.getStore() ?? findCurrentContext()?.oidc?.client
}

/** The secret of the form that asks whether to log out: the library compares the form's field `xsrf` with it. */
export function readLogoutSecret({ oidc }: KoaContextWithOIDC): string {
  return String(oidc.session?.state?.secret)
}

/**
 * Changes whom the library considers logged in. The library uses its own cookie for that, which only its own pages set. `bind`
 * is called whenever the library has read that cookie, and may replace the login.
 */
export function bindSessions(
  provider: Provider,
  bind: (request: KoaContextWithOIDC['req'], session: Session) => Promise<void>,
): void {
  const { Session: Sessions } = provider
  const get = Sessions.get.bind(Sessions)
  Sessions.get = async (ctx) => {
    const session = await get(ctx)
    await bind(ctx.req, session)
    return session
  }
}

/** A request of CIBA, as the library knows it. */
export type BackchannelRequest = InstanceType<Provider['BackchannelAuthenticationRequest']>

/**
 * Looks for the person's answer whenever an app requests its tokens. The library expects a notification of the answer, which
 * nothing here sends: the result of `settle` becomes part of the request.
 */
export function settleBeforeTokens(
  provider: Provider,
  settle: (request: BackchannelRequest) => Promise<Partial<BackchannelRequest>>,
): void {
  const Requests = provider.BackchannelAuthenticationRequest as unknown as { find: FindRequest }
  const find = Requests.find.bind(Requests)
  Requests.find = async (...of) => {
    const request = await find(...of)
    return request && Object.assign(request, await settle(request))
  }
}

type FindRequest = (
  id: string,
  options?: { readonly ignoreExpiration?: boolean },
) => Promise<BackchannelRequest | undefined>

/** The context of the current request, for code that the library calls without it. */
export function findCurrentContext(): KoaContextWithOIDC | undefined {
  return Provider.ctx
}

/** Renames the library's session. The name is then the `sessionUid` of everything that the session issues. */
export function renameSession({ oidc }: KoaContextWithOIDC, uid: string): void {
  if (oidc.session) oidc.session.uid = uid
}

/** Sets the id of a grant, which the library otherwise generates when it saves the grant. */
export function nameGrant(grant: Grant, id: string): void {
  grant.jti = id
}

/** A new grant as its `save` stores it, for a transaction that stores more. */
export async function describeGrant(
  grant: Grant,
  id: string,
): Promise<{ readonly payload: AdapterPayload; readonly expiresIn: number }> {
  nameGrant(grant, id)
  const { payload } = await (grant as unknown as StoredGrant).getValueAndPayload()
  return { payload, expiresIn: grant.remainingTTL }
}

interface StoredGrant {
  getValueAndPayload(): Promise<{ readonly payload: AdapterPayload }>
}
