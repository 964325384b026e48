/** The metrics of a server, put together from what its features count. */
import type { Server } from 'node:http'
import { hostname } from 'node:os'
import type { Frame } from './faces/frame/frame.ts'
import type { Health } from './faces/health.ts'
import { countWaitingBrowsers } from './faces/login/waiting.ts'
import { measureQueues } from './faces/metrics/queues.ts'
import type { RunningProtocols } from './faces/protocols/running.ts'
import type { RequestCounts } from './faces/request-counts.ts'
import type { Telemetry } from './faces/telemetry/telemetry.ts'
import { type LoginCounts, listLoginMetrics } from './identity/audit/login-counts.ts'
import type { Directory } from './identity/users/directory.ts'
import type { Hasher } from './identity/users/hasher.ts'
import type { OutcomeCounts } from './login/factors/outcome-counts.ts'
import type { createLogin } from './login/login.ts'
import type { Config } from './platform/config/schema.ts'
import { closeHttp } from './platform/http/lifetime.ts'
import type { Clock } from './platform/kernel/clock.ts'
import type { Log } from './platform/kernel/log.ts'
import type { Metric, QueueState } from './platform/kernel/metric.ts'
import type { Random } from './platform/kernel/random.ts'
import { readVersion } from './platform/kernel/version.ts'
import { measureBackup } from './platform/storage/backup/last-backup.ts'
import type { ClockWatch } from './platform/storage/clock-watch.ts'
import type { OpenDatabase } from './platform/storage/database.ts'

/** Work that waits in the database. */
interface Worker {
  measure(): Promise<QueueState>
}

/** What the numbers are read from. */
export interface Measured extends Pick<ReturnType<typeof createLogin>, 'factors' | 'metrics'> {
  readonly database: Pick<OpenDatabase, 'db' | 'engine' | 'metrics'>
  readonly directory: Pick<Directory, 'metrics'>
  readonly running: Pick<RunningProtocols, 'metrics' | 'measureLogouts'>
  readonly reset: { readonly requests: Worker }
  readonly health: Pick<Health, 'metric'>
  readonly requestCounts: Pick<RequestCounts, 'metrics'>
  readonly frame: Pick<Frame, 'metrics'>
  readonly loginCounts: LoginCounts
  readonly outcomeCounts: Pick<OutcomeCounts, 'metric'>
  readonly clockWatch: Pick<ClockWatch, 'metric'>
  readonly hasher: Pick<Hasher, 'waiting' | 'refused' | 'left' | 'expectedWait'>
  readonly mailWorker: Worker | undefined
  readonly alertWorker: Worker | undefined
  readonly auditWorkers: { readonly metrics: readonly Metric[] }
  readonly waitingBrowsers: () => number
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly fetch: typeof fetch
}

export interface Observers {
  /** For Prometheus; does not listen yet. */
  readonly server: Server | undefined
  close(): Promise<void>
}

/** Nothing is loaded of what a server does not show: it makes a start longer. */
export async function openObservers(config: Config, measured: Measured): Promise<Observers> {
  const telemetry = await openTelemetryOf(config, measured)
  const metrics = listMetrics(measured)
  telemetry?.start(metrics)
  const server = await openServer(config, [...metrics, ...(telemetry?.metrics ?? [])], measured)
  return {
    server,
    async close() {
      if (server !== undefined) await closeHttp(server)
      await telemetry?.stop()
    },
  }
}

async function openServer(
  config: Config,
  metrics: readonly Metric[],
  { log }: Pick<Measured, 'log'>,
): Promise<Server | undefined> {
  if (config.metrics === undefined) return undefined
  const { createMetricsServer } = await import('./faces/metrics/metrics.ts')
  return createMetricsServer({ metrics, log })
}

async function openTelemetryOf(
  config: Config,
  { database, random, log, fetch }: Measured,
): Promise<Telemetry | undefined> {
  if (config.telemetry === undefined) return undefined
  const { openTelemetry } = await import('./faces/telemetry/telemetry.ts')
  return openTelemetry({
    config: config.telemetry,
    resource: { version: readVersion(), node: hostname() },
    databaseSystem: database.engine === 'sqlite' ? 'sqlite' : 'postgresql',
    ...{ random, log, fetch },
  })
}

/** In the order in which they are shown. */
function listMetrics(measured: Measured): Metric[] {
  const { database, directory, running, hasher, factors, health, auditWorkers } = measured
  return [
    describeNode(database),
    health.metric,
    ...measured.requestCounts.metrics,
    ...measured.frame.metrics,
    ...listLoginMetrics(measured.loginCounts),
    ...measured.metrics,
    measured.outcomeCounts.metric,
    ...running.metrics,
    ...factors.all.flatMap((factor) => factor.metrics ?? []),
    countWaitingBrowsers(measured.waitingBrowsers),
    ...measureHashes(hasher),
    ...(directory.metrics ?? []),
    ...database.metrics,
    measureBackup({ ...measured, db: database.db }),
    measured.clockWatch.metric,
    ...auditWorkers.metrics,
    ...listQueues(measured),
  ]
}

function describeNode({ engine }: Measured['database']): Metric {
  const labels = {
    ...{ version: readVersion(), runtime: process.version.slice(1) },
    ...{ node: hostname(), storage: engine },
  }
  return {
    name: 'einlass_info',
    type: 'gauge',
    help: 'Which program runs on this node.',
    read: () => [{ labels, value: 1 }],
  }
}

function measureHashes(hasher: Measured['hasher']): Metric[] {
  return [
    {
      name: 'einlass_password_hashes_refused_total',
      type: 'counter',
      help: 'Passwords that were not looked at, as too many waited for the processor.',
      read: () => [{ labels: {}, value: hasher.refused?.() ?? 0 }],
    },
    {
      name: 'einlass_password_hashes_left_total',
      type: 'counter',
      help: 'Passwords that were not looked at, as the browser had closed the connection.',
      read: () => [{ labels: {}, value: hasher.left?.() ?? 0 }],
    },
    {
      name: 'einlass_password_wait_seconds',
      type: 'gauge',
      help: 'How long a password that is sent now probably waits for the processor.',
      read: () => [{ labels: {}, value: (hasher.expectedWait?.() ?? 0) / 1000 }],
    },
  ]
}

function listQueues({ hasher, running, reset, mailWorker, alertWorker, log }: Measured): Metric[] {
  return measureQueues(
    {
      passwords: { read: () => ({ length: hasher.waiting() }) },
      ...(mailWorker && { mails: { ask: mailWorker.measure } }),
      ...(alertWorker && { events: { ask: alertWorker.measure } }),
      logouts: { ask: running.measureLogouts },
      resets: { ask: reset.requests.measure },
    },
    log,
  )
}
