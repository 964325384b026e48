// The metrics of a whole server, over its sockets: what a login leaves there, and what never gets there.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createPlainBrowser } from '../src/dev/test-support/plain-browser.ts'
import { erika, startInProcess } from './support/in-process.ts'

const mail = { from: 'login@example.org', smtp: { host: '127.0.0.1', port: 1, security: 'none' } }

test('a separate port serves metrics of logins, without users, addresses or apps', async (t) => {
  const { publicUrl, server } = await startInProcess(t, { metrics: { port: 0 }, mail })
  assert.ok(server.metrics)
  const { port, address } = server.metrics.address() as AddressInfo
  assert.equal(address, '127.0.0.1')
  const read = async () => await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const numberIn = async (line: string) =>
    (await read())
      .split('\n')
      .find((one) => one.startsWith(`${line} `))
      ?.slice(line.length + 1)

  const browser = createPlainBrowser(publicUrl)
  const page = await browser.get('/login')
  const again = await browser.answer(page, { ...erika, password: 'something else' })
  assert.equal(await numberIn('einlass_login_failures_total{reason="wrong_credentials"}'), '1')
  assert.equal(await numberIn('einlass_logins_total{acr="urn:einlass:acr:password"}'), '0')
  const offered = await browser.answer(again, erika)
  await browser.answer(offered, { action: 'skip' })
  assert.equal(await numberIn('einlass_logins_total{acr="urn:einlass:acr:password"}'), '1')
  for (const queue of ['passwords', 'mails']) {
    assert.equal(await numberIn(`einlass_queue_length{queue="${queue}"}`), '0')
  }
  assert.equal(await numberIn('einlass_waiting_browsers'), '0')
  const own = (await read()).split('\n').filter((line) => line.startsWith('einlass_'))
  assert.doesNotMatch(own.join('\n'), /erika|wiki|127\.0\.0|example\.org/i)
})

test('each end of a login is counted once, and requests are counted by the pattern of their path', async (t) => {
  const { publicUrl, server } = await startInProcess(t, { metrics: { port: 0 } })
  const { port = 0 } = (server.metrics?.address() ?? {}) as Partial<AddressInfo>
  const read = async () => await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const nonZero = async (name: string) =>
    (await read()).split('\n').filter((line) => line.startsWith(name) && !line.endsWith(' 0'))

  const browser = createPlainBrowser(publicUrl)
  const page = await browser.get('/login')
  assert.deepEqual(await nonZero('einlass_login_pages_total'), ['einlass_login_pages_total 1'])
  const again = await browser.answer(page, { ...erika, password: 'wrong' })
  const offered = await browser.answer(again, erika)
  assert.deepEqual(await nonZero('einlass_login_ends_total'), [
    'einlass_login_ends_total{end="refused"} 1',
  ])
  await browser.answer(offered, { action: 'skip' })
  assert.deepEqual(await nonZero('einlass_login_ends_total'), [
    'einlass_login_ends_total{end="logged_in"} 1',
    'einlass_login_ends_total{end="refused"} 1',
  ])
  assert.deepEqual(await nonZero('einlass_logins_begun_total'), ['einlass_logins_begun_total 2'])

  await fetch(`${publicUrl}/setup/a-secret-of-a-link`, { redirect: 'manual' })
  await fetch(`${publicUrl}/oidc/token`, { method: 'POST' })
  await fetch(`${publicUrl}/logout`, { method: 'POST', body: new URLSearchParams() })
  assert.deepEqual(await nonZero('einlass_requests_refused_total'), [
    'einlass_requests_refused_total{reason="bad_form_token"} 1',
  ])
  await fetch(`${publicUrl}/wp-login.php?user=erika`)
  const routes = (await nonZero('einlass_http_requests_total')).join('\n')
  assert.match(routes, /route="\/setup\/:token",method="GET",status="3xx"} 1/)
  assert.match(routes, /route="\/oidc\/token",method="POST",status="4xx"} 1/)
  assert.match(routes, /route="none",method="GET",status="4xx"} 1/)
  assert.doesNotMatch(await read(), /a-secret|erika|wp-login/)
})

test('the metrics show the version, the readiness and the database state of the node', async (t) => {
  const { server } = await startInProcess(t, { metrics: { port: 0 } })
  const { port = 0 } = (server.metrics?.address() ?? {}) as Partial<AddressInfo>
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  assert.match(
    text,
    /^einlass_info{version="[^"]+",runtime="26[^"]+",node="[^"]+",storage="sqlite"} 1$/m,
  )
  assert.match(text, /^einlass_ready 1$/m)
  assert.match(text, /^einlass_database_size_bytes{part="data"} [1-9]/m)
  assert.match(text, /^einlass_database_failures_total 0$/m)
  assert.match(text, /^einlass_queue_oldest_seconds{queue="logouts"} 0$/m)
})

test('promtool accepts the names and the format of the metrics', async (t) => {
  const { server } = await startInProcess(t, { metrics: { port: 0 }, mail })
  const { port = 0 } = (server.metrics?.address() ?? {}) as Partial<AddressInfo>
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const checked = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
  assert.equal(checked.error, undefined)
  assert.equal(`${checked.stdout}${checked.stderr}`.trim(), '')
  assert.equal(checked.status, 0)
})

test('the port of the login serves no metrics, and there is no metrics port without a configuration', async (t) => {
  const { publicUrl, server } = await startInProcess(t)
  assert.equal(server.metrics, undefined)
  assert.equal((await fetch(`${publicUrl}/metrics`)).status, 404)
})
