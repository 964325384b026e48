/**
 * The composition root: builds every feature once and wires them together. The only file that knows all of them. Owns
 * no decision and no route.
 */
import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { availableParallelism } from 'node:os'
import { createAccountPages } from './faces/account/routes.ts'
import { createSetupPages } from './faces/admin/setup.ts'
import type { AnswerDevice } from './faces/devices.ts'
import { createDispatch } from './faces/dispatch.ts'
import { createFrame } from './faces/frame/frame.ts'
import { createHealth } from './faces/health.ts'
import { createLoginFace } from './faces/login/routes.ts'
import { countWaitingBrowsers, createWaiting } from './faces/login/waiting.ts'
import { protocols } from './faces/protocols/index.ts'
import { createProtocolPages } from './faces/protocols/pages.ts'
import type { ProtocolHost } from './faces/protocols/protocol.ts'
import { runProtocols } from './faces/protocols/running.ts'
import { createNotMePages } from './faces/report/routes.ts'
import { bindFaces } from './faces/routes.ts'
import { createApps } from './identity/apps/apps.ts'
import { createAudit } from './identity/audit/audit.ts'
import type { EventType } from './identity/audit/event.ts'
import {
  countFailures,
  createLoginCounts,
  listLoginMetrics,
} from './identity/audit/login-counts.ts'
import { createThrottle } from './identity/limits/throttle.ts'
import { openAlerts, openAlertWorker } from './identity/notify/alerts/alerts.ts'
import { openMailWorker, openNotify } from './identity/notify/mail/mail.ts'
import { setupEvents } from './identity/operations/events.ts'
import { createSetupOperations } from './identity/operations/setup.ts'
import { createEffectivePolicy } from './identity/policy/effective.ts'
import { createSessions } from './identity/sessions/sessions.ts'
import { openDirectory } from './identity/users/directories.ts'
import { createHasher, type Hasher } from './identity/users/hasher.ts'
import { createUsers } from './identity/users/users.ts'
import type { Engine } from './login/engine/engine.ts'
import type { Rule } from './login/factors/authenticator-operations.ts'
import type { Factor } from './login/factors/factor.ts'
import { factorScripts, prepareFactors } from './login/factors/index.ts'
import { createLogin, loginEventTypes } from './login/login.ts'
import type { Config } from './platform/config/schema.ts'
import { createCookies } from './platform/http/cookies.ts'
import { createFormTokens } from './platform/http/form-token.ts'
import { commonHeaders } from './platform/http/headers.ts'
import { createServer } from './platform/http/node.ts'
import { createPipelineLimit } from './platform/http/pipelining.ts'
import { type Clock, minutes, seconds } from './platform/kernel/clock.ts'
import { createEvents } from './platform/kernel/events.ts'
import type { Keyring } from './platform/kernel/keyring.ts'
import type { Log } from './platform/kernel/log.ts'
import type { Random } from './platform/kernel/random.ts'
import type { OpenDatabase } from './platform/storage/database.ts'
import { createWriteProbe } from './platform/storage/probe.ts'
import { loadAssets } from './platform/ui/assets.ts'
import type { Brand } from './platform/ui/brand.ts'
import { createLayout } from './platform/ui/layout.ts'
import { findTimeZone } from './platform/ui/translate.ts'

export interface ServerOptions {
  readonly config: Config
  /** An origin. */
  readonly publicUrl: string
  readonly logo?: Brand['logo']
  readonly database: OpenDatabase
  readonly keyring: Keyring
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly fetch: typeof fetch
  /** Absent: argon2id on every core. */
  readonly hasher?: Hasher
}

export interface EinlassServer {
  readonly http: Server
  /** Has the numbers; absent when they are not configured. Start it together with `http`. */
  readonly metrics: Server | undefined
  /** The address of a page that makes the first administrator; `undefined` when there are users. */
  setupLink(): Promise<string | undefined>
  /** Stops taking requests, finishes what is under way, and lets go of everything but the database. */
  close(): Promise<void>
}

/** The audit events of all features: what a person's history is read from. */
export const allEventTypes: readonly EventType[] = [
  ...loginEventTypes,
  ...protocols.flatMap(({ events }) => Object.values(events)),
  ...Object.values(setupEvents),
]

export async function createEinlassServer(options: ServerOptions): Promise<EinlassServer> {
  const base = await createBase(options)
  const frame = createPageFrame(options, base)
  const login = createLogin({ ...options, ...base })
  const journeyPages = { ...login, frame, now: options.clock.now, appName: base.appName }
  const factors = login.factors.all
  for (const factor of factors) await factor.start?.()
  const running = runProtocols(protocols, createHost(options, base, frame, login), base.events)
  for (const listener of running.endListeners) base.sessions.onEnd(listener)
  const waiting = createLoginWaiting(options, base, login.engine)
  const metrics = await createMetrics(options, base, factors, waiting.count)
  const setup = createSetupOperations({ ...options, ...base })
  const health = createHealth({
    ...base,
    frame,
    checkWrites: createWriteProbe({ ...options, ...base }),
  })
  const dispatch = createDispatch(
    frame,
    bindFaces({
      login: createLoginFace({ ...journeyPages, findNextJourney: login.findNextJourney }, waiting),
      account: createAccountPages({
        ...base,
        ...journeyPages,
        ...login.factors,
        clock: options.clock,
        eventTypes: allEventTypes,
        apps: () => listTiles(base),
        rulesFor: (userId) => listRules(options, base, userId),
      }),
      notMe: createNotMePages({ ...base, ...login.notMe, frame }),
      setup: createSetupPages({ ...base, frame, setup }),
      protocols: running,
      devices: (kind, request) => answerDevice(factors, kind, request),
      files: { ...base, frame },
      health,
    }),
  )
  const admit = createPipelineLimit()
  const http = createServer((request, response) => {
    if (!admit(request, response)) return
    dispatch(request, response).catch((error: unknown) => {
      options.log.error({ error }, 'a request failed before it had a page')
      if (response.headersSent) response.destroy()
      else response.writeHead(503, commonHeaders({ secure: isSecure(options) })).end()
    })
  })
  limitTimes(http)

  const purging = setInterval(() => {
    purge().catch((error: unknown) => options.log.error({ error }, 'old rows were not removed'))
  }, minutes(10))
  purging.unref()

  async function purge(): Promise<void> {
    await login.engine.purge()
    for (const factor of factors) await factor.purge?.(base.db)
    await base.throttle.purge(base.db)
    await base.sessions.purge()
    await running.purge()
    await base.mailWorker?.purge()
    await base.alertWorker?.purge()
    await login.notMe.links.purge(base.db)
    await login.flushTries()
  }

  base.mailWorker?.start()
  base.alertWorker?.start()

  return {
    http,
    metrics,
    async setupLink() {
      const token = await setup.createLink()
      return token === undefined ? undefined : `${options.publicUrl}/setup/${token}`
    },
    async close() {
      health.leave()
      clearInterval(purging)
      await running.close()
      waiting.close()
      await closeHttp(http)
      if (metrics !== undefined) await closeHttp(metrics)
      for (const factor of factors) await factor.close?.()
      await login.flushTries({ all: true })
      await base.sessions.settled()
      await base.mailWorker?.stop()
      await base.alertWorker?.stop()
    },
  }
}

/** @throws Error for a factor that no device calls, which has no route either */
function answerDevice(
  factors: readonly Factor[],
  ...[kind, request]: Parameters<AnswerDevice>
): ReturnType<AnswerDevice> {
  const factor = factors.find((one) => one.kind === kind)
  if (factor?.answerDevice === undefined) throw new Error(`no device calls ${kind}`)
  return factor.answerDevice(request)
}

function createLoginWaiting(options: ServerOptions, { events }: Base, engine: Engine) {
  return createWaiting({
    engine,
    events,
    headers: commonHeaders({ secure: isSecure(options) }),
    clock: options.clock,
    heartbeat: seconds(15),
    longest: minutes(10),
    limit: 50_000,
    limitPerJourney: 10,
  })
}

type Base = Awaited<ReturnType<typeof createBase>>

function isSecure({ publicUrl }: ServerOptions): boolean {
  return publicUrl.startsWith('https:')
}

/** What every feature stands on. */
async function createBase(options: ServerOptions) {
  const { config, database, log } = options
  const { db } = database
  const brand = readBrand(options)
  const loginCounts = createLoginCounts()
  const apps = createApps({ ...options, protocols, defaultPolicy: config.default_policy })
  const users = createUsers(options)
  const hasher = options.hasher ?? createHasher({ cores: availableParallelism(), log })
  return {
    db,
    brand,
    apps,
    assets: loadAssets(brand, factorScripts),
    events: await database.shareEvents(createEvents()),
    audit: countFailures(createAudit(options), loginCounts),
    loginCounts,
    users,
    notify: openNotify({ ...options, findUser: users.find }),
    mailWorker: await openMailWorker({ ...options, db }),
    alerts: openAlerts(options),
    alertWorker: openAlertWorker({ ...options, db }),
    hasher,
    minPasswordLength: config.passwords.min_length,
    directory: openDirectory({ ...options, users, hasher }),
    throttle: createThrottle({ ...options, isAlone: database.engine === 'sqlite' }),
    openFactors: await prepareFactors({
      ...options,
      readFile: (path) => readFileSync(path, 'utf8'),
    }),
    sessions: createSessions({ ...options, db, limits: config.sessions }),
    appName: async (appId: string | undefined) =>
      appId === undefined ? undefined : (await apps.find(db, appId))?.name,
  }
}

/** Not loaded by a server that shows none: it makes a start longer. */
async function createMetrics(
  { config, log }: ServerOptions,
  { loginCounts, hasher, mailWorker, alertWorker }: Base,
  factors: readonly Factor[],
  waitingBrowsers: () => number,
): Promise<Server | undefined> {
  if (config.metrics === undefined) return undefined
  const { createMetricsServer } = await import('./faces/metrics/metrics.ts')
  return createMetricsServer({
    metrics: [
      ...listLoginMetrics(loginCounts),
      ...factors.flatMap(({ metrics }) => metrics ?? []),
      countWaitingBrowsers(waitingBrowsers),
    ],
    queues: {
      passwords: hasher.waiting,
      ...(mailWorker && { mails: mailWorker.countWaiting }),
      ...(alertWorker && { events: alertWorker.countWaiting }),
    },
    log,
  })
}

function readBrand({ config, logo }: ServerOptions): Brand {
  const { brand } = config
  return {
    name: brand.name,
    appsLine: brand.apps_line,
    logo,
    colour: brand.colour,
    cornerRadius: brand.corner_radius,
    support: brand.support,
    imprintUrl: brand.imprint_url,
    privacyUrl: brand.privacy_url,
  }
}

function createPageFrame(options: ServerOptions, { brand, assets, sessions }: Base) {
  const { config, keyring, publicUrl } = options
  const secure = isSecure(options)
  return createFrame({
    ...options,
    brand,
    secure,
    layout: createLayout({ brand, assets, timeZone: findTimeZone(config) }),
    cookies: createCookies({ secure }),
    formTokens: createFormTokens({ key: keyring.derive('form tokens'), publicUrl }),
    trustedProxies: config.trusted_proxies,
    networks: config.networks,
    findSession: sessions.find,
  })
}

/** What a protocol gets of this server. */
function createHost(
  options: ServerOptions,
  base: Base,
  frame: ReturnType<typeof createPageFrame>,
  { gate, sessionOperations }: ReturnType<typeof createLogin>,
): ProtocolHost {
  const { config, publicUrl, clock, random, keyring, log } = options
  const { db, audit, apps, sessions, users } = base
  return {
    publicUrl,
    config,
    base: { db, clock, random, keyring, log, audit },
    apps,
    gate,
    sessions: {
      findById: sessions.findById,
      async findByCookie(header) {
        const token = frame.cookies.read(header, 'session')
        return token === undefined ? undefined : await sessions.find(token)
      },
      logOut: sessionOperations.logOut,
      endedCookie: frame.cookies.clear('session'),
    },
    users,
    pages: createProtocolPages(frame, publicUrl),
  }
}

/** Apps that a person can open from here. */
async function listTiles({ db, apps }: Base) {
  const all = await apps.list(db)
  return all.flatMap(({ name, startUrl }) =>
    startUrl === undefined ? [] : [{ name, href: startUrl }],
  )
}

/** What each app demands of a member of the person's groups, and what their own pages demand. */
async function listRules(
  { config }: ServerOptions,
  { db, apps, directory }: Base,
  userId: string,
): Promise<Rule[]> {
  const all = await apps.list(db)
  const groups = await directory.listGroups(db, userId)
  const own = { app: undefined, policy: config.default_policy }
  const rules: Rule[] = [own, ...all.map(({ name, policy }) => ({ app: name, policy }))]
  return rules.map(({ app, policy }) => ({
    app,
    policy: createEffectivePolicy(policy, { groups }),
  }))
}

function limitTimes(http: Server): void {
  // Of silence on a connection with a request under way: nobody reads the answer. Event streams have their beats.
  http.timeout = seconds(75)
  http.headersTimeout = seconds(10)
  http.requestTimeout = seconds(30)
  http.keepAliveTimeout = seconds(65)
}

/** Lets running requests finish for a while. */
async function closeHttp(http: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => http.close(() => resolve()))
  http.closeIdleConnections()
  const impatience = setTimeout(() => http.closeAllConnections(), seconds(10))
  await closed
  clearTimeout(impatience)
}
