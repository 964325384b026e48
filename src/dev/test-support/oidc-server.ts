/** For tests: a server that has the OIDC layer and little else, a browser for it, and a relying party. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import * as client from 'openid-client'
import { protocols } from '../../faces/protocols/index.ts'
import { createOidc } from '../../faces/protocols/oidc/oidc.ts'
import type { ProtocolPages } from '../../faces/protocols/pages.ts'
import type { ProtocolHost } from '../../faces/protocols/protocol.ts'
import { type AppInput, createApps } from '../../identity/apps/apps.ts'
import { createAudit } from '../../identity/audit/audit.ts'
import { createLogins } from '../../identity/operations/logins.ts'
import { createChangeOwn } from '../../identity/operations/own-change.ts'
import { createSessionOperations } from '../../identity/operations/sessions.ts'
import { acrNumber, acrPassword } from '../../identity/policy/assurance.ts'
import { createSessions } from '../../identity/sessions/sessions.ts'
import { createUsers } from '../../identity/users/users.ts'
import { createGate } from '../../login/decision/gate.ts'
import { createContinuations } from '../../login/engine/continuation.ts'
import { configSchema } from '../../platform/config/schema.ts'
import { hours, systemClock } from '../../platform/kernel/clock.ts'
import { createKeyring } from '../../platform/kernel/keyring.ts'
import { type Log, silentLog } from '../../platform/kernel/log.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import type { OpenDatabase } from '../../platform/storage/database.ts'
import { openDatabase } from '../../platform/storage/open.ts'
import { createDecisionSources } from './decision.ts'
import { type Browser, createBrowser } from './oidc-browser.ts'

const loginCookie = 'login'

export interface LogEntry {
  readonly level: string
  readonly message: string
  readonly entry: object
}

const config = configSchema.parse({
  public_url: 'http://127.0.0.1',
  trusted_proxies: ['127.0.0.1/32'],
  networks: [{ name: 'Office', ranges: ['10.0.0.0/8'], shared: true }],
  oidc: { access_token_lifetime: '5m' },
  sessions: { absolute: '10h' },
})

/** Pages as plain text or JSON. */
const pages: ProtocolPages = {
  renderUnavailable: async () => new Response('unavailable', { status: 503 }),
  renderError: async (_request, { status, code }) =>
    new Response(`error page: ${code}`, { status, headers: { 'Content-Type': 'text/html' } }),
  renderTooMany: async (_request, retryAfter) =>
    new Response('too many', { status: 429, headers: { 'Retry-After': `${retryAfter}` } }),
  renderLogout: async (_request, form) => Response.json(form),
  renderFormPost: async (_request, form) => Response.json(form),
  renderLoggedOut: async () => new Response('logged out page'),
  renderOver: async (_request, over) => Response.json(over),
}

/** Everything on one loopback port. `publicUrl` is the address that browsers see, if it is another one. */
export async function startTestServer(t: TestContext, { db }: OpenDatabase, publicUrl?: string) {
  const server = createServer((req, res) => void dispatch(req, res))
  const origin = await listen(t, server)
  const entries: LogEntry[] = []
  const { host, ...parts } = createHost(db, publicUrl ?? origin, collectingLog(entries))
  const { apps, users, sessions } = parts
  t.after(() => sessions.settled())
  const oidc = await createOidc(host)
  sessions.onEnd(oidc.sessionsEnded)

  async function dispatch(req: IncomingMessage, res: ServerResponse) {
    if (req.url?.startsWith('/oidc')) return oidc.callback(req, res)
    if (req.url?.startsWith('/sso/oidc/')) return oidc.interaction(req, res)
    res.end(`page ${req.url}`)
  }

  return {
    ...parts,
    origin,
    db,
    entries,
    oidc,
    addUser: (username: string) =>
      users.create(db, {
        username,
        displayName: `${username} Muster`,
        email: `${username}@x.test`,
      }),
    /** Finishes a login as the login page would; the browser then holds the session. */
    async logIn(browser: Browser, userId: string, facts: { amr?: string[]; acr?: string } = {}) {
      const { amr = ['pwd'], acr = acrPassword } = facts
      const made = await sessions.create(db, {
        userId,
        amr,
        acr,
        authenticatedAt: systemClock.now(),
        client: { address: null, userAgent: null },
      })
      browser.setCookie(loginCookie, made.token)
      return made.id
    },
    /** An app whose policy asks for no second factor, and its relying party. */
    async addApp(input: Partial<AppInput> & { id: string }) {
      const made = await apps.create(db, {
        name: input.id,
        settings: {
          redirectUris: [`http://127.0.0.1:1/${input.id}`],
          postLogoutRedirectUris: [`http://127.0.0.1:1/${input.id}/bye`],
        },
        policy: { secondFactor: 'none' },
        ...input,
      })
      const { redirectUris } = made.app.settings as { redirectUris: readonly string[] }
      return createRelyingParty(oidc.issuer, input.id, made.clientSecret, { redirectUris })
    },
  }
}

function createHost(db: OpenDatabase['db'], publicUrl: string, log: Log) {
  const common = { db, clock: systemClock, random: systemRandom, log }
  const keyring = createKeyring({
    keys: [{ id: 'a', key: new Uint8Array(32).fill(1) }],
    random: systemRandom,
  })
  const sessions = createSessions({ ...common, limits: { idle: hours(1), absolute: hours(10) } })
  const apps = createApps({ ...common, keyring, protocols })
  const users = createUsers(common)
  const continuations = createContinuations({
    key: keyring.derive('continuation'),
    clock: systemClock,
  })
  const gate = createGate({
    clock: systemClock,
    continuations,
    sources: createDecisionSources({ highestLevel: acrNumber }),
  })
  const audit = createAudit(common)
  const hooks = { sessionsEnded: async () => {}, loginsEnded: async () => {} }
  const logins = createLogins({ sessions, audit, hooks })
  const changeOwn = createChangeOwn({ db, sessions })
  const host: ProtocolHost = {
    publicUrl,
    config,
    base: { ...common, keyring, audit },
    apps,
    gate,
    sessions: {
      findById: sessions.findById,
      logOut: createSessionOperations({ db, sessions, logins, changeOwn }).logOut,
      findByCookie: async (header) => {
        const token = new RegExp(`(?:^|; )${loginCookie}=([^;]+)`).exec(header ?? '')?.[1]
        return token === undefined ? undefined : sessions.find(token)
      },
      endedCookie: `${loginCookie}=; Path=/; Max-Age=0`,
    },
    users,
    pages,
  }
  return { host, apps, users, sessions, continuations }
}

/** The server on a database in memory. */
export async function start(t: TestContext, publicUrl?: string): Promise<TestServer> {
  const database = await openDatabase({
    storage: { type: 'sqlite', file: ':memory:' },
    log: silentLog,
  })
  const server = await startTestServer(t, database, publicUrl)
  t.after(() => database.close())
  return server
}

/** Erika, in a browser that holds her login. */
export async function signInOn(server: TestServer) {
  const erika = await server.addUser('erika')
  const browser = createBrowser()
  const login = await server.logIn(browser, erika.id)
  return { server, erika, browser, login }
}

export async function startSignedIn(t: TestContext) {
  return signInOn(await start(t))
}

export type TestServer = Awaited<ReturnType<typeof startTestServer>>

async function listen(t: TestContext, server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function collectingLog(entries: LogEntry[]): Log {
  const at = (level: string) => (entry: object, message: string) =>
    void entries.push({ level, message, entry })
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

export interface Attempt {
  readonly url: URL
  readonly checks: client.AuthorizationCodeGrantChecks
}

/** An app, by openid-client. */
async function createRelyingParty(
  issuer: string,
  clientId: string,
  clientSecret: string | undefined,
  settings: { redirectUris: readonly string[] },
) {
  const config = await client.discovery(
    new URL(issuer),
    clientId,
    { id_token_signed_response_alg: 'ES256' },
    clientSecret === undefined ? client.None() : client.ClientSecretBasic(clientSecret),
    { execute: [client.allowInsecureRequests] },
  )
  const redirectUri = settings.redirectUris[0] ?? ''
  const begin = async (extra: Record<string, string> = {}): Promise<Attempt> => {
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
      ...extra,
    })
    return { url, checks: { pkceCodeVerifier, expectedState, expectedNonce } }
  }
  const finish = (answer: URL, { checks }: Attempt) =>
    client.authorizationCodeGrant(config, answer, checks)
  return {
    config,
    clientId,
    redirectUri,
    begin,
    finish,
    /** The whole way in a browser that is let in without a page. */
    async signIn(browser: Browser, extra: Record<string, string> = {}) {
      const attempt = await begin(extra)
      const { url } = await browser.open(attempt.url, redirectUri)
      return finish(url, attempt)
    },
  }
}

export type RelyingParty = Awaited<ReturnType<typeof createRelyingParty>>
