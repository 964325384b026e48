import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { describeAnswer, exchangePaths, findLeaks } from './leaks.ts'

/** As much of an Exchange server as a request without credentials sees of it. */
async function startExchange(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function lookAt(t: TestContext, answer: RequestListener, timeout = 20_000) {
  const origin = await startExchange(t, answer)
  const reports = await findLeaks(origin, { fetch, timeout })
  assert.deepEqual(
    reports.map(({ path }) => path),
    exchangePaths.map(({ path }) => path),
  )
  return (path: string) => {
    const found = reports.find((report) => report.path === path)
    assert.ok(found)
    return found
  }
}

test('the check reports each path that accepts a password, also if it offers other schemes', async (t) => {
  const schemes: Readonly<Record<string, string[]>> = {
    '/EWS/Exchange.asmx': ['Negotiate', 'NTLM', 'Basic realm="mail.example.org"'],
    '/Microsoft-Server-ActiveSync': ['Basic realm="mail.example.org"'],
    '/mapi/emsmdb/': [
      'Bearer client_id="00000002", trusted_issuers="a@b", token_types="app_asserted_user_v1"',
      'NTLM',
    ],
    '/mapi/nspi/': ['Bearer client_id="00000002", authorization_uri="https://login.example.org"'],
    '/OAB/': ['digest realm="x", qop="auth", nonce="Basic"'],
  }
  const at = await lookAt(t, (request, response) => {
    response.writeHead(401, { 'www-authenticate': schemes[request.url ?? ''] ?? [] }).end()
  })
  assert.deepEqual(at('/EWS/Exchange.asmx').answer, {
    type: 'asks',
    schemes: ['Negotiate', 'NTLM', 'Basic'],
  })
  const leaks = ['/EWS/Exchange.asmx', '/Microsoft-Server-ActiveSync', '/mapi/emsmdb/', '/OAB/']
  for (const path of leaks) assert.equal(at(path).isLeak, true, path)
  for (const path of ['/mapi/nspi/', '/rpc/rpcproxy.dll']) assert.equal(at(path).isLeak, false)
  assert.match(describeAnswer(at('/Microsoft-Server-ActiveSync')), /^A PASSWORD IS ENOUGH: Basic$/)
  assert.match(describeAnswer(at('/mapi/nspi/')), /^asks for Bearer$/)
  assert.match(describeAnswer(at('/PowerShell/')), /does not say which/)
})

test('the check reports the login form of Exchange, but not a redirect to another login', async (t) => {
  const at = await lookAt(t, (request, response) => {
    const location =
      request.url === '/owa/'
        ? '/owa/auth/logon.aspx?url=https%3a%2f%2fmail.example.org%2fowa%2f&reason=0'
        : 'https://login.example.org/adfs/ls/?wa=wsignin1.0'
    response.writeHead(302, { location }).end()
  })
  assert.deepEqual(at('/owa/').answer, { type: 'form' })
  assert.equal(at('/owa/').isLeak, true)
  assert.deepEqual(at('/ecp/').answer, { type: 'redirect', origin: 'https://login.example.org' })
  assert.equal(at('/ecp/').isLeak, false)
  assert.equal(describeAnswer(at('/ecp/')), 'sends browsers to https://login.example.org')
})

test('the check describes closed, open, silent and broken paths, and reports no leak for them', async (t) => {
  const answer: RequestListener = (request, response) => {
    if (request.url === '/owa/') response.writeHead(403).end()
    else if (request.url === '/ecp/') response.writeHead(404).end()
    else if (request.url === '/OAB/') response.writeHead(200).end('<html>')
    else if (request.url === '/PowerShell/') request.socket.destroy()
    else if (request.url === '/EWS/Exchange.asmx') response.writeHead(302).end()
    else if (request.url !== '/rpc/rpcproxy.dll') response.writeHead(404).end()
  }
  const at = await lookAt(t, answer, 2_000)
  assert.equal(describeAnswer(at('/owa/')), 'closed (403)')
  assert.equal(describeAnswer(at('/ecp/')), 'closed (404)')
  assert.equal(describeAnswer(at('/OAB/')), 'answers 200 without a question')
  assert.equal(describeAnswer(at('/EWS/Exchange.asmx')), 'answers 302 without a question')
  assert.equal(describeAnswer(at('/rpc/rpcproxy.dll')), 'no answer: no answer in time')
  assert.match(describeAnswer(at('/PowerShell/')), /^no answer: \w+/)
  for (const { path } of exchangePaths) assert.equal(at(path).isLeak, false)
})
