/**
 * An app for the demo: a relying party with openid-client on its own origin, with sessions in memory. Owns everything that an
 * app has to do; shares only the protocol with the login server.
 */
import { setTimeout as wait } from 'node:timers/promises'
import * as client from 'openid-client'
import { readForm } from '../../platform/http/body.ts'
import type { Reply } from '../../platform/http/reply.ts'
import type { PageRequest } from '../../platform/http/request.ts'
import { type Clock, hours, minutes } from '../../platform/kernel/clock.ts'
import { newSecret } from '../../platform/kernel/ids.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { Language } from '../../platform/ui/language.ts'
import { negotiate } from '../../platform/ui/language.ts'
import { createLogoutTokenChecker } from './logout-token.ts'
import { type DemoRoute, startPlainServer } from './plain-server.ts'
import {
  failedPage,
  type PageOptions,
  type SignedInUser,
  signedInPage,
  signedOutPage,
  unreachablePage,
} from './relying-party-pages.ts'

export interface RelyingPartyOptions {
  readonly name: Readonly<Record<Language, string>>
  /** 0: any free port. */
  readonly port: number
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  readonly clock: Clock
  readonly random: Random
}

export interface RelyingParty {
  readonly url: string
  close(): Promise<void>
}

const host = 'localhost'

/** The addresses to register for an app on this port. */
export function relyingPartyUrls(port: number) {
  const url = `http://${host}:${port}`
  return {
    url,
    redirectUri: `${url}/callback`,
    postLogoutRedirectUri: `${url}/`,
    backchannelLogoutUri: `${url}/backchannel-logout`,
  }
}

/** Resolves when the app listens. The login server may start later. Rejects when the port is taken. */
export async function startRelyingParty(options: RelyingPartyOptions): Promise<RelyingParty> {
  const { issuer } = options
  const createPage = ({ headers }: PageRequest): PageOptions => {
    const language = negotiate(headers.get('accept-language') ?? undefined, undefined, 'de')
    return { language, appName: options.name[language], loginOrigin: new URL(issuer).origin }
  }
  return await startPlainServer({
    port: options.port,
    createRoutes: (url) =>
      createRoutes(options, relyingPartyUrls(Number(new URL(url).port)), createPage),
    fail: (request) => unreachablePage(createPage(request)),
  })
}

/** The prefix of the state of a login that the app began by itself. */
const againMark = 'again.'

type Urls = ReturnType<typeof relyingPartyUrls>

interface Attempt {
  readonly checks: client.AuthorizationCodeGrantChecks
}

interface SignIn {
  readonly user: SignedInUser
  readonly idToken: string
  readonly sid: unknown
}

function createRoutes(
  options: RelyingPartyOptions,
  urls: Urls,
  createPage: (request: PageRequest) => PageOptions,
): DemoRoute[] {
  const { issuer, clientId, clock, random } = options
  // Cookies do not know ports, so the apps of one machine need different names.
  const cookies = { session: `app-${clientId}`, attempt: `app-${clientId}-attempt` }
  const attempts = createShelf<Attempt>(clock, minutes(20))
  const sessions = createShelf<SignIn>(clock, hours(10))
  const configure = createDiscovery(options)
  const logoutTokens = createLogoutTokenChecker({
    issuer,
    clientId,
    clock,
    fetchKeys: async () => fetchKeys(await configure()),
  })

  function home(request: PageRequest): Reply {
    const session = sessions.get(readCookie(request, cookies.session))
    const page = createPage(request)
    return session ? signedInPage(page, session.user) : signedOutPage(page)
  }

  async function logIn(isAgain = false): Promise<Reply> {
    const state = `${isAgain ? againMark : ''}${client.randomState()}`
    const { url, attempt } = await beginLogin(await configure(), urls.redirectUri, state)
    const id = newSecret(random)
    attempts.put(id, attempt)
    return redirect(url.href, [writeCookie(cookies.attempt, id)])
  }

  async function comeBack(request: PageRequest): Promise<Reply> {
    const attempt = attempts.take(readCookie(request, cookies.attempt))
    const answer = new URL(`${urls.redirectUri}${new URL(request.url).search}`)
    if (!attempt) {
      // For example from a tab whose login ended in another tab. Only once, as this browser may store no cookies.
      const isSecond = answer.searchParams.get('state')?.startsWith(againMark) === true
      return isSecond ? failedPage(createPage(request), 'no_attempt') : await logIn(true)
    }
    const signIn = await finishLogin(await configure(), answer, attempt)
    if ('error' in signIn) return failedPage(createPage(request), signIn.error)
    const session = newSecret(random)
    sessions.take(readCookie(request, cookies.session))
    sessions.put(session, signIn)
    return redirect('/', [writeCookie(cookies.session, session)])
  }

  async function logOut(request: PageRequest): Promise<Reply> {
    const session = sessions.take(readCookie(request, cookies.session))
    if (!session) return redirect('/')
    const url = client.buildEndSessionUrl(await configure(), {
      id_token_hint: session.idToken,
      post_logout_redirect_uri: urls.postLogoutRedirectUri,
    })
    return redirect(url.href)
  }

  async function hearOfLogout(request: PageRequest): Promise<Reply> {
    const { logout_token: token = '' } = await readForm(request)
    const notice = await logoutTokens.check(token)
    const headers = { 'cache-control': 'no-store', 'content-type': 'application/json' }
    if (!notice) return { status: 400, headers, cookies: [], body: '{"error":"invalid_request"}' }
    sessions.removeWhere(({ sid, user }) =>
      notice.sid === undefined ? user.sub === notice.sub : sid === notice.sid,
    )
    return { status: 200, headers: { 'cache-control': 'no-store' }, cookies: [], body: null }
  }

  const kind = 'plain'
  return [
    { kind, method: 'GET', path: '/', name: 'who is signed in', handle: home },
    { kind, method: 'GET', path: '/login', name: 'sign in', handle: () => logIn() },
    { kind, method: 'GET', path: '/callback', name: 'back from the login', handle: comeBack },
    { kind, method: 'POST', path: '/logout', name: 'sign out', handle: logOut },
    {
      kind,
      method: 'POST',
      path: '/backchannel-logout',
      name: 'hear of a logout',
      handle: hearOfLogout,
    },
  ]
}

const redirect = (location: string, cookies: readonly string[] = []): Reply => ({
  status: 303,
  headers: { location },
  cookies,
  body: null,
})

function readCookie({ headers }: PageRequest, name: string): string | undefined {
  const pairs = (headers.get('cookie') ?? '').split(/; */)
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
}

function writeCookie(name: string, value: string): string {
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Lax`
}

/** Fetches the login server's addresses once; waits a few seconds for a server that is just starting. */
function createDiscovery({ issuer, clientId, clientSecret }: RelyingPartyOptions) {
  let found: Promise<client.Configuration> | undefined
  const discover = () =>
    client.discovery(new URL(issuer), clientId, undefined, client.ClientSecretBasic(clientSecret), {
      execute: issuer.startsWith('http:') ? [client.allowInsecureRequests] : [],
    })
  const discoverPatiently = async () => {
    for (let attempt = 1; attempt < 10; attempt++) {
      try {
        return await discover()
      } catch {
        await wait(300)
      }
    }
    return discover()
  }
  return () => {
    found ??= discoverPatiently()
    found.catch(() => {
      found = undefined
    })
    return found
  }
}

async function beginLogin(
  config: client.Configuration,
  redirectUri: string,
  expectedState: string,
): Promise<{ url: URL; attempt: Attempt }> {
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const expectedNonce = client.randomNonce()
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid profile email',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
  })
  return { url, attempt: { checks: { pkceCodeVerifier, expectedState, expectedNonce } } }
}

async function finishLogin(
  config: client.Configuration,
  answer: URL,
  { checks }: Attempt,
): Promise<SignIn | { error: string }> {
  try {
    const tokens = await client.authorizationCodeGrant(config, answer, checks)
    const claims = tokens.claims()
    if (!claims || !tokens.id_token) return { error: 'no_id_token' }
    return { user: readUser(claims), idToken: tokens.id_token, sid: claims.sid }
  } catch (error) {
    if (error instanceof client.AuthorizationResponseError) return { error: error.error }
    if (error instanceof client.ResponseBodyError) return { error: error.error }
    if (error instanceof client.ClientError) return { error: error.code ?? 'invalid_response' }
    throw error
  }
}

function readUser(claims: client.IDToken): SignedInUser {
  const { sub, name, preferred_username: username, acr, amr, auth_time: authTime } = claims
  return {
    sub,
    name: String(name ?? ''),
    username: String(username ?? ''),
    acr: String(acr ?? ''),
    amr: Array.isArray(amr) ? amr.map(String) : [],
    authTime: authTime ?? 0,
  }
}

async function fetchKeys(config: client.Configuration): Promise<unknown> {
  const response = await fetch(config.serverMetadata().jwks_uri ?? '')
  return response.json()
}

const shelfSize = 10_000

/** Values by secret id, each for a limited time; the oldest are dropped first. */
function createShelf<Value>(clock: Clock, lifetime: number) {
  const shelf = new Map<string, { value: Value; until: number }>()
  const get = (id: string | undefined) => {
    const found = shelf.get(id ?? '')
    return found && found.until > clock.now() ? found.value : undefined
  }
  return {
    get,
    put(id: string, value: Value) {
      for (const oldest of shelf.keys()) if (shelf.size >= shelfSize) shelf.delete(oldest)
      shelf.set(id, { value, until: clock.now() + lifetime })
    },
    take(id: string | undefined) {
      const value = get(id)
      shelf.delete(id ?? '')
      return value
    },
    removeWhere(matches: (value: Value) => boolean) {
      for (const [id, { value }] of shelf) if (matches(value)) shelf.delete(id)
    },
  }
}
