/**
 * An app for the demo: a relying party by openid-client on an origin of its own, with sessions in memory. Owns what an
 * app has to do; shares nothing with the login server but the protocol.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import * as client from 'openid-client'
import { type Clock, hours, minutes } from '../../platform/kernel/clock.ts'
import { newSecret } from '../../platform/kernel/ids.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { Language } from '../../platform/ui/language.ts'
import { negotiate } from '../../platform/ui/language.ts'
import { createLogoutTokenChecker } from './logout-token.ts'
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
  const app = new Hono()
  const server = createServer(getRequestListener(app.fetch))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  })
  const urls = relyingPartyUrls((server.address() as AddressInfo).port)
  addRoutes(app, options, urls)
  return {
    url: urls.url,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

type Urls = ReturnType<typeof relyingPartyUrls>

interface Attempt {
  readonly checks: client.AuthorizationCodeGrantChecks
}

interface SignIn {
  readonly user: SignedInUser
  readonly idToken: string
  readonly sid: unknown
}

function addRoutes(app: Hono, options: RelyingPartyOptions, urls: Urls): void {
  const { issuer, clientId, clock, random } = options
  // Cookies do not know ports, so the apps of one machine need different names.
  const cookies = { session: `app-${clientId}`, attempt: `app-${clientId}-attempt` }
  const cookieOptions = { httpOnly: true, sameSite: 'Lax', path: '/' } as const
  const attempts = createShelf<Attempt>(clock, minutes(20))
  const sessions = createShelf<SignIn>(clock, hours(10))
  const configure = createDiscovery(options)
  const logoutTokens = createLogoutTokenChecker({
    issuer,
    clientId,
    clock,
    fetchKeys: async () => fetchKeys(await configure()),
  })
  const pageFor = (request: Request): PageOptions => {
    const language = negotiate(request.headers.get('Accept-Language') ?? undefined)
    return { language, appName: options.name[language], loginOrigin: new URL(issuer).origin }
  }

  app.get('/', (c) => {
    const session = sessions.get(getCookie(c, cookies.session))
    const look = pageFor(c.req.raw)
    return session ? signedInPage(look, session.user) : signedOutPage(look)
  })

  app.get('/login', async (c) => {
    const { url, attempt } = await beginLogin(await configure(), urls.redirectUri)
    const id = newSecret(random)
    attempts.put(id, attempt)
    setCookie(c, cookies.attempt, id, cookieOptions)
    return c.redirect(url.href, 303)
  })

  app.get('/callback', async (c) => {
    const id = getCookie(c, cookies.attempt)
    const attempt = attempts.take(id)
    if (!attempt) return failedPage(pageFor(c.req.raw), 'no_attempt')
    const answer = new URL(`${urls.redirectUri}${new URL(c.req.url).search}`)
    const signIn = await finishLogin(await configure(), answer, attempt)
    if ('error' in signIn) return failedPage(pageFor(c.req.raw), signIn.error)
    const session = newSecret(random)
    sessions.take(getCookie(c, cookies.session))
    sessions.put(session, signIn)
    setCookie(c, cookies.session, session, cookieOptions)
    return c.redirect('/', 303)
  })

  app.post('/logout', async (c) => {
    const session = sessions.take(getCookie(c, cookies.session))
    if (!session) return c.redirect('/', 303)
    const url = client.buildEndSessionUrl(await configure(), {
      id_token_hint: session.idToken,
      post_logout_redirect_uri: urls.postLogoutRedirectUri,
    })
    return c.redirect(url.href, 303)
  })

  app.post('/backchannel-logout', async (c) => {
    const { logout_token } = await c.req.parseBody()
    const notice = await logoutTokens.check(typeof logout_token === 'string' ? logout_token : '')
    c.header('Cache-Control', 'no-store')
    if (!notice) return c.json({ error: 'invalid_request' }, 400)
    sessions.removeWhere(({ sid, user }) =>
      notice.sid === undefined ? user.sub === notice.sub : sid === notice.sid,
    )
    return c.body(null, 200)
  })

  app.onError((_error, c) => unreachablePage(pageFor(c.req.raw)))
}

/** Asks for the login server's addresses once it answers; waits a few seconds for one that is just starting. */
function createDiscovery({ issuer, clientId, clientSecret }: RelyingPartyOptions) {
  let found: Promise<client.Configuration> | undefined
  const discover = () =>
    client.discovery(
      new URL(issuer),
      clientId,
      { id_token_signed_response_alg: 'ES256' },
      client.ClientSecretBasic(clientSecret),
      { execute: issuer.startsWith('http:') ? [client.allowInsecureRequests] : [] },
    )
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
): Promise<{ url: URL; attempt: Attempt }> {
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const expectedState = client.randomState()
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

/** Values by secret id, each for a time; the oldest make room. */
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
