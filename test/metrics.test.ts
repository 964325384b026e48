// The metrics of a whole server, over its sockets: what a login leaves there, and what never gets there.
import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createPlainBrowser } from '../src/dev/test-support/plain-browser.ts'
import { erika, startInProcess } from './support/in-process.ts'

const mail = { from: 'login@example.org', smtp: { host: '127.0.0.1', port: 1, security: 'none' } }

test('logins show on a port of their own, without a word about who, where and for which app', async (t) => {
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

test('the port of the login has no metrics, and without a configuration nothing listens', async (t) => {
  const { publicUrl, server } = await startInProcess(t)
  assert.equal(server.metrics, undefined)
  assert.equal((await fetch(`${publicUrl}/metrics`)).status, 404)
})
