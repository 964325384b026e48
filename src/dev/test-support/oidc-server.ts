/** For tests: a server that has the OIDC layer and little else, a browser for it, and a relying party. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { Selectable } from 'kysely'
import * as client from 'openid-client'
import type { NextApp } from '../../faces/frame/ended-session.ts'
import { createNoteEntry } from '../../faces/protocols/host.ts'
import { protocols } from '../../faces/protocols/index.ts'
import { createAppLogouts } from '../../faces/protocols/logouts.ts'
import { createCibaCounts } from '../../faces/protocols/oidc/ciba-counts.ts'
import { createOidc } from '../../faces/protocols/oidc/oidc.ts'
import type { ProtocolPages } from '../../faces/protocols/pages.ts'
import type { ProtocolHost } from '../../faces/protocols/protocol.ts'
import { createAppRefusals } from '../../faces/protocols/refusals.ts'
import { createReleaseValues } from '../../faces/protocols/release.ts'
import { createSigningKeys } from '../../faces/protocols/signing-keys.ts'
import { type AppInput, createApps } from '../../identity/apps/apps.ts'
import { createLogins } from '../../identity/operations/logins.ts'
import { createChangeOwn } from '../../identity/operations/own-change.ts'
import { createSessionOperations } from '../../identity/operations/sessions.ts'
import { acrNumber } from '../../identity/policy/assurance.ts'
import { createFindVerifiedContacts } from '../../identity/provisioning/verified-contacts.ts'
import { createLogoutQueue } from '../../identity/sessions/logout-queue.ts'
import { createLocalDirectory } from '../../identity/users/local/directory.ts'
import {
  type BackchannelOptions,
  createBackchannelLogins,
} from '../../login/backchannel/backchannel.ts'
import { createGate } from '../../login/decision/gate.ts'
import { createEntryRefusals } from '../../login/decision/refusals.ts'
import { createContinuations } from '../../login/engine/continuation.ts'
import { configSchema } from '../../platform/config/schema.ts'
import { readForm } from '../../platform/http/body.ts'
import type { Reply } from '../../platform/http/reply.ts'
import { readRequest } from '../../platform/http/request.ts'
import { systemClock } from '../../platform/kernel/clock.ts'
import { silentLog } from '../../platform/kernel/log.ts'
import type { SigningKeyRow } from '../../platform/storage/app-tables.ts'
import type { Database, OpenDatabase } from '../../platform/storage/database.ts'
import { openDatabase } from '../../platform/storage/open.ts'
import { createDecisionSources } from './decision.ts'
import { instantHasher } from './login.ts'
import { type Browser, createBrowser } from './oidc-browser.ts'
import { createScene, type Scene, type SignedIn } from './scene.ts'

const loginCookie = 'login'

const remote = {
  ...{ kind: 'openldap', servers: ['ldaps://127.0.0.1'], base: 'dc=x' },
  ...{ bind_name: 'cn=x', bind_password: 'x' },
}

const config = configSchema.parse({
  directories: [
    { name: 'local', kind: 'local' },
    { ...remote, name: 'partners' },
    { ...remote, name: 'corp', verified_mail_domains: ['X.test'], verified_phone_numbers: true },
  ],
  public_url: 'http://127.0.0.1',
  trusted_proxies: ['127.0.0.1/32'],
  app_networks: ['127.0.0.0/8'],
  networks: [{ name: 'Office', ranges: ['10.0.0.0/8'], shared: true }],
  oidc: { access_token_lifetime: '5m', client_certificate_header: 'Client-Cert' },
  sessions: { absolute: '10h' },
})

const sendText = (status: number, body: string, headers = {}): Reply => ({
  status,
  headers: { 'content-type': 'text/plain;charset=UTF-8', ...headers },
  cookies: [],
  body,
})
const sendJson = (value: object) =>
  sendText(200, JSON.stringify(value), { 'content-type': 'application/json' })

/** Pages as plain text or JSON. */
const pages: ProtocolPages = {
  renderUnavailable: () => sendText(503, 'unavailable'),
  renderError: (_request, { status, code, isLogout }) => {
    const text = `error page: ${code}${isLogout ? ', to the logout' : ''}`
    return sendText(status, text, { 'content-type': 'text/html' })
  },
  renderTooMany: (_request, retryAfter) =>
    sendText(429, 'too many', { 'retry-after': `${retryAfter}` }),
  renderLogout: (_request, form) => sendJson(form),
  renderFormPost: (_request, form) => sendJson(form),
  renderDeviceCode: (_request, shown) => sendJson({ page: 'code', ...shown }),
  renderDeviceConfirm: (_request, shown) => sendJson({ page: 'confirm', ...shown }),
  renderDeviceRefused: (_request, refused) => ({
    ...sendJson({ page: 'refused', ...refused }),
    status: 403,
  }),
  renderDeviceDone: (_request, done) => sendJson({ page: 'done', ...done }),
  readForm: (request) => readForm(readRequest(request, '/')),
  renderFault: (_request, { status, code }) =>
    sendText(status, `error page: ${code}`, { 'content-type': 'text/html' }),
  renderClaimMissing: (_request, missing) => ({ ...sendJson(missing), status: 403 }),
  renderLevelMissing: (_request, missing) => ({ ...sendJson(missing), status: 403 }),
  renderCookiesOff: () => sendText(400, 'no cookies'),
  renderNotAllowed: (_request, refused) => ({ ...sendJson(refused), status: 403 }),
  renderAccountChoice: (_request, choice) => sendJson(choice),
  renderLeaving: (_request, leaving) => ({ ...sendJson(leaving), status: 400 }),
  renderUnknownApp: (_request, shown) => sendJson(shown),
  renderForward: (_request, forward) => sendJson(forward),
  renderBackToApp: (_request, next) => sendJson(next),
  renderCancelled: (_request, cancelled) => sendJson(cancelled),
  renderOver: (_request, over) => sendJson(over),
}

export interface TestServerOptions {
  /** The address that browsers see, if it is another one. */
  readonly publicUrl?: string | undefined
  /** Whether apps may register themselves. */
  readonly isOpenToApps?: boolean
}

/** Everything on one loopback port. */
export async function startTestServer(
  t: TestContext,
  { db }: Pick<OpenDatabase, 'db'>,
  { publicUrl, isOpenToApps = false }: TestServerOptions = {},
) {
  const server = createServer((req, res) => void dispatch(req, res))
  const origin = await listen(t, server)
  const scene = createScene(db, systemClock)
  const { users, sessions } = scene
  const { host, apps, continuations, loggedOut, refusals, factors, checks } = createHost(scene, {
    publicUrl: publicUrl ?? origin,
    isOpenToApps,
  })
  t.after(() => sessions.settled())
  await giveKeys(db)
  const cibaCounts = createCibaCounts()
  t.after(() => oidc.settled())
  const oidc = await createOidc(host, cibaCounts)
  await noteKeys(db)
  const logouts = createAppLogouts({
    ...scene,
    queue: createLogoutQueue(scene),
    findChannel: oidc.findLogoutChannel,
  })
  for (const listener of [oidc.sessionsEnded, logouts.sessionsEnded]) sessions.onEnd(listener)

  async function dispatch(req: IncomingMessage, res: ServerResponse) {
    if (req.url?.startsWith('/oidc')) return oidc.callback(req, res)
    if (req.url?.startsWith('/sso/oidc/')) return oidc.interaction(req, res)
    res.end(`page ${req.url}`)
  }

  return {
    ...scene,
    origin,
    apps,
    continuations,
    oidc,
    refusals,
    cibaCounts,
    /** For which apps the gate was asked without a page. */
    checks,
    /** What apps can ask on phones; empty at first. */
    factors,
    logouts,
    /** Where each logout that an app began goes on. */
    loggedOut,
    addUser: (username: string) =>
      users.create(db, {
        username,
        displayName: `${username} Muster`,
        email: `${username}@x.test`,
      }),
    /** Finishes a login as the login page would; the browser then holds the session. */
    async logIn(browser: Browser, userId: string, facts: SignedIn = {}) {
      const made = await scene.signIn(userId, facts)
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
      const settings = made.app.settings as unknown as RelyingPartySettings
      return createRelyingParty(oidc.issuer, input.id, made.clientSecret, settings)
    },
  }
}

/** Making a key takes longer than most tests; all scenes have the same keyring, so each server of a process can have the same. */
let sharedKeys: readonly Selectable<SigningKeyRow>[] = []

async function giveKeys(db: Database): Promise<void> {
  if (sharedKeys.length === 0) return
  const insert = db.insertInto('signing_keys').values([...sharedKeys])
  await insert.onConflict((conflict) => conflict.column('id').doNothing()).execute()
}

async function noteKeys(db: Database): Promise<void> {
  if (sharedKeys.length > 0) return
  sharedKeys = await db
    .selectFrom('signing_keys')
    .selectAll()
    .where('purpose', '=', 'oidc')
    .execute()
}

function createHost(
  scene: Scene,
  { publicUrl, isOpenToApps }: { readonly publicUrl: string; readonly isOpenToApps: boolean },
) {
  const { db, audit, sessions, users, keyring } = scene
  const apps = createApps({ ...scene, protocols })
  const continuations = createContinuations({
    key: keyring.derive('continuation'),
    clock: systemClock,
  })
  const gate = createGate({
    clock: systemClock,
    continuations,
    sources: { ...createDecisionSources({ highestLevel: acrNumber }), db },
    refusals: createEntryRefusals({ clock: systemClock, audit }),
  })
  const hooks = { sessionsEnded: async () => {}, loginsEnded: async () => {} }
  const logins = createLogins({ sessions, audit, hooks })
  const changeOwn = createChangeOwn({ db, sessions })
  const findVerifiedContacts = createFindVerifiedContacts(config)
  const directory = createLocalDirectory({ ...scene, hasher: instantHasher })
  const { logOut } = createSessionOperations({ db, sessions, logins, changeOwn })
  const loggedOut: NextApp[] = []
  const refusals = createAppRefusals(protocols, { ...scene, clock: systemClock })
  const factors: BackchannelOptions['factors'][number][] = []
  const checks: string[] = []
  const endedCookie = `${loginCookie}=; Path=/; Max-Age=0`
  const host: ProtocolHost = {
    publicUrl,
    config: { ...config, oidc: { ...config.oidc, dynamic_registration: isOpenToApps } },
    base: scene,
    apps,
    gate: {
      ...gate,
      async check(request) {
        checks.push(request.app.id)
        return await gate.check(request)
      },
    },
    backchannel: createBackchannelLogins({
      ...{ ...scene, directory, gate, factors },
      records: { ...scene, store: scene.journeys, logins, onLogin() {} },
    }),
    sessions: {
      findById: sessions.findById,
      markActive: sessions.markActive,
      async logOut(session, next) {
        if (next !== undefined) loggedOut.push(next)
        const { announced } = await logOut(session)
        await announced
        return [endedCookie]
      },
      waitsForBrowser: createLogoutQueue(scene).waitsForBrowser,
      areAppsLoggedOut: async () => true,
      noteLogoutAnswer: async () => {},
      findByCookie: async (header) => {
        const token = new RegExp(`(?:^|; )${loginCookie}=([^;]+)`).exec(header ?? '')?.[1]
        return token === undefined ? undefined : sessions.find(token)
      },
      endedCookie,
    },
    users,
    releaseValues: createReleaseValues(directory, findVerifiedContacts),
    findVerifiedContacts,
    pages,
    askLanguage: (tags) => `asked_language=${tags}; Path=/`,
    signingKeys: createSigningKeys({ ...scene, publicUrl }),
    noteEntry: createNoteEntry({ clock: systemClock, ...config }),
    noteRefusal: refusals.note,
  }
  return { host, apps, continuations, loggedOut, refusals, factors, checks }
}

/** The server on a database in memory. */
export async function start(
  t: TestContext,
  publicUrl?: string,
  isOpenToApps = false,
): Promise<TestServer> {
  const database = await openDatabase({
    storage: { type: 'sqlite', file: ':memory:' },
    log: silentLog,
  })
  const server = await startTestServer(t, database, { publicUrl, isOpenToApps })
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

export interface Attempt {
  readonly url: URL
  readonly checks: client.AuthorizationCodeGrantChecks
}

interface RelyingPartySettings {
  readonly redirectUris: readonly string[]
  readonly signingAlgorithm?: string
}

/** An app, by openid-client. */
async function createRelyingParty(
  issuer: string,
  clientId: string,
  clientSecret: string | undefined,
  settings: RelyingPartySettings,
) {
  const config = await client.discovery(
    new URL(issuer),
    clientId,
    { id_token_signed_response_alg: settings.signingAlgorithm ?? 'RS256' },
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
    clientSecret,
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
