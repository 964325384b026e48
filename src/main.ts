/** The server process: opens what the configuration names, serves until a signal arrives, and closes its parts in order. */

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { flushCompileCache } from 'node:module'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { protocols } from './faces/protocols/index.ts'
import { createApps } from './identity/apps/apps.ts'
import { listEmptyGroups } from './identity/users/directory-answers.ts'
import { listFactorGaps } from './login/factors/index.ts'
import { listMissingLevels } from './login/factors/missing-levels.ts'
import { ConfigMistakes } from './platform/config/mistakes.ts'
import type { Config } from './platform/config/schema.ts'
import { explainListening } from './platform/http/listening.ts'
import { type Clock, systemClock } from './platform/kernel/clock.ts'
import { Fault } from './platform/kernel/fault.ts'
import { foldOutages } from './platform/kernel/folded-log.ts'
import type { Io } from './platform/kernel/io.ts'
import { joinRuns } from './platform/kernel/joined-runs.ts'
import { createLog, type LevelledLog } from './platform/kernel/json-log.ts'
import type { ChangingKeyring } from './platform/kernel/keyring.ts'
import type { Log } from './platform/kernel/log.ts'
import { type EndWatch, untilEnd, untilSignal } from './platform/kernel/process-end.ts'
import { systemRandom } from './platform/kernel/random.ts'
import { createServiceManager, type ServiceManager } from './platform/kernel/service-manager.ts'
import { readVersion } from './platform/kernel/version.ts'
import type { OpenDatabase } from './platform/storage/database.ts'
import { watchEpoch } from './platform/storage/epoch-watch.ts'
import type { KeyWatch } from './platform/storage/key-watch.ts'
import { openKeyring } from './platform/storage/keys.ts'
import { describePlace } from './platform/storage/open.ts'
import { openWhenThere } from './platform/storage/open-when-there.ts'
import type { Brand } from './platform/ui/brand.ts'
import {
  createEinlassServer,
  type EinlassServer,
  type ServerOptions,
  type ServerPlatform,
} from './server.ts'
import { followLater, openKeyWatch } from './start-keys.ts'

export interface ServeOptions {
  readonly config: Config
  readonly warnings: readonly string[]
  /** The configuration as it is now. Throws `ConfigMistakes`. */
  readonly readConfig: () => Config
  /** Listens since before the start, which a signal ends too. */
  readonly ending: EndWatch
}

/** Serves until SIGTERM or SIGINT. Returns the exit code. */
export async function runServe(options: ServeOptions, io: Io): Promise<number> {
  const { config, warnings, ending } = options
  const { public_url: publicUrl } = config
  if (publicUrl === undefined) throw new Error('serve needs public_url')
  const log = createLog(config.log.level, io.stdout)
  const manager = createServiceManager({ env: io.env, pid: process.pid, log })
  for (const warning of warnings) log.warn({}, warning)
  for (const gap of listGaps(config)) log.warn({}, gap)
  const { signal } = ending
  const running = await start({ config, publicUrl, log, signal }).catch((cause) => {
    if (signal.aborted && cause === signal.reason) return undefined
    throw explainListening(config.listen, cause) ?? cause
  })
  if (running === undefined) {
    log.info({ signal: signal.reason }, 'Einlass is going down before it was up')
    return 0
  }
  await announce(running, log, io).catch(async (error: unknown) => {
    await running.stop()
    throw error
  })
  reloadOnSignal(options, { log, manager, readKeys: running.readKeys })
  await manager.ready()
  // Node writes the cache when the process ends. A process that is always killed would compile everything at each start.
  flushCompileCache()
  const cause = await untilLeaving(running, ending, log)
  await manager.stopping()
  if (cause === 'restored') {
    log.error({}, restoredText)
    await running.stop()
    return exitToStartAgain
  }
  const { drain } = config.shutdown
  log.info({ signal: cause, drain }, 'Einlass is going down')
  running.server.leave()
  // A second signal ends the wait.
  await Promise.race([
    drain === 0 ? undefined : sleep(drain, undefined, { ref: false }),
    untilSignal(),
  ])
  await running.stop()
  return 0
}

/** Logs what an operator should know at the start. Throws in an outage of the database: what listens has to be closed then. */
async function announce({ server, parts }: Running, log: Log, { stderr }: Io): Promise<void> {
  for (const { app, text } of await findUnreachableApps(parts)) log.warn({ app }, text)
  for (const group of await findEmptyGroups({ server, parts })) log.warn({ group }, emptyGroup)
  // A directory may answer slowly, and the users of other directories do not wait for it.
  warnOfDirectories(parts.config, log).catch((error) => log.error({ error }, 'unexpected'))
  log.info(describeNode(parts.config), 'Einlass is up')
  const link = await server.setupLink()
  if (link === undefined) return
  stderr.write(`There are no users yet. Within 30 minutes, make the first one here:\n  ${link}\n`)
}

interface Reloaded {
  readonly log: LevelledLog
  readonly manager: ServiceManager
  readonly readKeys: () => Promise<void>
}

/** At each SIGHUP, reads the configuration and the keys again. */
function reloadOnSignal(
  { config, readConfig }: ServeOptions,
  { log, manager, readKeys }: Reloaded,
): void {
  const reload = async () => {
    await manager.reloading()
    try {
      const now = readConfig()
      log.level = now.log.level
      log.info({ restartFor: listRestarts(config, now) }, 'the configuration was read again')
      await readKeys()
    } catch (error) {
      if (!(error instanceof ConfigMistakes)) throw error
      const { mistakes } = error
      log.error({ mistakes }, 'the configuration has mistakes: the one of before stays in force')
    } finally {
      await manager.ready()
    }
  }
  const reloadSoon = joinRuns(reload, (error) => log.error({ error }, 'unexpected'))
  process.on('SIGHUP', reloadSoon)
}

/** Changed parts of the configuration that need a restart: all but the level of the log. */
export function listRestarts(before: Config, now: Config): string[] {
  const { log: _before, ...old } = before
  const { log: _now, ...current } = now
  const names = new Set(Object.keys({ ...old, ...current }) as (keyof typeof old)[])
  return [...names].filter((name) => !isDeepStrictEqual(old[name], current[name]))
}

/** EX_TEMPFAIL of sysexits.h: the service manager starts the server again. */
const exitToStartAgain = 75
const restoredText =
  'the database was restored from a backup: this server ends, as it was started with the state of before'

async function untilLeaving(
  { parts: { platform } }: Running,
  ending: EndWatch,
  log: Log,
): Promise<NodeJS.Signals | 'restored'> {
  const watching = new AbortController()
  const { db } = platform.database
  const { epoch } = platform.keyring
  const restored = watchEpoch({ db, log, epoch, signal: watching.signal })
  try {
    const cause = await Promise.race([untilEnd(ending), restored])
    return cause === 'stopped' ? await untilEnd(ending) : cause
  } finally {
    watching.abort()
  }
}

/** Identifies this node and the version of its program. */
function describeNode({ public_url: url, listen, metrics, storage }: Config): object {
  return {
    ...{ version: readVersion(), node: hostname(), runtime: process.version },
    storage: `${storage.type} ${describePlace(storage)}`,
    ...{ url, ...listen, metrics },
  }
}

/** Apps whose own rule requires a level that no user can reach. The default rule is not looked at: the check warns of it. */
export async function findUnreachableApps(
  parts: Pick<ServerOptions, 'config'> & {
    readonly platform: Pick<ServerPlatform, 'database' | 'clock' | 'random' | 'keyring'>
  },
): Promise<{ readonly app: string; readonly text: string }[]> {
  const { config, platform } = parts
  const apps = createApps({ ...platform, protocols, defaultPolicy: config.default_policy })
  const known = listMissingLevels(config, config.default_policy)
  return (await apps.listReadable(platform.database.db)).flatMap(({ id, policy }) =>
    listMissingLevels(config, policy)
      .filter((text) => !known.includes(text))
      .map((text) => ({ app: id, text: `the rule of an app: ${text}` })),
  )
}

/** Logs what keeps users of a directory out as it is configured, before the first of them meets it. */
export async function warnOfDirectories({ directories }: Config, log: Log): Promise<void> {
  const remote = directories.filter(({ kind }) => kind !== 'local')
  if (remote.length === 0) return
  const { checkDirectory } = await import('./identity/users/ldap/check.ts')
  const readFile = (path: string) => readFileSync(path, 'utf8')
  for (const config of remote) {
    for (const { type, text } of await checkDirectory({ config, clock: systemClock, readFile })) {
      if (type === 'ok') continue
      const what = `a directory of users: ${text}; einlass directory test says more`
      log.warn({ directory: config.name }, what)
    }
  }
}

const emptyGroup =
  'nobody is in a group of service_desk.two_people_groups: if its name is misspelt, one operator alone issues passes to those who are meant'

/** Groups that the directory reports as empty, although the configuration requires two operators for their passes. */
export function findEmptyGroups({
  parts: { config, platform },
  server: { directory },
}: {
  readonly parts: Pick<ServerOptions, 'config'> & {
    readonly platform: Pick<ServerPlatform, 'database'>
  }
  readonly server: Pick<EinlassServer, 'directory'>
}): Promise<string[]> {
  return listEmptyGroups(directory, platform.database.db, config.service_desk.two_people_groups)
}

/** Missing parts of the configuration that most installations want. */
export function listGaps(config: Config): string[] {
  return [
    ...(config.mail === undefined
      ? ['mail is not configured: users get no notices of changes to their account']
      : []),
    ...listFactorGaps(config),
  ]
}

export interface StartOptions {
  readonly config: Config
  /** An origin. */
  readonly publicUrl: string
  readonly log: Log
  /** Absent: the system's. */
  readonly clock?: Clock
  /** Ends the start between two of its steps: `start` throws its reason. */
  readonly signal?: AbortSignal
}

export interface Running {
  readonly server: EinlassServer
  /** What the server was built from, for callers that add users or apps to it. */
  readonly parts: ServerOptions
  /** Reads the sealing keys again from their source. */
  readonly readKeys: () => Promise<void>
  stop(): Promise<void>
}

/**
 * Opens the database and the key, builds the server and listens. Throws Fault `unavailable` when the database cannot be
 * used, another server uses it or the metrics port is taken; Fault `wrong_schema` when the database belongs to another
 * program; Fault `conflict` when a row that every login needs is broken; and the error of the system when the server's port
 * is taken. After an error nothing is left open.
 */
export async function start(given: StartOptions): Promise<Running> {
  // The database has it as well: each group of writes that a full disk refuses is an error of its own.
  const options = { ...given, log: foldOutages(given.log) }
  const { config, log, signal } = options
  const release = await lockFor(config.storage)
  try {
    const { storage } = config
    const migrate = storage.type === 'sqlite' || storage.migrate === true
    const wait = storage.type === 'postgres' ? storage.wait : 0
    const database = await openWhenThere({ storage, log, migrate }, wait, signal)
    try {
      signal?.throwIfAborted()
      const keyring = await openKeyring(config, database.db)
      await followLater(options, database.db, keyring)
      const keyWatch = await openKeyWatch(options, database, keyring)
      const parts = gatherParts(options, { database, keyring, keyWatch })
      const server = await createEinlassServer(parts)
      await listen(server, config)
      keyWatch.start()
      return {
        server,
        parts,
        readKeys: keyWatch.readAgain,
        async stop() {
          await server.close()
          await keyWatch.stop()
          await database.close()
          release()
        },
      }
    } catch (error) {
      await database.close()
      throw error
    }
  } catch (error) {
    release()
    throw error
  }
}

/** Only one server may use a SQLite database; PostgreSQL allows any number. */
async function lockFor(storage: Config['storage']): Promise<() => void> {
  if (storage.type !== 'sqlite') return () => {}
  const { takeServerLock } = await import('./platform/storage/server-lock.ts')
  return takeServerLock(storage.file).release
}

interface Opened {
  readonly database: OpenDatabase
  readonly keyring: ChangingKeyring
  readonly keyWatch: KeyWatch
}

function gatherParts(
  { config, publicUrl, log, clock = systemClock }: StartOptions,
  { database, keyring, keyWatch }: Opened,
): ServerOptions {
  return {
    config,
    publicUrl,
    logo: readLogo(config.brand.logo),
    platform: {
      ...{ database, keyring, clock, log, fetch },
      random: systemRandom,
      findKeyProblem: keyWatch.findProblem,
    },
  }
}

/**
 * Throws the error of the system, for example when the port is taken, and Fault `unavailable` for the metrics port. After
 * an error nothing of the server is left.
 */
async function listen(server: EinlassServer, config: Config): Promise<void> {
  try {
    if (server.metrics !== undefined && config.metrics !== undefined)
      await listenForMetrics(server.metrics, config.metrics)
    server.http.listen(config.listen.port, config.listen.host)
    await once(server.http, 'listening')
  } catch (error) {
    await server.close()
    throw error
  }
}

async function listenForMetrics(
  server: Server,
  { host, port }: NonNullable<Config['metrics']>,
): Promise<void> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? `${cause.code}` : 'unknown'
    const reason = why === 'EADDRINUSE' ? 'another process has it' : why
    const text = `No metrics on ${host}, port ${port} (metrics.port): ${reason}.`
    throw new Fault('unavailable', text, { cause })
  }
}

function readLogo(path: string | undefined): Brand['logo'] {
  if (path === undefined) return undefined
  const mediaType = /\.png$/i.test(path) ? 'image/png' : 'image/svg+xml'
  return { mediaType, bytes: readFileSync(path) }
}
