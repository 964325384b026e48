/** What was counted of messages, as metrics. Owns their names and labels. */
import type { FactorMetric, MetricSample } from '../../factor.ts'
import { latencyBounds, type ProviderCounts, type SenderMetrics } from './metrics.ts'

export function createSenderFamilies({
  snapshot,
}: Pick<SenderMetrics, 'snapshot'>): readonly FactorMetric[] {
  const ofEach =
    (samples: (provider: string, counts: ProviderCounts) => readonly MetricSample[]) => () =>
      Object.entries(snapshot()).flatMap(([provider, counts]) => samples(provider, counts))
  const count = (of: (counts: ProviderCounts) => number) =>
    ofEach((provider, counts) => [{ labels: { provider }, value: of(counts) }])
  return [
    {
      name: 'einlass_pushes_total',
      type: 'counter',
      help: 'Messages to phones, by what became of them.',
      read: ofEach((provider, { handedOver, failed, gone }) =>
        Object.entries({ handed_over: handedOver, failed, gone }).map(([outcome, value]) => ({
          labels: { provider, outcome },
          value,
        })),
      ),
    },
    {
      name: 'einlass_push_retries_total',
      type: 'counter',
      help: 'Further tries of a message.',
      read: count((counts) => counts.retries),
    },
    {
      name: 'einlass_push_rests_total',
      type: 'counter',
      help: 'How often a provider that kept failing was left alone for a while.',
      read: count((counts) => counts.breakerOpens),
    },
    {
      name: latencyName,
      type: 'histogram',
      help: 'From the first try until the provider took the message over.',
      read: ofEach((provider, { latency }) => histogramSamples(provider, latency)),
    },
  ]
}

const latencyName = 'einlass_push_delivery_seconds'

/** A bucket of the format holds what the smaller ones hold as well. */
function histogramSamples(
  provider: string,
  { buckets, sumSeconds }: ProviderCounts['latency'],
): MetricSample[] {
  let sum = 0
  const samples = buckets.map((own, index) => {
    sum += own
    const le = `${latencyBounds[index] ?? '+Inf'}`
    return { metricName: `${latencyName}_bucket`, labels: { le, provider }, value: sum }
  })
  const labels = { provider }
  return [
    ...samples,
    { metricName: `${latencyName}_sum`, labels, value: sumSeconds },
    { metricName: `${latencyName}_count`, labels, value: sum },
  ]
}
