/**
 * The composition root: builds every feature once and wires them together. The only file that knows all of them. Owns
 * no decision and no route.
 */

import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { availableParallelism } from 'node:os'
import { openAuditWorkers } from './audit-workers.ts'
import { createOwnApps } from './faces/account/apps.ts'
import { createOpenApps } from './faces/account/logout.ts'
import { createAccountPages } from './faces/account/routes.ts'
import { createSetupPages } from './faces/admin/setup.ts'
import { findTemplate } from './faces/apps/templates/index.ts'
import { createAuthenticatorFace } from './faces/authenticator/routes.ts'
import { createDevices } from './faces/devices.ts'
import { createDispatch, createListener, type Dispatch } from './faces/dispatch.ts'
import type { Frame } from './faces/frame/frame.ts'
import { openFrame } from './faces/frame/open.ts'
import { createHealth, type Health } from './faces/health.ts'
import { createInvitationPages } from './faces/invitation/routes.ts'
import { createLoginFace } from './faces/login/routes.ts'
import { openWaiting } from './faces/login/waiting.ts'
import { createPasswordHint } from './faces/password-hint.ts'
import { keyEvents, logoutEvents, refusalEvents } from './faces/protocols/events.ts'
import { createProtocolHost, type PlainProtocolHost } from './faces/protocols/host.ts'
import { protocolAddresses, protocols } from './faces/protocols/index.ts'
import { createReleaseValues } from './faces/protocols/release.ts'
import { createNetworkSearch } from './faces/protocols/request-rate-limit.ts'
import { type RunningProtocols, runProtocols } from './faces/protocols/running.ts'
import { createNotMePages } from './faces/report/routes.ts'
import { createRequestCounts } from './faces/request-counts.ts'
import { traceRequests } from './faces/request-traces.ts'
import { createResetPages } from './faces/reset/routes.ts'
import { bindFaces } from './faces/routes.ts'
import { createScimFace } from './faces/scim/routes.ts'
import { createStartPages } from './faces/start/routes.ts'
import { listIconNames } from './identity/apps/app-icons.ts'
import { createAppOrders } from './identity/apps/app-orders.ts'
import { createApps } from './identity/apps/apps.ts'
import { createAudit } from './identity/audit/audit.ts'
import { beginAudit } from './identity/audit/begin.ts'
import type { EventType } from './identity/audit/event.ts'
import { trailEvents } from './identity/audit/events.ts'
import { createForgedRows } from './identity/audit/forged-rows.ts'
import { countFailures, createLoginCounts } from './identity/audit/login-counts.ts'
import { createThrottle } from './identity/limits/throttle.ts'
import { openAlerts, openAlertWorker } from './identity/notify/alerts/alerts.ts'
import { openMailWorker, openNotify } from './identity/notify/mail/mail.ts'
import { restoreEvents, sealingEvents, setupEvents } from './identity/operations/events.ts'
import { createHandOver } from './identity/operations/hand-over.ts'
import { createSettleWrites } from './identity/operations/settle-writes.ts'
import { createSetupOperations } from './identity/operations/setup.ts'
import { createSweep } from './identity/operations/sweep.ts'
import { createFindVerifiedContacts } from './identity/provisioning/verified-contacts.ts'
import { findLastUsed } from './identity/sessions/participants.ts'
import { createSessions } from './identity/sessions/sessions.ts'
import { openDirectory } from './identity/users/directories.ts'
import type { Directory } from './identity/users/directory.ts'
import { createHasher, type Hasher } from './identity/users/hasher.ts'
import { createOutageRecords } from './identity/users/outage-records.ts'
import { createPasswordRules } from './identity/users/password-rules.ts'
import { createUsers } from './identity/users/users.ts'
import { factorScripts, prepareFactors } from './login/factors/index.ts'
import { createOutcomeCounts } from './login/factors/outcome-counts.ts'
import { createLogin, loginEventTypes } from './login/login.ts'
import type { Config } from './platform/config/schema.ts'
import { closeHttp, findMaxHeaderSize, limitTimes, timeChecks } from './platform/http/lifetime.ts'
import { createServer } from './platform/http/node.ts'
import { type Clock, minutes, seconds } from './platform/kernel/clock.ts'
import { createEvents } from './platform/kernel/events.ts'
import type { Keyring } from './platform/kernel/keyring.ts'
import type { Log } from './platform/kernel/log.ts'
import type { Random } from './platform/kernel/random.ts'
import { listFailures, tryEach } from './platform/kernel/try-each.ts'
import { createRowBinding } from './platform/storage/bound-rows.ts'
import { createClockWatch } from './platform/storage/clock-watch.ts'
import type { OpenDatabase } from './platform/storage/database.ts'
import { createWriteProbe } from './platform/storage/probe.ts'
import { createSchemaCheck } from './platform/storage/schema.ts'
import { loadAssets } from './platform/ui/assets.ts'
import { type Brand, readBrand } from './platform/ui/brand.ts'
import { openObservers } from './server-metrics.ts'

/** What a server gets from its process. */
export interface ServerPlatform {
  readonly database: OpenDatabase
  readonly keyring: Keyring
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly fetch: typeof fetch
  /** Absent: the keys are not watched. */
  readonly findKeyProblem?: () => string | undefined
}

export interface ServerOptions {
  readonly config: Config
  /** An origin. */
  readonly publicUrl: string
  readonly logo?: Brand['logo']
  readonly platform: ServerPlatform
  /** Absent: argon2id on every core. */
  readonly hasher?: Hasher
}

export interface EinlassServer {
  readonly http: Server
  /** Serves the metrics; absent when they are not configured. Start it together with `http`. */
  readonly metrics: Server | undefined
  /** For the warnings of a start. */
  readonly directory: Directory
  /** The address of a page that makes the first administrator; `undefined` when there are users. */
  setupLink(): Promise<string | undefined>
  /** Load balancers learn from now on that the server will end; it still takes requests. */
  leave(): void
  /** Stops taking requests, finishes those under way, and closes everything but the database. */
  close(): Promise<void>
}

/** The audit events of all features. A person's history is made from them. */
export const allEventTypes: readonly EventType[] = [
  ...loginEventTypes,
  ...protocols.flatMap(({ events }) => Object.values(events)),
  ...Object.values(logoutEvents),
  ...Object.values(refusalEvents),
  ...Object.values(setupEvents),
  ...Object.values(restoreEvents),
  ...Object.values(sealingEvents),
  ...Object.values(keyEvents),
  ...Object.values(trailEvents),
]

export async function createEinlassServer(options: ServerOptions): Promise<EinlassServer> {
  const base = await createBase(options)
  await beginAudit(base)
  const frame = openFrame({ ...options, ...base, findSession: base.sessions.find })
  const login = createLogin({
    ...options,
    openFactors: base.openFactors,
    platform: base,
    identity: base,
    records: base,
  })
  const factors = login.factors.all
  for (const factor of factors) await factor.start?.()
  const running = runProtocols(protocols, createHost(options, base, { frame, login }), base.events)
  const sessions = { ...base.sessions, ...createOpenApps({ ...base, ...running, frame }) }
  const journeyPages = { ...base, ...login, frame, now: base.clock.now, sessions }
  for (const listener of running.endListeners) base.sessions.onEnd(listener)
  const waiting = openWaiting({
    ...{ ...options, ...base },
    engine: login.engine,
    findNetwork: createNetworkSearch(options.config),
  })
  const devices = createDevices({ ...options, ...base, factors })
  const ownApps = createLauncher(options, base, login)
  const setup = createSetupOperations({ ...options, ...base })
  const health = createHealth({
    ...{ ...base, frame },
    checkWrites: createWriteProbe(base),
    checkSchema: createSchemaCheck(base.database, base.clock),
    isClockRight: base.clockWatch.isRight,
  })
  const requestCounts = watchRequests(options.config)
  const observers = await openObservers(options.config, {
    ...{ ...base, ...login, running, health, requestCounts, frame },
    waitingBrowsers: waiting.count,
  })
  const dispatch = createDispatch(
    frame,
    bindFaces({
      login: createLoginFace({ ...journeyPages, findNextJourney: login.findNextJourney }, waiting),
      reset: createResetPages({ ...options, ...base, ...journeyPages, ...login.reset }),
      invitation: createInvitationPages({ ...base, ...journeyPages, ...login.factors.first }),
      account: createAccountPages({
        ...{ ...base, ...journeyPages, ...login.factors },
        clock: base.clock,
        eventTypes: allEventTypes,
        apps: ownApps.listTiles,
        browserLogout: running.browserLogout,
        rulesFor: ownApps.listRules,
      }),
      start: createStartPages({ ...options, ...base, ...journeyPages, ...login.factors, factors }),
      notMe: createNotMePages({ ...base, ...login.notMe, frame }),
      setup: createSetupPages({ ...options, ...base, frame, setup }),
      protocols: running,
      scim: createScimFace({ ...options, ...base, logins: login.logins }),
      authenticator: createAuthenticatorFace({ ...options, ...base }),
      passwordHint: createPasswordHint({ ...options, ...base, frame }),
      ...{ devices, health, files: { ...base, frame } },
    }),
    requestCounts,
  )
  const http = openHttp(options, dispatch, health)

  const purging = startPurging(base, { login, factors, running })
  // Aggregates of refused attempts are written once a minute; see audit/aggregate.ts.
  const flushing = setInterval(() => void login.flushTries(), minutes(1)).unref()
  const sweep = openSweep(options, base, login)
  for (const worker of [...base.workers, login.reset.requests, running, sweep, base.clockWatch])
    worker.start()

  return {
    ...{ http, metrics: observers.server, directory: base.directory },
    async setupLink() {
      const token = await setup.createLink()
      return token === undefined ? undefined : `${options.publicUrl}/setup/${token}`
    },
    leave: health.leave,
    async close() {
      health.leave()
      for (const timer of [purging, flushing]) clearInterval(timer)
      base.clockWatch.stop()
      await running.close()
      for (const streams of [waiting, devices]) streams.close()
      await closeHttp(http, Math.min(options.config.shutdown.drain, seconds(1)))
      await observers.close()
      for (const factor of [...factors, login.tickets]) await factor?.close?.()
      await login.reset.requests.stop()
      await login.flushTries({ all: true })
      await base.settled()
      for (const worker of [...base.workers, sweep]) await worker.stop()
    },
  }
}

function watchRequests({ trusted_proxies: trusted }: Config) {
  const { watch, metrics } = createRequestCounts()
  return { watch: traceRequests(watch, trusted), metrics, ownNames: protocolAddresses }
}

function openHttp(
  { config, publicUrl, platform: { log } }: ServerOptions,
  dispatch: Dispatch,
  { isLeaving }: Health,
): Server {
  const listener = createListener(dispatch, { publicUrl, log, isLeaving })
  const http = createServer({ ...timeChecks, maxHeaderSize: findMaxHeaderSize(config) }, listener)
  limitTimes(http)
  return http
}

type Base = Awaited<ReturnType<typeof createBase>>

/** The parts that every feature builds on. */
async function createBase(options: ServerOptions) {
  const { config, publicUrl, platform } = options
  const { database, log } = platform
  const { db, nodes } = database
  const brand = readBrand(config, options.logo)
  const loginCounts = createLoginCounts()
  const apps = createApps({ ...platform, protocols, defaultPolicy: config.default_policy })
  const users = createUsers(platform)
  const outcomeCounts = createOutcomeCounts()
  const audit = outcomeCounts.watch(countFailures(createAudit(platform), loginCounts))
  const clockWatch = createClockWatch(platform)
  const forgedRows = createForgedRows({ ...platform, db, audit })
  const rows = createRowBinding({ ...platform, ...forgedRows })
  const sessions = createSessions({ ...platform, db, rows, limits: config.sessions })
  const hasher = options.hasher ?? createHasher({ cores: availableParallelism(), log })
  const mailWorker = await openMailWorker({ ...platform, config, db })
  const alertWorker = openAlertWorker({ ...platform, config, publicUrl, db })
  const auditWorkers = openAuditWorkers({
    ...{ ...options, audit, clockWatch, eventTypes: allEventTypes },
    platform: { ...platform, db, nodes },
  })
  await auditWorkers.begin()
  return {
    ...platform,
    db,
    rows,
    nodes,
    brand,
    apps,
    orders: createAppOrders(platform),
    assets: loadAssets(brand, factorScripts),
    events: await database.shareEvents(createEvents()),
    audit,
    maxEventAge: config.retention.audit,
    loginCounts,
    outcomeCounts,
    clockWatch,
    findKeyProblem: platform.findKeyProblem ?? (() => undefined),
    users,
    notify: openNotify({ ...platform, config, publicUrl, findUser: users.find }),
    mailWorker,
    alerts: openAlerts({ ...platform, config, publicUrl }),
    alertWorker,
    /** The workers that send what is queued, if they are configured. */
    workers: [mailWorker, alertWorker, ...auditWorkers.workers].filter((one) => one !== undefined),
    auditWorkers,
    hasher,
    passwordRules: createPasswordRules(config),
    directory: openDirectory({
      ...{ ...platform, config, users, audit, hasher },
      outages: createOutageRecords({ ...platform, db }),
    }),
    throttle: createThrottle({ ...platform, isAlone: database.engine === 'sqlite' }),
    openFactors: await prepareFactors({
      ...platform,
      config,
      readFile: (path) => readFileSync(path, 'utf8'),
    }),
    async settled() {
      await Promise.all([sessions.settled(), forgedRows.settled()])
    },
    sessions: { ...sessions, handOver: createHandOver({ db, sessions, audit }) },
    appName: async (appId: string | undefined) =>
      appId === undefined ? undefined : (await apps.find(db, appId))?.name,
  }
}

interface Purged {
  readonly login: ReturnType<typeof createLogin>
  readonly factors: ReturnType<typeof createLogin>['factors']['all']
  readonly running: RunningProtocols
}

/** Removes old rows from time to time. What fails does not stop the rest. */
function startPurging(base: Base, { login, factors, running }: Purged): NodeJS.Timeout {
  const { db, log } = base
  const stores = [
    ...[login.references, ...factors, login.tickets, base.throttle, base.directory],
    ...[login.notMe.links, login.notMe.fresh],
  ]
  const purge = () =>
    tryEach([
      async () => {
        // A login that was not noted as abandoned must stay, so one depends on the other.
        await login.noteExpiredLogins()
        await login.engine.purge()
      },
      ...stores.map((store) => async () => store?.purge?.(db)),
      () => base.sessions.purge(),
      () => running.purge(),
      ...base.workers.map((worker) => () => worker.purge()),
      () => login.reset.purge(),
      () => login.factors.first.invitations.purge(db),
    ])
  return setInterval(() => {
    purge().catch((thrown: unknown) => {
      for (const error of listFailures(thrown)) log.error({ error }, 'old rows were not removed')
    })
  }, minutes(10)).unref()
}

/** Nothing asks the directories after the sweep has stopped, so its `stop` closes them. */
function openSweep(
  { config }: ServerOptions,
  base: Base,
  { logins }: Pick<ReturnType<typeof createLogin>, 'logins'>,
) {
  const settleWrites = createSettleWrites({ ...base, logins })
  const sweep = createSweep({ ...base, logins, settleWrites, directories: config.directories })
  return {
    ...sweep,
    async stop() {
      await sweep.stop()
      await base.directory.close?.()
    },
  }
}

function createLauncher(
  { config }: ServerOptions,
  base: Base,
  { foresee }: Pick<ReturnType<typeof createLogin>, 'foresee'>,
) {
  const findDrawing = (name: string | undefined) => findTemplate(name)?.icon
  const pictures = { findDrawing, listIcons: listIconNames }
  const parts = { foresee, pictures, findLastUsed }
  return createOwnApps({ ...base, ...parts, defaultPolicy: config.default_policy })
}

function createHost(
  options: ServerOptions,
  base: Base,
  { frame, login }: { frame: Frame; login: ReturnType<typeof createLogin> },
): PlainProtocolHost {
  const { publicUrl, config } = options
  const { db, rows, nodes, clock, random, keyring, log, audit } = base
  const { apps, users, directory, sessions } = base
  const findVerifiedContacts = createFindVerifiedContacts(config)
  return createProtocolHost({
    publicUrl,
    config,
    base: { db, rows, nodes, clock, random, keyring, log, audit },
    apps,
    users,
    releaseValues: createReleaseValues(directory, findVerifiedContacts),
    findVerifiedContacts,
    gate: login.gate,
    backchannel: login.backchannel,
    frame,
    sessions,
    logOut: login.sessionOperations.logOut,
  })
}
