/**
 * The numbers of one node in the text format of Prometheus, on a port of their own. Owns the port and the format. Each
 * feature declares its own as `Metric`, and is only read.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { collectDefaultMetrics, type Metric as LibraryMetric, Registry } from 'prom-client'
import { seconds } from '../../platform/kernel/clock.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Metric } from '../../platform/kernel/metric.ts'

export interface MetricsSources {
  /** In the order in which they are shown. */
  readonly metrics: readonly Metric[]
  readonly log: Log
}

/** A server that does not listen yet. It answers `GET /metrics` alone. */
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

/** Of the library: sums of other metrics under names of counters, which they are not. */
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

/** Several features may count under one name, each with its own labels. */
function mergeByName(metrics: readonly Metric[]): Metric[] {
  const merged = new Map<string, Metric>()
  for (const metric of metrics) {
    const before = merged.get(metric.name)
    const read = async () => [...((await before?.read()) ?? []), ...(await metric.read())]
    merged.set(metric.name, before === undefined ? metric : { ...before, read })
  }
  return [...merged.values()]
}

/** What the registry asks of a metric. The library's own count by themselves; these are counted elsewhere. */
function toLibrary({ name, type, help, read }: Metric) {
  return {
    name,
    get: async () => ({ name, help, type, values: await read(), aggregator: 'sum' }) as const,
  }
}
