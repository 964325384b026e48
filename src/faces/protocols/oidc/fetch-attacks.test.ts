// A34: requests that would have the server fetch something, and paths that programs read differently.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { startSignedIn } from '../../../dev/test-support/oidc-server.ts'

/** A server in the internal network that must get no request. */
async function startTrap(t: TestContext) {
  const asked: (string | undefined)[] = []
  const trap = createServer((req, res) => {
    asked.push(req.url)
    res.end('{}')
  }).listen(0, '127.0.0.1')
  await once(trap, 'listening')
  t.after(() => {
    trap.closeAllConnections()
    trap.close()
  })
  return { asked, address: `http://127.0.0.1:${(trap.address() as AddressInfo).port}/trap` }
}

test('CVE-2020-10770, CVE-2023-44469, CVE-2026-4366: no request makes the server fetch an address that it names', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const trap = await startTrap(t)
  const mail = await server.addApp({ id: 'mail' })
  const names = ['request_uri', 'jwks_uri', 'sector_identifier_uri', 'logo_uri', 'registration']
  for (const name of names) {
    const { url } = await mail.begin({ [name]: trap.address })
    await browser.fetch(url)
    const body = new URLSearchParams({ [name]: trap.address, client_id: 'mail' })
    for (const path of [
      '/token',
      '/token/revocation',
      '/request',
      '/reg',
      '/auth',
      '/session/end',
    ]) {
      await browser.fetch(`${server.oidc.issuer}${path}`, { method: 'POST', body })
    }
  }
  const refused = await mail.begin({ request_uri: trap.address })
  const { url } = await browser.open(refused.url, mail.redirectUri)
  assert.equal(url.searchParams.get('error'), 'request_uri_not_supported')
  // A client whose id is an address is looked up nowhere.
  const named = new URL((await mail.begin()).url)
  named.searchParams.set('client_id', trap.address)
  assert.equal((await browser.fetch(named)).status, 400)
  assert.deepEqual(trap.asked, [])
})

test('CVE-2026-33439: a path with parameters or dots in it reaches no endpoint', async (t) => {
  const { server } = await startSignedIn(t)
  const port = Number(new URL(server.origin).port)
  const ask = async (path: string) => {
    const socket = connect(port, '127.0.0.1')
    socket.end(`GET ${path} HTTP/1.0\r\n\r\n`)
    let text = ''
    for await (const chunk of socket) text += chunk
    return Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])
  }
  assert.equal(await ask('/oidc/jwks'), 200)
  const paths = [
    ...[
      '/oidc/..;/jwks',
      '/oidc/x/..;/jwks',
      '/oidc/;/jwks',
      '/oidc/jwks;x=y',
      '/oidc/jwks/..;/me',
      '/oidc/./jwks',
    ],
    ...[
      '/oidc/x/../jwks',
      '/oidc/%2e/jwks',
      '/oidc//jwks',
      '/oidc/jwks%00',
      '/oidc/jwks%2f',
      '/oidc/%6awks%3b',
      '/oidc/jwks\\',
    ],
  ]
  for (const path of paths) {
    const status = await ask(path)
    assert.ok(status === 404 || status === 400, `${path} ${status}`)
  }
  const errors = server.entries.filter(({ level }) => level === 'error')
  assert.deepEqual(errors, [])
})
