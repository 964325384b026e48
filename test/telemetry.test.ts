/** Traces and metrics by OTLP, over a whole server: what arrives, what never does, and what a bad collector costs. */
import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPlainBrowser } from '../src/dev/test-support/plain-browser.ts'
import type { Resource } from '../src/faces/telemetry/otlp.ts'
import { openTelemetry } from '../src/faces/telemetry/telemetry.ts'
import { silentLog } from '../src/platform/kernel/log.ts'
import { systemRandom } from '../src/platform/kernel/random.ts'
import { isTraced, tracePiece } from '../src/platform/kernel/trace.ts'
import { erika, startInProcess } from './support/in-process.ts'
import { type CollectedSpan, startCollector } from './support/otlp-collector.ts'

const resource: Resource = { version: '1.0.0', node: 'a' }

/** Without a server around it, and in a hurry. */
function openQuick(t: TestContext, endpoint: string, log = silentLog, patience = 2000) {
  const config = { endpoint, traces: true, metrics: true, sample: 1, interval: 50 }
  const telemetry = openTelemetry({
    ...{ config, resource, log, fetch, random: systemRandom, databaseSystem: 'sqlite' },
    times: { betweenSpans: 10, patience },
  })
  t.after(() => telemetry.stop())
  const count = async (outcome: string) =>
    (await telemetry.metrics[0]?.read())?.find(({ labels }) => labels.outcome === outcome)?.value ??
    0
  return { telemetry, count }
}

const work = (name: string) => tracePiece({ name, kind: 'internal' }, async () => name)

const readFact = ({ attributes }: CollectedSpan, key: string) =>
  Object.values(attributes.find((one) => one.key === key)?.value ?? {})[0]

test('a login is traced with its request, steps and statements, without users, addresses or secrets', async (t) => {
  const collector = await startCollector(t)
  const { publicUrl, server } = await startInProcess(t, {
    telemetry: {
      endpoint: collector.endpoint,
      authorization: 'Bearer sesame',
      sample: 1,
      interval: '5s',
    },
  })
  const browser = createPlainBrowser(publicUrl)
  const page = await browser.get('/login?lang=en')
  await browser.answer(await browser.follow(page), erika)
  await fetch(`${publicUrl}/setup/secret-of-a-link`)
  await collector.until(() => collector.spans.some(({ name }) => name === 'GET /setup/:token'))
  await collector.until(() => collector.measured.length > 0)
  assert.deepEqual(collector.mistakes, [])

  const request = collector.spans.find(({ name }) => name === 'POST /login')
  assert.ok(request)
  assert.equal(request.kind, 2)
  assert.equal(request.parentSpanId, undefined)
  assert.equal(readFact(request, 'http.route'), '/login')
  assert.match(`${readFact(request, 'http.response.status_code')}`, /^303$/)
  const trace = collector.spans.filter(({ traceId }) => traceId === request.traceId)
  const step = trace.find(({ name }) => name === 'step password/check')
  assert.ok(step)
  assert.equal(step.parentSpanId, request.spanId)
  assert.equal(readFact(step, 'einlass.outcome'), 'passed')
  const statement = trace.find(({ name }) => name === 'SELECT users')
  assert.ok(statement)
  const ids = new Set(trace.map(({ spanId }) => spanId))
  for (const one of trace) if (one !== request) assert.ok(ids.has(one.parentSpanId ?? ''), one.name)

  const names = collector.measured.map(({ name }) => name)
  assert.ok(names.includes('einlass_login_ends_total'))
  assert.ok(names.includes('einlass_http_request_duration_seconds'))
  assert.equal(collector.headers[0]?.authorization, 'Bearer sesame')
  await server.close()
  const secrets =
    /erika|Regenschirm|secret-of|sesame|127\.0\.0\.1|localhost|example\.org|lang=|Mozilla|cookie/i
  assert.doesNotMatch(collector.text(), secrets)
})

test('only a trusted proxy can assign a request to a trace', async (t) => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  const ask = async (trusted: string[], flags: string, sample: number) => {
    const collector = await startCollector(t)
    const { publicUrl, server } = await startInProcess(t, {
      telemetry: { endpoint: collector.endpoint, sample, metrics: false },
      trusted_proxies: trusted,
    })
    await fetch(`${publicUrl}/login`, {
      headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-${flags}` },
    })
    await server.close()
    return collector.spans.find(({ name }) => name === 'GET /login')
  }
  const trusted = await ask(['127.0.0.1'], '01', 0)
  assert.equal(trusted?.traceId, traceId)
  assert.equal(trusted?.parentSpanId, '00f067aa0ba902b7')
  assert.equal(await ask(['127.0.0.1'], '00', 1), undefined)
  const untrusted = await ask([], '01', 1)
  assert.ok(untrusted)
  assert.notEqual(untrusted.traceId, traceId)
  assert.equal(untrusted.parentSpanId, undefined)
})

test('a hanging collector blocks no work, and the number of waiting spans is limited', async (t) => {
  const collector = await startCollector(t)
  collector.behave('hanging')
  const { telemetry, count } = openQuick(t, collector.endpoint)
  telemetry.start([])
  for (let index = 0; index < 5_000; index += 1) assert.equal(await work('piece'), 'piece')
  assert.equal(await count('dropped'), 5_000 - 4_096)
  collector.behave('taking')
  await collector.until(() => collector.spans.length === 4_096)
  assert.deepEqual(collector.mistakes, [])
})

test('spans for a busy collector are sent later, and spans that a collector refuses are dropped', async (t) => {
  const collector = await startCollector(t)
  const { telemetry, count } = openQuick(t, collector.endpoint)
  telemetry.start([])
  collector.behave('busy')
  await work('first')
  await collector.until(() => collector.requests() >= 2)
  assert.equal(await count('dropped'), 0)
  collector.behave('taking')
  await collector.until(() => collector.spans.length === 1)
  collector.behave('refusing')
  await work('second')
  const before = collector.requests()
  await collector.until(() => collector.requests() > before)
  collector.behave('taking')
  await work('third')
  await collector.until(() => collector.spans.length === 2)
  assert.deepEqual(
    collector.spans.map(({ name }) => name),
    ['first', 'third'],
  )
  assert.equal(await count('dropped'), 1)
})

test('an unreachable collector causes one log line, and gets the waiting spans when it is back', async (t) => {
  const lines: { signal?: string }[] = []
  const log = { ...silentLog, warn: (entry: object) => void lines.push(entry) }
  // On a busy machine the metrics meet the same, with a line of their own.
  const findLines = () => lines.filter(({ signal }) => signal === 'traces')
  const gone = await startCollector(t)
  gone.leave()
  const { telemetry } = openQuick(t, gone.endpoint, log)
  telemetry.start([])
  await work('piece')
  while (findLines().length === 0) await sleep(10)
  const back = await startCollector(t, gone.port)
  await back.until(() => back.spans.length > 0)
  assert.deepEqual(findLines(), [{ signal: 'traces', reason: 'ECONNREFUSED' }])
})

test('the end of the process sends the waiting spans', async (t) => {
  const collector = await startCollector(t)
  const { telemetry } = openQuick(t, collector.endpoint)
  telemetry.start([])
  await work('last')
  await telemetry.stop()
  assert.deepEqual(
    collector.spans.map(({ name }) => name),
    ['last'],
  )
  await work('after the end')
  assert.equal(collector.spans.length, 1)
})

test('the end of the process does not wait for a hanging collector', async (t) => {
  const collector = await startCollector(t)
  collector.behave('hanging')
  const { telemetry } = openQuick(t, collector.endpoint, silentLog, 600_000)
  telemetry.start([])
  await work('last')
  await collector.until(() => collector.requests() > 0)
  await telemetry.stop()
  assert.deepEqual(collector.spans, [])
})

test('without a configuration nothing is traced', async (t) => {
  const { server } = await startInProcess(t, { metrics: { port: 0 } })
  const { port = 0 } = (server.metrics?.address() ?? {}) as Partial<AddressInfo>
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  assert.doesNotMatch(text, /einlass_telemetry/)
  assert.equal(isTraced(), false)
})
