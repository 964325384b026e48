/** The metrics of a server, put together from what its features count. */
import type { Server } from 'node:http'
import { countWaitingBrowsers } from './faces/login/waiting.ts'
import type { RunningProtocols } from './faces/protocols/running.ts'
import { type LoginCounts, listLoginMetrics } from './identity/audit/login-counts.ts'
import type { AlertWorker } from './identity/notify/alerts/queue.ts'
import type { MailWorker } from './identity/notify/mail/queue.ts'
import type { Hasher } from './identity/users/hasher.ts'
import type { createLogin } from './login/login.ts'
import type { Config } from './platform/config/schema.ts'
import type { Log } from './platform/kernel/log.ts'
import type { ClockWatch } from './platform/storage/clock-watch.ts'

/** What the numbers are read from. */
export interface Measured extends Pick<ReturnType<typeof createLogin>, 'factors' | 'metrics'> {
  readonly running: Pick<RunningProtocols, 'metrics' | 'countWaitingLogouts'>
  readonly loginCounts: LoginCounts
  readonly clockWatch: Pick<ClockWatch, 'metric'>
  readonly hasher: Pick<Hasher, 'waiting'>
  readonly mailWorker: Pick<MailWorker, 'countWaiting'> | undefined
  readonly alertWorker: Pick<AlertWorker, 'countWaiting'> | undefined
  readonly waitingBrowsers: () => number
  readonly log: Log
}

/** Not loaded by a server that shows none: it makes a start longer. */
export async function openMetrics(config: Config, measured: Measured): Promise<Server | undefined> {
  if (config.metrics === undefined) return undefined
  const { log, loginCounts, clockWatch, hasher, mailWorker, alertWorker } = measured
  const { factors, metrics, running, waitingBrowsers } = measured
  const { createMetricsServer } = await import('./faces/metrics/metrics.ts')
  return createMetricsServer({
    metrics: [
      ...listLoginMetrics(loginCounts),
      ...metrics,
      ...running.metrics,
      ...factors.all.flatMap((factor) => factor.metrics ?? []),
      countWaitingBrowsers(waitingBrowsers),
      clockWatch.metric,
    ],
    queues: {
      passwords: hasher.waiting,
      ...(mailWorker && { mails: mailWorker.countWaiting }),
      ...(alertWorker && { events: alertWorker.countWaiting }),
      logouts: running.countWaitingLogouts,
    },
    log,
  })
}
