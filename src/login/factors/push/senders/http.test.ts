import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { test } from 'node:test'
import type { Scope } from '../../../../dev/test-support/on-each-engine.ts'
import { createHttpSender, isHttpAddress } from './http.ts'

const body = { messageId: 'AUTHENTICATE:1', message: 'a.b.c' }
const message = { ...body, text: 'Hello', kind: 'challenge', ttlSeconds: 120 } as const
const never = new AbortController().signal
const targetOf = (token: string) => ({ token, deviceType: 'android', communicationType: 'gcm' })

async function listen(
  t: Scope,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(handle).listen(0, '127.0.0.1')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}

function senderFor(...allowedOrigins: string[]) {
  return createHttpSender({ allowedOrigins, fetch })
}

test('only configured origins are accepted', () => {
  const sender = senderFor('https://push.example.org', 'http://127.0.0.1:8765')
  for (const token of [
    'https://push.example.org/device/1',
    'https://push.example.org:443/',
    'HTTPS://PUSH.EXAMPLE.ORG/',
    'http://127.0.0.1:8765/x?y=z',
  ]) {
    assert.equal(sender.accepts(targetOf(token)), true, token)
  }
  for (const token of [
    'http://push.example.org/',
    'https://push.example.org:8443/',
    'https://push.example.org.evil.test/',
    'https://evil.test/https://push.example.org/',
    'https://evil.test#https://push.example.org/',
    'https://push.example.org@evil.test/',
    'http://127.0.0.1:8766/',
    'http://127.0.0.1/',
    'http://localhost:8765/',
    'http://[::1]:8765/',
    'ftp://push.example.org/',
    'file:///etc/passwd',
    'fcm-token',
    '',
  ]) {
    assert.equal(sender.accepts(targetOf(token)), false, token)
  }
})

test('a star as the port allows every port of its host and scheme, and nothing else', () => {
  const sender = senderFor('http://127.0.0.1:*')
  for (const token of ['http://127.0.0.1:1/', 'http://127.0.0.1:65535/', 'http://127.0.0.1/']) {
    assert.equal(sender.accepts(targetOf(token)), true, token)
  }
  // WHATWG URL writes every spelling of an IPv4 address in one way.
  assert.equal(sender.accepts(targetOf('http://0x7f.1:8765/')), true)
  for (const token of [
    'https://127.0.0.1:8765/',
    'http://127.0.0.2:8765/',
    'http://127.0.0.1.evil.test:8765/',
    'http://localhost:8765/',
  ]) {
    assert.equal(sender.accepts(targetOf(token)), false, token)
  }
})

test('A34: an address with a user name or a password is refused', () => {
  const sender = senderFor('http://127.0.0.1:*')
  for (const userinfo of ['user@', 'user:secret@', ':secret@']) {
    assert.equal(sender.accepts(targetOf(`http://${userinfo}127.0.0.1:8765/`)), false)
  }
})

test('without configured origins nothing is accepted', () => {
  assert.equal(senderFor().accepts(targetOf('http://127.0.0.1:8765/')), false)
})

test('a message is a JSON POST with the message and its id, without credentials', async (t) => {
  const seen: { method?: string | undefined; headers: object; body: string }[] = []
  const origin = await listen(t, async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    seen.push({ method: request.method, headers: request.headers, body })
    response.end()
  })
  const result = await senderFor(origin).send(targetOf(`${origin}/device`), message, never)
  assert.deepEqual(result, { type: 'sent' })
  assert.equal(seen[0]?.method, 'POST')
  assert.deepEqual(JSON.parse(seen[0]?.body ?? ''), body)
  assert.partialDeepStrictEqual(seen[0]?.headers, { 'content-type': 'application/json' })
  for (const name of ['cookie', 'authorization', 'referer']) {
    assert.ok(!(name in (seen[0]?.headers ?? {})))
  }
})

test('A34: a redirect is a failure and is never followed', async (t) => {
  let requests = 0
  const target = await listen(t, (_, response) => {
    requests += 1
    response.end()
  })
  for (const status of [301, 302, 303, 307, 308]) {
    const origin = await listen(t, (_, response) => {
      response.writeHead(status, { location: target }).end()
    })
    const result = await senderFor('http://127.0.0.1:*').send(targetOf(origin), message, never)
    assert.deepEqual(result, {
      type: 'failed',
      reason: `status ${status}`,
      retryable: false,
      isRefused: true,
    })
  }
  assert.equal(requests, 0)
})

test('an error status is a failure, and a refusal if the phone certainly did not take the message', async (t) => {
  for (const status of [400, 404, 408, 410, 500, 503]) {
    const origin = await listen(t, (_, response) => response.writeHead(status).end('no'))
    const result = await senderFor(origin).send(targetOf(origin), message, never)
    assert.deepEqual(result, {
      type: 'failed',
      reason: `status ${status}`,
      retryable: status >= 500,
      ...(status < 500 && status !== 408 && { isRefused: true }),
    })
  }
})

test('a failed connection is a refusal; a broken one is not, as the message may have arrived', async (t) => {
  const send = (origin: string) => senderFor(origin).send(targetOf(origin), message, never)
  const refused = { type: 'failed', reason: 'ECONNREFUSED', retryable: true, isRefused: true }
  // Nobody listens there.
  assert.deepEqual(await send('http://127.0.0.1:2'), refused)
  const breaking = await listen(t, (_, response) => response.destroy())
  const broken = await send(breaking)
  assert.equal(broken.type, 'failed')
  assert.equal('isRefused' in broken, false)
})

test('the sender does not read an endless answer', async (t) => {
  const origin = await listen(t, (_, response) => {
    response.writeHead(200)
    const timer = setInterval(() => response.write('x'.repeat(1000)), 1)
    response.on('close', () => clearInterval(timer))
  })
  assert.deepEqual(await senderFor(origin).send(targetOf(origin), message, never), { type: 'sent' })
})

test('the abort signal ends a request to a phone that does not answer', async (t) => {
  const controller = new AbortController()
  const origin = await listen(t, () => controller.abort(new DOMException('', 'TimeoutError')))
  const result = await senderFor(origin).send(targetOf(origin), message, controller.signal)
  assert.deepEqual(result, { type: 'failed', reason: 'TimeoutError', retryable: true })
})

test('an unreachable phone is a failed result, not a thrown error', async () => {
  const sender = createHttpSender({
    allowedOrigins: [],
    fetch: () => Promise.reject(new TypeError('fetch failed')),
  })
  const result = await sender.send(targetOf('http://127.0.0.1:1/'), message, never)
  assert.deepEqual(result, { type: 'failed', reason: 'TypeError', retryable: true })
})

test('an http address is recognized even if it is not allowed', () => {
  assert.equal(isHttpAddress('HTTP://10.0.0.1/'), true)
  assert.equal(isHttpAddress('https://x.test/'), true)
  for (const token of ['fcm:token', 'http', 'http://', 'javascript:http://x', '']) {
    assert.equal(isHttpAddress(token), false, token)
  }
})
