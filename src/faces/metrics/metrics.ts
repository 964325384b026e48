/**
 * The numbers of one node in the text format of Prometheus, on a port of their own. Owns names, labels and the port; what
 * is counted, and where, is the business of others, who are only read. A label is one of a few fixed words: never a
 * user, an address or an app.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { collectDefaultMetrics, type Metric, Registry } from 'prom-client'
import type { LoginCounts } from '../../identity/audit/login-counts.ts'
import { latencyBounds, type ProviderCounts } from '../../login/factors/push/senders/metrics.ts'
import { seconds } from '../../platform/kernel/clock.ts'
import type { Log } from '../../platform/kernel/log.ts'

export interface MetricsSources {
  readonly logins: Pick<LoginCounts, 'snapshot'>
  readonly pushes: { snapshot(): Readonly<Record<string, ProviderCounts>> }
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

interface Sample {
  readonly metricName?: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** What the registry asks of a metric. The library's own count by themselves; these are counted elsewhere. */
interface Family {
  readonly name: string
  get(): Promise<{
    readonly name: string
    readonly help: string
    readonly type: 'counter' | 'gauge' | 'histogram'
    readonly values: readonly Sample[]
    readonly aggregator: 'sum'
  }>
}

type Read = () => readonly Sample[] | Promise<readonly Sample[]>

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
    ...pushFamiliesOf(sources),
    family('einlass_waiting_browsers', 'gauge', 'Pages that wait for an event.', () => [
      { labels: {}, value: waitingBrowsers() },
    ]),
    family('einlass_queue_length', 'gauge', 'What waits in each queue.', () =>
      queueSamples(sources),
    ),
  ]
}

function pushFamiliesOf({ pushes }: MetricsSources): Family[] {
  const ofEach = (samples: (provider: string, counts: ProviderCounts) => readonly Sample[]) => () =>
    Object.entries(pushes.snapshot()).flatMap(([provider, counts]) => samples(provider, counts))
  const count = (of: (counts: ProviderCounts) => number) =>
    ofEach((provider, counts) => [{ labels: { provider }, value: of(counts) }])
  return [
    family(
      'einlass_pushes_total',
      'counter',
      'Messages to phones, by what became of them.',
      ofEach((provider, { handedOver, failed, gone }) =>
        labelled('outcome', { handed_over: handedOver, failed, gone }, { provider }),
      ),
    ),
    family(
      'einlass_push_retries_total',
      'counter',
      'Further tries of a message.',
      count((counts) => counts.retries),
    ),
    family(
      'einlass_push_rests_total',
      'counter',
      'How often a provider that kept failing was left alone for a while.',
      count((counts) => counts.breakerOpens),
    ),
    family(
      'einlass_push_delivery_seconds',
      'histogram',
      'From the first try until the provider took the message over.',
      ofEach((provider, { latency }) => histogramSamples(provider, latency)),
    ),
  ]
}

function labelled(
  name: string,
  counts: Readonly<Record<string, number>>,
  labels: Readonly<Record<string, string>> = {},
): Sample[] {
  return Object.entries(counts).map(([text, value]) => ({
    labels: { ...labels, [name]: text },
    value,
  }))
}

/** A bucket of the format holds what the smaller ones hold as well. */
function histogramSamples(
  provider: string,
  { buckets, sumSeconds }: ProviderCounts['latency'],
): Sample[] {
  const name = 'einlass_push_delivery_seconds'
  let sum = 0
  const samples = buckets.map((own, index) => {
    sum += own
    const le = `${latencyBounds[index] ?? '+Inf'}`
    return { metricName: `${name}_bucket`, labels: { le, provider }, value: sum }
  })
  const labels = { provider }
  return [
    ...samples,
    { metricName: `${name}_sum`, labels, value: sumSeconds },
    { metricName: `${name}_count`, labels, value: sum },
  ]
}

/** A queue that cannot be read, for example while the database is away, takes no other number away. */
async function queueSamples({ queues, log }: MetricsSources): Promise<Sample[]> {
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
