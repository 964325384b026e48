import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { toResponse } from '../../dev/test-support/response.ts'
import { type Reply, sendReply } from './reply.ts'

const page: Reply = {
  status: 422,
  headers: { 'content-type': 'text/html; charset=utf-8', 'x-one': 'a' },
  cookies: ['a=1; Path=/', 'b=2; Path=/'],
  body: '<p>Grüße – \u{1f511}</p>',
}

/** A server that answers everything with one reply, without looking at what was sent. */
async function serve(t: TestContext, reply: Reply): Promise<number> {
  const server = createServer((incoming, outgoing) => sendReply(reply, incoming, outgoing))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

async function summarize(response: Response) {
  const { status, headers } = response
  return {
    status,
    type: headers.get('content-type'),
    one: headers.get('x-one'),
    cookies: headers.getSetCookie(),
    text: await response.text(),
  }
}

test('a reply is the same over a socket and as a Response', async (t) => {
  const port = await serve(t, page)
  const sent = await fetch(`http://127.0.0.1:${port}/`)
  assert.equal(sent.headers.get('content-length'), `${Buffer.byteLength(page.body ?? '')}`)
  assert.deepEqual(await summarize(sent), await summarize(toResponse(page)))
})

test('a reply without a body ends', async (t) => {
  const port = await serve(t, { status: 303, headers: { location: '/' }, cookies: [], body: null })
  const sent = await fetch(`http://127.0.0.1:${port}/`, { redirect: 'manual' })
  assert.equal(sent.status, 303)
  assert.equal(await sent.text(), '')
})

test('a HEAD request gets the length and no body', async (t) => {
  const port = await serve(t, page)
  const sent = await fetch(`http://127.0.0.1:${port}/`, { method: 'HEAD' })
  assert.equal(sent.headers.get('content-length'), `${Buffer.byteLength(page.body ?? '')}`)
  assert.equal(await sent.text(), '')
})

test('a client that is still sending gets the answer, and then the connection ends', async (t) => {
  const port = await serve(t, page)
  const sending = request({ port, host: '127.0.0.1', method: 'POST' })
  const closed = once(sending, 'close')
  sending.on('error', () => undefined)
  sending.write('the beginning of a body that never ends')
  const [response] = await once(sending, 'response')
  assert.equal(response.statusCode, 422)
  assert.equal(response.headers.connection, 'close')
  response.resume()
  await once(response, 'end')
  await closed
  assert.equal(sending.destroyed, true)
})

test('a text in ASCII, in Latin-1 and beyond arrives as it is', async (t) => {
  for (const body of ['plain', 'Grüße', '– \u{1f511}', '']) {
    const port = await serve(t, { ...page, body })
    const sent = await fetch(`http://127.0.0.1:${port}/`)
    assert.equal(sent.headers.get('content-length'), `${Buffer.byteLength(body)}`)
    assert.equal(await sent.text(), body)
  }
})

test('an answer without content has no length header', async (t) => {
  for (const status of [204, 304]) {
    const port = await serve(t, { status, headers: { 'x-one': 'a' }, cookies: [], body: null })
    const { headers, status: read } = await fetch(`http://127.0.0.1:${port}/`)
    assert.equal(read, status)
    assert.equal(headers.has('content-length'), false)
    assert.equal(headers.has('transfer-encoding'), false)
  }
})
