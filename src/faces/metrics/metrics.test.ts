import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import {
  countFailures,
  createLoginCounts,
  listLoginMetrics,
} from '../../identity/audit/login-counts.ts'
import { loginEvents } from '../../identity/audit/login-events.ts'
import { acrNumber } from '../../identity/policy/assurance.ts'
import {
  createSenderMetrics,
  listSenderMetrics,
} from '../../login/factors/approval/sending/metrics.ts'
import { seconds } from '../../platform/kernel/clock.ts'
import { silentLog } from '../../platform/kernel/log.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { countWaitingBrowsers } from '../login/waiting.ts'
import { createMetricsServer } from './metrics.ts'
import { measureQueues, type Queues } from './queues.ts'

async function startServer(
  t: TestContext,
  {
    logins = createLoginCounts(),
    pushes = createSenderMetrics(),
    wakes = createSenderMetrics(),
    waitingBrowsers = (): number => 0,
    queues = {} as Queues,
  } = {},
) {
  const metrics = [
    ...listLoginMetrics(logins),
    ...listSenderMetrics(pushes),
    ...listSenderMetrics(wakes),
    countWaitingBrowsers(waitingBrowsers),
    ...measureQueues(queues, silentLog),
  ]
  const server = createMetricsServer({ metrics, log: silentLog })
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    ask: (path: string, init?: RequestInit) => fetch(`${origin}${path}`, init),
    /** The lines of one metric, without its description. */
    async linesOf(name: string): Promise<string[]> {
      const text = await (await fetch(`${origin}/metrics`)).text()
      return text.split('\n').filter((line) => line.startsWith(name))
    },
  }
}

test('the metrics have the text format of Prometheus and include those of the process', async (t) => {
  const { ask, linesOf } = await startServer(t)
  const response = await ask('/metrics')
  assert.equal(response.status, 200)
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  const text = await response.text()
  assert.match(text, /^# TYPE einlass_logins_total counter$/m)
  assert.match(text, /^# TYPE einlass_push_delivery_seconds histogram$/m)
  assert.equal((await linesOf('process_resident_memory_bytes ')).length, 1)
  assert.equal((await linesOf('nodejs_eventloop_lag_p99_seconds ')).length, 1)
})

test('the metrics server answers other paths with 404 and other methods with 405', async (t) => {
  const { ask } = await startServer(t)
  for (const path of ['/', '/metrics/', '/login', '/healthz']) {
    assert.equal((await ask(path)).status, 404, path)
  }
  const refused = await ask('/metrics', { method: 'POST' })
  assert.equal(refused.status, 405)
  assert.equal(refused.headers.get('allow'), 'GET')
})

test('logins are counted by level and failures by reason, from zero on', async (t) => {
  const logins = createLoginCounts()
  const { linesOf } = await startServer(t, { logins })
  const names = [
    ...['approval', 'password', 'possession', 'number'],
    ...['code', 'verified-code', 'phishing-resistant'],
  ]
  const linesWith = (counts: readonly number[]) =>
    names.map(
      (name, index) => `einlass_logins_total{acr="urn:einlass:acr:${name}"} ${counts[index]}`,
    )
  assert.deepEqual(await linesOf('einlass_logins_total'), linesWith([0, 0, 0, 0, 0, 0, 0]))
  logins.succeeded(acrNumber)
  logins.failed('throttled')
  assert.deepEqual(await linesOf('einlass_logins_total'), linesWith([0, 0, 0, 1, 0, 0, 0]))
  assert.deepEqual(await linesOf('einlass_login_failures_total'), [
    'einlass_login_failures_total{reason="wrong_credentials"} 0',
    'einlass_login_failures_total{reason="throttled"} 1',
    'einlass_login_failures_total{reason="disabled"} 0',
    'einlass_login_failures_total{reason="locked"} 0',
    'einlass_login_failures_total{reason="account_expired"} 0',
    'einlass_login_failures_total{reason="outside_hours"} 0',
    'einlass_login_failures_total{reason="held_back"} 0',
    'einlass_login_failures_total{reason="change_elsewhere"} 0',
  ])
})

test('login failures that the audit log accepts are counted, except aggregated ones', async () => {
  const logins = createLoginCounts()
  let isAway = false
  const record = async () => {
    if (isAway) throw new Error('away')
  }
  const audit = countFailures({ record }, logins)
  const fail = (reason: 'wrong_credentials' | 'throttled') =>
    audit.record({} as Queries, loginEvents.failed, {
      username: null,
      address: null,
      reason,
      ...(reason === 'throttled' && { times: 3 }),
    })
  await fail('wrong_credentials')
  await fail('throttled')
  isAway = true
  await assert.rejects(fail('wrong_credentials'))
  const { wrong_credentials, ...others } = logins.snapshot().failed
  assert.equal(wrong_credentials, 1)
  assert.ok(Object.values(others).every((times) => times === 0))
})

test('messages are counted by provider and outcome, with the time that they took', async (t) => {
  const pushes = createSenderMetrics()
  const sns = pushes.forProvider('sns')
  sns.handedOver(seconds(0.2))
  sns.handedOver(seconds(0.04))
  sns.handedOver(seconds(30))
  sns.failed()
  sns.gone()
  sns.retried()
  sns.breakerOpened()
  const { linesOf } = await startServer(t, { pushes })
  assert.deepEqual(await linesOf('einlass_pushes_total'), [
    'einlass_pushes_total{provider="sns",outcome="handed_over"} 3',
    'einlass_pushes_total{provider="sns",outcome="failed"} 1',
    'einlass_pushes_total{provider="sns",outcome="gone"} 1',
  ])
  assert.deepEqual(await linesOf('einlass_push_r'), [
    'einlass_push_retries_total{provider="sns"} 1',
    'einlass_push_rests_total{provider="sns"} 1',
  ])
  const bounds = ['0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '+Inf']
  const counts = [1, 1, 2, 2, 2, 2, 2, 2, 3]
  assert.deepEqual(await linesOf('einlass_push_delivery_seconds'), [
    ...bounds.map(
      (le, index) =>
        `einlass_push_delivery_seconds_bucket{le="${le}",provider="sns"} ${counts[index]}`,
    ),
    'einlass_push_delivery_seconds_sum{provider="sns"} 30.24',
    'einlass_push_delivery_seconds_count{provider="sns"} 3',
  ])
})

test('a metric that two features share appears once, with the values of both', async (t) => {
  const pushes = createSenderMetrics()
  const wakes = createSenderMetrics()
  pushes.forProvider('fcm').handedOver(seconds(1))
  wakes.forProvider('authenticator').gone()
  const { linesOf } = await startServer(t, { pushes, wakes })
  assert.deepEqual(await linesOf('einlass_pushes_total'), [
    'einlass_pushes_total{provider="fcm",outcome="handed_over"} 1',
    'einlass_pushes_total{provider="fcm",outcome="failed"} 0',
    'einlass_pushes_total{provider="fcm",outcome="gone"} 0',
    'einlass_pushes_total{provider="authenticator",outcome="handed_over"} 0',
    'einlass_pushes_total{provider="authenticator",outcome="failed"} 0',
    'einlass_pushes_total{provider="authenticator",outcome="gone"} 1',
  ])
})

test('the metrics show the current lengths of the queues, and omit a queue that cannot be read', async (t) => {
  let waiting = 3
  const { linesOf } = await startServer(t, {
    waitingBrowsers: () => waiting,
    queues: {
      passwords: { read: () => ({ length: waiting + 1 }) },
      mails: { ask: () => Promise.reject(new Error('the database is away')) },
      events: { ask: async () => ({ length: 7, oldest: seconds(90), givenUp: 2 }) },
      logouts: { ask: async () => ({ length: 0 }) },
    },
  })
  assert.deepEqual(await linesOf('einlass_waiting_browsers'), ['einlass_waiting_browsers 3'])
  waiting = 0
  assert.deepEqual(await linesOf('einlass_waiting_browsers'), ['einlass_waiting_browsers 0'])
  assert.deepEqual(await linesOf('einlass_queue_length'), [
    'einlass_queue_length{queue="passwords"} 1',
    'einlass_queue_length{queue="events"} 7',
    'einlass_queue_length{queue="logouts"} 0',
  ])
  assert.deepEqual(await linesOf('einlass_queue_oldest_seconds'), [
    'einlass_queue_oldest_seconds{queue="events"} 90',
    'einlass_queue_oldest_seconds{queue="logouts"} 0',
  ])
  assert.deepEqual(await linesOf('einlass_queue_given_up_total'), [
    'einlass_queue_given_up_total{queue="events"} 2',
  ])
})
