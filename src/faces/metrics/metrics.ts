/**
 * The numbers of one node in the text format of Prometheus, on a port of their own. Owns names, labels and the port; what
 * is counted, and where, is the business of others, who are only read. A label is one of a few fixed words: never a
 * user, an address or an app.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { collectDefaultMetrics, type Metric, Registry } from 'prom-client'
import type { LoginCounts } from '../../identity/audit/login-counts.ts'
import type { FactorMetric, MetricSample } from '../../login/factors/factor.ts'
import { seconds } from '../../platform/kernel/clock.ts'
import type { Log } from '../../platform/kernel/log.ts'

export interface MetricsSources {
  readonly logins: Pick<LoginCounts, 'snapshot'>
  /** What factors count. */
  readonly factors: readonly FactorMetric[]
  /** Pages that hold an event connection. */
  readonly waitingBrowsers: () => number
  /** How much waits in each queue, by its name. */
  readonly queues: Readonly<Record<string, () => number | Promise<number>>>
  readonly log: Log
}

/** A server that does not listen yet. It answers `GET /metrics` alone. */
export function createMetricsServer(sources: MetricsSources): Server {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const family of familiesOf(sources)) registry.registerMetric(family as unknown as Metric)
  const server = createServer((request, response) => {
    answer(registry, request, response).catch((error: unknown) => {
      sources.log.error({ error }, 'the metrics could not be read')
      if (response.headersSent) response.destroy()
      else response.writeHead(500).end()
    })
  })
  server.headersTimeout = seconds(10)
  server.requestTimeout = seconds(30)
  return server
}

async function answer(
  registry: Registry,
  { method, url = '' }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (url.split('?', 1)[0] !== '/metrics') return void response.writeHead(404).end()
  if (method !== 'GET') return void response.writeHead(405, { allow: 'GET' }).end()
  const text = await registry.metrics()
  response.writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' })
  response.end(text)
}

/** What the registry asks of a metric. The library's own count by themselves; these are counted elsewhere. */
interface Family {
  readonly name: string
  get(): Promise<{
    readonly name: string
    readonly help: string
    readonly type: 'counter' | 'gauge' | 'histogram'
    readonly values: readonly MetricSample[]
    readonly aggregator: 'sum'
  }>
}

type Read = () => readonly MetricSample[] | Promise<readonly MetricSample[]>

function family(name: string, type: 'counter' | 'gauge' | 'histogram', help: string, read: Read) {
  return {
    name,
    get: async () => ({ name, help, type, values: await read(), aggregator: 'sum' }) as const,
  } satisfies Family
}

function familiesOf(sources: MetricsSources): Family[] {
  const { logins, waitingBrowsers } = sources
  return [
    family('einlass_logins_total', 'counter', 'Logins that ended with a session.', () =>
      labelled('acr', logins.snapshot().succeeded),
    ),
    family('einlass_login_failures_total', 'counter', 'Tries that were refused.', () =>
      labelled('reason', logins.snapshot().failed),
    ),
    ...sources.factors.map(({ name, type, help, read }) => family(name, type, help, read)),
    family('einlass_waiting_browsers', 'gauge', 'Pages that wait for an event.', () => [
      { labels: {}, value: waitingBrowsers() },
    ]),
    family('einlass_queue_length', 'gauge', 'What waits in each queue.', () =>
      queueSamples(sources),
    ),
  ]
}

function labelled(
  name: string,
  counts: Readonly<Record<string, number>>,
  labels: Readonly<Record<string, string>> = {},
): MetricSample[] {
  return Object.entries(counts).map(([text, value]) => ({
    labels: { ...labels, [name]: text },
    value,
  }))
}

/** A queue that cannot be read, for example while the database is away, takes no other number away. */
async function queueSamples({ queues, log }: MetricsSources): Promise<MetricSample[]> {
  const samples = await Promise.all(
    Object.entries(queues).map(async ([queue, length]) => {
      try {
        return [{ labels: { queue }, value: await length() }]
      } catch (error) {
        log.warn({ error, queue }, 'the length of a queue could not be read')
        return []
      }
    }),
  )
  return samples.flat()
}
