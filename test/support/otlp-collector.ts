/**
 * A collector of OpenTelemetry that takes nothing which the specification does not say: every member, id and number is checked.
 * It can also hang, refuse, or be gone.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'

const nanoseconds = z.string().regex(/^1\d{18}$/)
const whole = z.string().regex(/^\d+$/)
const value = z.union([
  z.strictObject({ stringValue: z.string().max(200) }),
  z.strictObject({ boolValue: z.boolean() }),
  z.strictObject({ intValue: whole }),
  z.strictObject({ doubleValue: z.number() }),
])
const attributes = z.array(z.strictObject({ key: z.string().min(1), value }))
const resource = z.strictObject({ attributes })
const scope = z.strictObject({ name: z.literal('einlass'), version: z.string() })

const span = z.strictObject({
  traceId: z.string().regex(/^(?!0+$)[0-9a-f]{32}$/),
  spanId: z.string().regex(/^(?!0+$)[0-9a-f]{16}$/),
  parentSpanId: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
  name: z.string().min(1).max(100),
  kind: z.union([z.literal(1), z.literal(2), z.literal(3)]),
  startTimeUnixNano: nanoseconds,
  endTimeUnixNano: nanoseconds,
  attributes,
  status: z.strictObject({ code: z.literal(2).optional() }),
})
const traces = z.strictObject({
  resourceSpans: z.tuple([
    z.strictObject({
      resource,
      scopeSpans: z.tuple([z.strictObject({ scope, spans: z.array(span).min(1).max(512) })]),
    }),
  ]),
})

const times = { startTimeUnixNano: nanoseconds, timeUnixNano: nanoseconds }
const numbers = z.array(z.strictObject({ ...times, attributes, asDouble: z.number() })).min(1)
const histograms = z.array(
  z
    .strictObject({
      ...{ ...times, attributes, count: whole, sum: z.number() },
      ...{ bucketCounts: z.array(whole), explicitBounds: z.array(z.number()) },
    })
    .refine(({ bucketCounts, explicitBounds }) => bucketCounts.length === explicitBounds.length + 1)
    .refine(
      ({ bucketCounts, count }) =>
        bucketCounts.map(Number).reduce((a, b) => a + b) === Number(count),
    ),
)
const about = { name: z.string(), description: z.string().min(1), unit: z.literal('s').optional() }
const aggregation = { aggregationTemporality: z.literal(2) }
const metric = z.union([
  z.strictObject({ ...about, gauge: z.strictObject({ dataPoints: numbers }) }),
  z.strictObject({
    ...about,
    sum: z.strictObject({ ...aggregation, dataPoints: numbers, isMonotonic: z.literal(true) }),
  }),
  z.strictObject({
    ...about,
    histogram: z.strictObject({ ...aggregation, dataPoints: histograms }),
  }),
])
const metrics = z.strictObject({
  resourceMetrics: z.tuple([
    z.strictObject({
      resource,
      scopeMetrics: z.tuple([z.strictObject({ scope, metrics: z.array(metric) })]),
    }),
  ]),
})

export type CollectedSpan = z.output<typeof span>
type Mood = 'taking' | 'hanging' | 'refusing' | 'busy'

/** @param port absent: a free one */
export async function startCollector(t: Scope, port = 0) {
  const spans: CollectedSpan[] = []
  const measured: z.output<typeof metric>[] = []
  const mistakes: unknown[] = []
  const headers: IncomingMessage['headers'][] = []
  let mood: Mood = 'taking'
  let requests = 0
  let text = ''

  function take(url: string, body: string): void {
    text += body
    if (url === '/v1/traces') {
      const [{ scopeSpans }] = traces.parse(JSON.parse(body)).resourceSpans
      spans.push(...scopeSpans[0].spans)
    } else if (url === '/v1/metrics') {
      const [{ scopeMetrics }] = metrics.parse(JSON.parse(body)).resourceMetrics
      measured.push(...scopeMetrics[0].metrics)
    } else throw new Error(`not a signal: ${url}`)
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    requests += 1
    headers.push(request.headers)
    if (mood === 'hanging') return
    if (mood !== 'taking') return void response.writeHead(mood === 'busy' ? 503 : 400).end('no')
    try {
      assert.equal(request.method, 'POST')
      assert.equal(request.headers['content-type'], 'application/json')
      take(request.url ?? '', (await request.toArray()).join(''))
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    } catch (error) {
      mistakes.push(error)
      response.writeHead(400).end()
    }
  }

  const server = createServer((request, response) => void answer(request, response))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const leave = () => {
    server.closeAllConnections()
    server.close()
  }
  t.after(leave)
  const { port: ownPort } = server.address() as AddressInfo
  return {
    ...{ spans, measured, mistakes, headers, leave },
    port: ownPort,
    endpoint: `http://127.0.0.1:${ownPort}`,
    /** All that was ever sent. */
    text: () => text,
    requests: () => requests,
    behave(next: Mood) {
      mood = next
    },
    async until(isSo: () => boolean): Promise<void> {
      for (let attempt = 0; attempt < 1500 && !isSo(); attempt += 1) await sleep(20)
      assert.ok(isSo(), 'the collector waits in vain')
    },
  }
}
