import assert from 'node:assert/strict'
import type { lookup } from 'node:dns'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createGuardedFetch } from './guarded-fetch.ts'
import { Forbidden } from './public-address.ts'

const loopback = ['127.0.0.0/8', '::1/128']

async function serve(t: TestContext, listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** A resolver that gives these addresses, one list after the other. */
function resolveTo(...answers: string[][]): typeof lookup {
  let at = 0
  return ((_name: string, _options: object, callback: (...given: unknown[]) => void) => {
    const found = answers[Math.min(at++, answers.length - 1)] ?? []
    callback(
      null,
      found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }) as unknown as typeof lookup
}

test('A34: no private address is called, in any notation', async (t) => {
  let called = 0
  const port = await serve(t, (_request, response) => {
    called++
    response.end()
  })
  const fetchGuarded = createGuardedFetch({ networks: [] })
  for (const host of [
    '127.0.0.1',
    '127.1',
    '0x7f000001',
    '2130706433',
    'localhost',
    '0.0.0.0',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::]',
    '10.0.0.1',
    '169.254.169.254',
    '[fd00::1]',
    '[fe80::1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
  ]) {
    for (const scheme of ['http', 'https']) {
      await assert.rejects(fetchGuarded(`${scheme}://${host}:${port}/`), Forbidden, host)
    }
  }
  assert.equal(called, 0)
})

test('A34: a name that resolves to a private address is refused, even among public ones', async (t) => {
  const port = await serve(t, (_request, response) => response.end())
  for (const addresses of [['127.0.0.1'], ['93.184.216.34', '10.0.0.7'], ['::1'], []]) {
    const fetchGuarded = createGuardedFetch({ networks: [], resolve: resolveTo(addresses) })
    await assert.rejects(fetchGuarded(`https://app.example:${port}/`), Forbidden)
  }
})

test('A34: each connection uses the address that was checked, and each call resolves the name again', async (t) => {
  const port = await serve(t, (_request, response) => response.end('here'))
  const resolve = resolveTo(['127.0.0.1'], ['10.0.0.7'])
  const fetchGuarded = createGuardedFetch({ networks: loopback, resolve })
  assert.equal(await (await fetchGuarded(`http://app.example:${port}/`)).text(), 'here')
  await assert.rejects(fetchGuarded(`http://app.example:${port}/`), Forbidden)
})

test('A34: other schemes and addresses with a user name are refused', async () => {
  const fetchGuarded = createGuardedFetch({ networks: loopback })
  for (const url of [
    'file:///etc/passwd',
    'ftp://127.0.0.1/',
    'data:,x',
    'http://a:b@127.0.0.1/',
    'http://a@127.0.0.1/',
  ]) {
    await assert.rejects(fetchGuarded(url), Forbidden, url)
  }
  await assert.rejects(fetchGuarded('http://93.184.216.34/'), Forbidden)
})

test('an allowed address is called with method, headers and body, and the answer is returned', async (t) => {
  const port = await serve(t, (request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part) => parts.push(part))
    request.on('end', () => {
      response.setHeader('content-type', 'application/json')
      response.setHeader('set-cookie', 'a=b')
      response.statusCode = 201
      response.end(
        JSON.stringify([request.method, request.headers['x-a'], `${Buffer.concat(parts)}`]),
      )
    })
  })
  const fetchGuarded = createGuardedFetch({ networks: loopback })
  const headers = { 'x-a': '1' }
  const body = 'text'
  const answer = await fetchGuarded(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body })
  assert.equal(answer.status, 201)
  assert.equal(answer.headers.get('set-cookie'), null)
  assert.deepEqual(await answer.json(), ['POST', '1', 'text'])
})

test('A34: a redirect is not followed', async (t) => {
  let called = 0
  const port = await serve(t, (_request, response) => {
    called++
    response.writeHead(302, { location: '/elsewhere' })
    response.end()
  })
  const answer = await createGuardedFetch({ networks: loopback })(`http://127.0.0.1:${port}/`)
  assert.deepEqual([answer.status, called], [302, 1])
})

test('A34: an answer that is too long or too slow is an error', async (t) => {
  const port = await serve(t, (request, response) => {
    if (request.url === '/slow') return response.write('a')
    if (request.url === '/silent') return false
    const part = Buffer.alloc(64 * 1024)
    const fill = () => {
      while (response.write(part));
    }
    response.on('drain', fill)
    fill()
    return true
  })
  const fetchGuarded = createGuardedFetch({ networks: loopback, timeout: 200 })
  for (const path of ['long', 'slow', 'silent']) {
    await assert.rejects(fetchGuarded(`http://127.0.0.1:${port}/${path}`), path)
  }
})
