import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { test } from 'node:test'
import type { Match, Route } from '../platform/http/router.ts'
import type { Sample } from '../platform/kernel/metric.ts'
import { findRouteName } from './dispatch.ts'
import { createRequestCounts } from './request-counts.ts'

function openCounts() {
  const clock = { time: 0 }
  const counts = createRequestCounts(() => clock.time)
  const incoming = {} as IncomingMessage
  async function ask(route: string, status: number, { method = 'GET', takes = 0 } = {}) {
    const outgoing = { statusCode: status, headersSent: true } as ServerResponse
    await counts.watch({ route, method, incoming }, outgoing, async () => {
      clock.time += takes
    })
  }
  const read = async (name: string): Promise<readonly Sample[]> =>
    (await counts.metrics.find((one) => one.name === name)?.read()) ?? []
  return { counts, incoming, ask, read }
}

const total = 'einlass_http_requests_total'

test('requests are counted by route, method and status class, and server errors start at zero', async () => {
  const { ask, read } = openCounts()
  await ask('/login', 200)
  await ask('/login', 303, { method: 'POST' })
  await ask('/login', 422, { method: 'POST' })
  await ask('/login', 500, { method: 'POST' })
  const lines = (await read(total)).map(({ labels, value }) => [...Object.values(labels), value])
  assert.deepEqual(lines, [
    ['/login', 'GET', '2xx', 1],
    ['/login', 'GET', '5xx', 0],
    ['/login', 'POST', '3xx', 1],
    ['/login', 'POST', '4xx', 1],
    ['/login', 'POST', '5xx', 1],
  ])
})

test('all unknown methods share one label', async () => {
  const { ask, read } = openCounts()
  for (const method of ['BREW', 'X'.repeat(1000), 'get']) await ask('none', 405, { method })
  const methods = new Set((await read(total)).map(({ labels }) => labels.method))
  assert.deepEqual([...methods], ['other'])
})

test('the duration of a request is measured until its answer was handed over', async () => {
  const { ask, read } = openCounts()
  await ask('/login', 200, { takes: 30 })
  const samples = await read('einlass_http_request_duration_seconds')
  const countIn = (le: string) => samples.find(({ labels }) => labels.le === le)?.value
  assert.deepEqual([countIn('0.025'), countIn('0.05')], [0, 1])
})

test('an error that no page handles is counted as a server error and is thrown on', async () => {
  const { counts, incoming, read } = openCounts()
  const outgoing = { statusCode: 200, headersSent: false } as ServerResponse
  const failing = counts.watch({ route: '/x', method: 'GET', incoming }, outgoing, () =>
    Promise.reject(new Error('broken')),
  )
  await assert.rejects(failing, /broken/)
  const failed = (await read(total)).find(({ labels }) => labels.status === '5xx')
  assert.equal(failed?.value, 1)
})

test('the label of a request is the pattern of its route, its own path if this is listed, or none', () => {
  const route: Route = { kind: 'page', method: 'GET', path: '/setup/:token', name: 'setup' }
  const found: Match<Route> = { type: 'found', route, params: {} }
  const own = new Set(['/oidc/token'])
  assert.equal(findRouteName(found, '/setup/secret', own), '/setup/:token')
  assert.equal(findRouteName(found, '/oidc/token', own), '/oidc/token')
  assert.equal(findRouteName({ type: 'not_found' }, '/wp-login.php', own), 'none')
})
