/** A node that has to end, as a load balancer and the browsers behind it see it. */
import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPlainBrowser } from '../src/dev/test-support/plain-browser.ts'
import { createInstallation, type ServerProcess } from './support/installation.ts'
import { enterPassword } from './support/way-in.ts'

const erika = { username: 'erika', password: 'Regenschirm im Mai', displayName: 'Erika Mustermann' }

async function untilLeaving({ url }: ServerProcess): Promise<unknown> {
  for (let tries = 0; tries < 200; tries += 1) {
    const response = await fetch(`${url}/readyz`)
    if (response.status === 503) return await response.json()
    await response.body?.cancel()
    await sleep(20)
  }
  throw new Error('the node is still ready')
}

test('a leaving node reports its state, still serves logins for a time, and closes each connection', async (t) => {
  const installation = await createInstallation(t, {
    config: { shutdown: { drain: '10s' }, default_policy: { second_factor: 'none' } },
  })
  await installation.addUser(erika)
  const node = await installation.serve()
  const up =
    node
      .output()
      .split('\n')
      .find((line) => line.includes('Einlass is up')) ?? '{}'
  const { version, node: host, storage } = JSON.parse(up)
  assert.equal(`einlass ${version}`, (await installation.command(['--version'])).trim())
  assert.deepEqual([host, /^sqlite \/.*einlass\.db$/.test(storage)], [hostname(), true])
  const browser = createPlainBrowser(node.url)
  const stayed = await browser.get('/login')
  assert.notEqual(stayed.headers.get('connection'), 'close')

  const ended = node.stop()
  assert.deepEqual(await untilLeaving(node), { status: 'leaving' })
  const page = await browser.get('/login')
  assert.deepEqual([page.status, page.headers.get('connection')], [200, 'close'])
  const keys = await fetch(`${node.url}/oidc/jwks`)
  assert.deepEqual([keys.status, keys.headers.get('connection')], [200, 'close'])
  await enterPassword(browser, erika)
  assert.equal((await browser.get('/account')).status, 200)

  assert.equal(await ended, 0)
  await assert.rejects(fetch(`${node.url}/login`))
})

test('a second signal ends a leaving node at once', async (t) => {
  const installation = await createInstallation(t, { config: { shutdown: { drain: '10m' } } })
  const node = await installation.serve()
  const ended = node.stop()
  await untilLeaving(node)
  process.kill(node.pid, 'SIGTERM')
  assert.equal(await ended, 0)
})
