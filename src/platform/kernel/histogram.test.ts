import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHistogram } from './histogram.ts'

test('a time is counted in every bucket whose bound is not below it', () => {
  const histogram = createHistogram([0.1, 1])
  for (const elapsed of [0, 100, 101, 1_000, 60_000]) histogram.note(elapsed)
  assert.deepEqual(histogram.read('wait_seconds', { queue: 'mails' }), [
    { metricName: 'wait_seconds_bucket', labels: { le: '0.1', queue: 'mails' }, value: 2 },
    { metricName: 'wait_seconds_bucket', labels: { le: '1', queue: 'mails' }, value: 4 },
    { metricName: 'wait_seconds_bucket', labels: { le: '+Inf', queue: 'mails' }, value: 5 },
    { metricName: 'wait_seconds_sum', labels: { queue: 'mails' }, value: 61.201 },
    { metricName: 'wait_seconds_count', labels: { queue: 'mails' }, value: 5 },
  ])
})
