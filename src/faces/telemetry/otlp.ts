/**
 * Spans and metrics as JSON of OTLP 1.x (opentelemetry.io/docs/specs/otlp, "JSON Protobuf Encoding"): 64-bit numbers are texts,
 * ids are hexadecimal. Owns the form, not when it is sent.
 */
import type { Metric, Sample } from '../../platform/kernel/metric.ts'
import type { Facts } from '../../platform/kernel/trace.ts'
import type { Span } from './span.ts'

/** The sender, as every signal describes it. */
export interface Resource {
  readonly version: string
  readonly node: string
}

export function writeSpans(resource: Resource, spans: readonly Span[]): object {
  return {
    resourceSpans: [
      {
        resource: writeResource(resource),
        scopeSpans: [{ scope: writeScope(resource), spans: spans.map(writeSpan) }],
      },
    ],
  }
}

/** @param times the start of the counters, and now: milliseconds since the epoch */
export async function writeMetrics(
  resource: Resource,
  metrics: readonly Metric[],
  times: { readonly since: number; readonly now: number },
): Promise<object> {
  const written = []
  for (const metric of metrics) {
    const samples = await metric.read()
    if (samples.length > 0) written.push(writeMetric(metric, samples, times))
  }
  return {
    resourceMetrics: [
      {
        resource: writeResource(resource),
        scopeMetrics: [{ scope: writeScope(resource), metrics: written }],
      },
    ],
  }
}

const writeScope = ({ version }: Resource) => ({ name: 'einlass', version })

const writeResource = ({ version, node }: Resource) => ({
  attributes: writeFacts({
    'service.name': 'einlass',
    'service.version': version,
    'service.instance.id': node,
  }),
})

/** SpanKind and StatusCode of OpenTelemetry. */
const kinds = { internal: 1, server: 2, client: 3 } as const
const statusError = 2

function writeSpan({ place, parentId, name, kind, begin, end, facts, isError }: Span): object {
  return {
    traceId: place.traceId,
    spanId: place.spanId,
    ...(parentId !== undefined && { parentSpanId: parentId }),
    name,
    kind: kinds[kind],
    startTimeUnixNano: toNanoseconds(begin),
    endTimeUnixNano: toNanoseconds(end),
    attributes: writeFacts(facts),
    status: isError ? { code: statusError } : {},
  }
}

const toNanoseconds = (milliseconds: number): string =>
  `${BigInt(Math.round(milliseconds * 1_000)) * 1_000n}`

const writeFacts = (facts: Facts) =>
  Object.entries(facts).map(([key, value]) => ({ key, value: writeValue(value) }))

function writeValue(value: Facts[string]): object {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  return Number.isInteger(value) ? { intValue: `${value}` } : { doubleValue: value }
}

/** AGGREGATION_TEMPORALITY_CUMULATIVE */
const cumulative = 2

function writeMetric(
  { name, type, help }: Metric,
  samples: readonly Sample[],
  { since, now }: { readonly since: number; readonly now: number },
): object {
  const times = { startTimeUnixNano: toNanoseconds(since), timeUnixNano: toNanoseconds(now) }
  const about = { name, description: help, ...(name.includes('_seconds') && { unit: 's' }) }
  if (type === 'histogram') {
    const dataPoints = writeHistograms(name, samples).map((one) => ({ ...times, ...one }))
    return { ...about, histogram: { dataPoints, aggregationTemporality: cumulative } }
  }
  const dataPoints = samples.map(({ labels, value }) => ({
    ...times,
    attributes: writeFacts(labels),
    asDouble: value,
  }))
  if (type === 'gauge') return { ...about, gauge: { dataPoints } }
  return { ...about, sum: { dataPoints, aggregationTemporality: cumulative, isMonotonic: true } }
}

/** In the samples, a bucket includes all smaller ones; in OTLP it does not. */
function writeHistograms(name: string, samples: readonly Sample[]): object[] {
  const byLabels = Map.groupBy(samples, ({ labels: { le: _, ...labels } }) =>
    JSON.stringify(Object.entries(labels).toSorted()),
  )
  return [...byLabels.values()].map((own) => {
    const buckets = own.filter(({ metricName }) => metricName === `${name}_bucket`)
    const find = (end: string) =>
      own.find(({ metricName }) => metricName === `${name}_${end}`)?.value ?? 0
    const { le: _, ...labels } = buckets[0]?.labels ?? {}
    const counts = buckets.map(({ value }, index) => value - (buckets[index - 1]?.value ?? 0))
    return {
      attributes: writeFacts(labels),
      count: `${find('count')}`,
      sum: find('sum'),
      bucketCounts: counts.map((count) => `${count}`),
      explicitBounds: buckets.slice(0, -1).map(({ labels: { le } }) => Number(le)),
    }
  })
}
