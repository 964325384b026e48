/**
 * The proxies of apps ask Einlass about each request. The proxies of the examples in front of the login pass no such question on
 * from outside, and the proxies of docs/apps/forward-auth.md, which ask Einlass itself, still get their answers.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { test } from 'node:test'
import { findPort } from '../scripts/testing/ports.ts'
import { startBalancer } from './support/balancers.ts'
import { enterApp } from './support/enter-app.ts'
import { setForwardAuthStage } from './support/forward-auth-stage.ts'
import { readValues } from './support/recording-app.ts'
import { startStandIns } from './support/stand-in-nodes.ts'
import { sendRequest } from './support/wire.ts'

const host = 'wiki.example.org'

async function openPage(port: number, headers: Readonly<Record<string, string>>) {
  const server = { port, servername: host, rejectUnauthorized: false, agent: false } as const
  const asked = request({ host: '127.0.0.1', path: '/x', headers: { host, ...headers }, ...server })
  asked.end()
  const [reply] = (await once(asked, 'response')) as [IncomingMessage]
  reply.resume()
  return { status: reply.statusCode, location: reply.headers.location }
}

for (const name of ['nginx', 'haproxy'] as const) {
  test(`${name} in front of the login refuses the questions of app proxies in every spelling`, async (t) => {
    const { nodes, url } = await startStandIns(t, name)
    const ask = async (path: string) => (await sendRequest(url, { path })).status
    for (const path of [
      ...['/forward-auth/nginx', '/forward-auth/caddy', '/forward-auth/traefik'],
      ...['/forward-auth/haproxy', '/forward-auth/haproxy?a=/forward-auth/enter'],
      ...['/Forward-Auth/NGINX', '/forward-auth/ngin%78', '/forward%2dauth%2fcaddy'],
      ...['//forward-auth//traefik', '/forward-auth/nginx/', `${url}/forward-auth/nginx`],
    ]) {
      assert.equal(await ask(path), 404, path)
    }
    for (const path of ['/forward-auth/enter', '/forward-auth/jwks', '/forward-auth/nginxes']) {
      assert.equal(await ask(path), 200, path)
    }
    const passed = nodes.flatMap(({ requests }) => requests.filter((one) => /forward/i.test(one)))
    assert.equal(passed.length, 3)
  })

  test(`behind ${name}, an app asks Einlass itself, and its question is refused from outside`, async (t) => {
    const stage = await setForwardAuthStage(t)
    const { app, port } = await stage.addApp(name, host)
    const session = await stage.signIn(await stage.addUser('erika', 'not asked for'))
    const cookie = await enterApp({ einlass: stage.origin, host, session })
    const outside = await findPort()
    const einlass = Number(new URL(stage.origin).port)
    await startBalancer(t, name, { port: outside, nodes: [einlass, einlass] })

    const headers = {
      ...{ host: 'login.example.org', 'x-original-url': `https://${host}/x` },
      ...{
        'x-forwarded-proto': 'https',
        'x-forwarded-host': host,
        'x-forwarded-uri': '/x',
        cookie,
      },
    }
    const path = `/forward-auth/${name}`
    const direct = await sendRequest(stage.origin, { path, headers })
    assert.deepEqual([direct.status, direct.headers['remote-user']], [200, 'erika'])
    const refused = await sendRequest(`http://127.0.0.1:${outside}`, { path, headers })
    assert.deepEqual([refused.status, refused.headers['remote-user']], [404, undefined])

    assert.equal((await openPage(port, { cookie })).status, 200)
    const [received] = app.received
    assert.deepEqual(received && readValues(received, 'remote-user'), ['erika'])
    const unknown = await openPage(port, { accept: 'text/html', 'sec-fetch-mode': 'navigate' })
    assert.equal(unknown.status, 303)
    assert.match(
      unknown.location ?? '',
      /^https:\/\/wiki\.example\.org\/forward-auth\/app\/login\?/,
    )
  })
}
