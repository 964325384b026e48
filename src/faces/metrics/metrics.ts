/**
 * The metrics of one node in the text format of Prometheus, on a separate port. Owns the port and the format. Each feature
 * declares its metrics as `Metric`; they are only read here.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { collectDefaultMetrics, type Metric as LibraryMetric, Registry } from 'prom-client'
import { seconds } from '../../platform/kernel/clock.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Metric } from '../../platform/kernel/metric.ts'

export interface MetricsSources {
  /** In the order of the output. */
  readonly metrics: readonly Metric[]
  readonly log: Log
}

/** Creates a server that does not listen yet. It answers only `GET /metrics`. */
export function createMetricsServer(sources: MetricsSources): Server {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const name of misnamed) registry.removeSingleMetric(name)
  for (const metric of mergeByName(sources.metrics)) {
    registry.registerMetric(toLibrary(metric) as unknown as LibraryMetric)
  }
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

/** From the library: sums of other metrics that have names of counters but are not counters. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
]

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

/** Several features may have metrics of one name, each with its own labels. */
function mergeByName(metrics: readonly Metric[]): Metric[] {
  const merged = new Map<string, Metric>()
  for (const metric of metrics) {
    const before = merged.get(metric.name)
    const read = async () => [...((await before?.read()) ?? []), ...(await metric.read())]
    merged.set(metric.name, before === undefined ? metric : { ...before, read })
  }
  return [...merged.values()]
}

/** The form that the registry requires. The library's metrics count by themselves; these are counted elsewhere. */
function toLibrary({ name, type, help, read }: Metric) {
  return {
    name,
    get: async () => ({ name, help, type, values: await read(), aggregator: 'sum' }) as const,
  }
}
