/**
 * NTLM logs in a connection and not a request. A proxy that sends requests of another client over the same connection hands
 * the login on with it. The app here goes by its connections alone, as Exchange does.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage, RequestListener } from 'node:http'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { findPort } from '../scripts/testing/ports.ts'
import { planProxy } from '../src/faces/owa/routes/proxy.ts'
import { createCertificate } from './support/certificate.ts'
import { listen } from './support/listen.ts'
import { type ProxyName, startProxy } from './support/proxies.ts'

const host = 'mail.example.org'

/** Who sent credentials once is logged in on this connection for all that follows on it. */
function createMailbox(): RequestListener {
  const owners = new WeakMap<object, string>()
  return (req, res) => {
    const { authorization } = req.headers
    if (authorization !== undefined) owners.set(req.socket, authorization)
    const owner = owners.get(req.socket)
    if (owner === undefined) res.writeHead(401, { 'www-authenticate': 'NTLM' }).end('nobody')
    else res.end(`mailbox of ${owner}`)
  }
}

interface Setting {
  readonly proxy: ProxyName
  /** With the port of Einlass and that of the app. */
  readonly config?: (einlass: number, app: number) => string
}

async function setUp(t: TestContext, { proxy, config }: Setting) {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-ntlm-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const certificate = createCertificate(host)
  const einlass = await listen(t, (_req, res) => void res.end())
  const app = await listen(t, createMailbox(), config && certificate)
  const port = await findPort()
  const place = { folder, host, port, einlass, app, certificate }
  await startProxy(t, proxy, { ...place, ...(config && { config: config(einlass, app) }) })
  /** Each client keeps its connection to the proxy. */
  return () => {
    const agent = new Agent({ keepAlive: true, ca: certificate.cert, servername: host })
    t.after(() => agent.destroy())
    return async (path: string, headers: Record<string, string> = {}) => {
      const target = { host: '127.0.0.1', port, path, agent, headers: { host, ...headers } }
      const [answer] = (await once(request(target).end(), 'response')) as [IncomingMessage]
      return `${answer.statusCode} ${await text(answer)}`
    }
  }
}

/**
 * The other clients never sent credentials: one is new each time, one was there from the beginning, and one shares the
 * connection to the proxy, as people behind a balancer do.
 */
async function proveApart(
  openClient: Awaited<ReturnType<typeof setUp>>,
  path: string,
  more: Record<string, string> = {},
) {
  const alice = openClient()
  const waiting = openClient()
  assert.equal(await waiting(path), '401 nobody')
  for (let round = 0; round < 5; round += 1) {
    const answer = await alice(path, { authorization: 'NTLM alice', ...more })
    assert.equal(answer, '200 mailbox of NTLM alice')
    for (const other of [alice, waiting, openClient()])
      assert.equal(await other(path), '401 nobody', path)
  }
}

const plan = planProxy({
  mailOrigin: `https://${host}`,
  publicUrl: 'https://login.example.org',
  port: 8080,
})
const exchangeConfig = (einlass: number, app: number) =>
  (plan.files[0]?.content ?? '')
    .replaceAll('EXCHANGE-ADDRESS:443', `127.0.0.1:${app}`)
    .replaceAll('EINLASS-ADDRESS:8080', `127.0.0.1:${einlass}`)

test('the nginx of owa plan never shares an NTLM connection with another client', async (t) => {
  const openClient = await setUp(t, { proxy: 'nginx', config: exchangeConfig })
  for (const path of ['/EWS/Exchange.asmx', '/mapi/emsmdb/', '/Microsoft-Server-ActiveSync']) {
    await proveApart(openClient, path)
  }
  await proveApart(openClient, '/EWS/Exchange.asmx', { connection: 'upgrade', upgrade: 'other' })
})

for (const proxy of ['nginx', 'caddy', 'haproxy'] as const) {
  test(`${proxy}: the documented proxy never shares an NTLM connection with another client`, async (t) => {
    await proveApart(await setUp(t, { proxy }), '/')
  })
}
