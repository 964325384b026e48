import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createTestFrame } from '../dev/test-support/frame.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { silentLog } from '../platform/kernel/log.ts'
import { createDispatch, createListener } from './dispatch.ts'
import type { Frame } from './frame/frame.ts'
import {
  bindRoutes,
  declarePages,
  declarePlain,
  declareRaw,
  type FaceRoute,
} from './frame/route.ts'

const pages = declarePages<Frame>()
const plain = declarePlain<Frame>()
const raw = declareRaw<Frame>()

/** Each route answers with what it was given. */
const table: readonly FaceRoute<Frame>[] = [
  pages.get('/page/:name', 'a page', (frame, { path, client }, { name }) =>
    frame.json({ name, path, address: client.address, language: client.language }),
  ),
  pages.post('/page/:name', 'a form', (frame) => frame.redirect('/page/done')),
  pages.get('/broken', 'a page that fails', () => {
    throw new Fault('conflict', 'private words')
  }),
  plain.get('/plain', 'a reply', (frame, { url }) => frame.json({ url })),
  plain.get('/unwell', 'a reply that fails', () => Promise.reject(new Error('private words'))),
  raw.get('/raw/:name', 'a stream', async (_, { outgoing }, { name }) => {
    outgoing.end(`raw ${name}`)
  }),
]

interface Asked {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
}

async function start(t: TestContext) {
  const looked: string[] = []
  const frame = createTestFrame({
    async findSession(token) {
      looked.push(token)
      return undefined
    },
  })
  const dispatch = createDispatch(frame, bindRoutes(table, frame))
  const server = createServer((incoming, outgoing) => void dispatch(incoming, outgoing))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  async function ask({ method = 'GET', path, headers = {} }: Asked) {
    const sending = request({ port, host: '127.0.0.1', method, path, headers })
    sending.end()
    const [response] = await once(sending, 'response')
    let text = ''
    for await (const chunk of response) text += chunk
    return { status: response.statusCode, headers: response.headers, text }
  }
  return { ask, looked }
}

test('a page receives the request context and the parameters of its path', async (t) => {
  const { ask } = await start(t)
  const { status, text } = await ask({
    path: '/page/%C3%A4?q=1',
    headers: { 'accept-language': 'en' },
  })
  assert.equal(status, 200)
  const expected = { name: 'ä', path: '/page/%C3%A4?q=1', address: '127.0.0.1', language: 'en' }
  assert.deepEqual(JSON.parse(text), expected)
})

test('a request target in absolute form is read as its path and query', async (t) => {
  const { ask } = await start(t)
  const { text } = await ask({ path: 'http://elsewhere.example/page/a?q=1' })
  assert.equal(JSON.parse(text).path, '/page/a?q=1')
})

test('the server refuses an invalid host or path with 400', async (t) => {
  const { ask } = await start(t)
  for (const host of ['weird host', 'user@host', 'a/b', '[::1', 'host:port']) {
    assert.equal((await ask({ path: '/page/a', headers: { host } })).status, 400, host)
  }
  for (const host of ['localhost', 'LOGIN.example:8443', '[::1]:80', 'my_host', '127.0.0.1']) {
    assert.equal((await ask({ path: '/page/a', headers: { host } })).status, 200, host)
  }
  // Node refuses others by itself, for example those without a slash.
  for (const path of ['/page\\a', '*', '/\\evil.example']) {
    const { status, text } = await ask({ path })
    assert.equal(status, 400, path)
    assert.match(text, /^<!doctype html>/)
  }
})

test('the server looks up the session once for a page, and never for other routes', async (t) => {
  const { ask, looked } = await start(t)
  const headers = { cookie: 'einlass_session=a' }
  for (const path of ['/plain', '/raw/a', '/unwell']) await ask({ path, headers })
  assert.deepEqual(looked, [])
  await ask({ path: '/page/a', headers })
  assert.deepEqual(looked, ['a'])
})

test('the language switch works only on pages, and does not change the rest of the address', async (t) => {
  const { ask } = await start(t)
  const switched = await ask({ path: '/page/a?x=1&lang=en' })
  assert.deepEqual([switched.status, switched.headers.location], [303, '/page/a?x=1'])
  assert.match(`${switched.headers['set-cookie']}`, /einlass_language=en/)
  assert.equal((await ask({ path: '/plain?lang=en' })).status, 200)
  assert.equal((await ask({ path: '/raw/a?lang=en' })).text, 'raw a')
})

test('HEAD is answered like GET without a body, and refused by raw routes', async (t) => {
  const { ask } = await start(t)
  for (const path of ['/page/a', '/plain']) {
    const { status, text } = await ask({ method: 'HEAD', path })
    assert.deepEqual([status, text], [200, ''])
  }
  const { status, headers } = await ask({ method: 'HEAD', path: '/raw/a' })
  assert.deepEqual([status, headers.allow], [405, 'GET'])
})

test('the server answers an unsupported method with 405 and the allowed methods', async (t) => {
  const { ask } = await start(t)
  const allowed = async (path: string) => {
    const { status, headers } = await ask({ method: 'DELETE', path })
    return [status, headers.allow]
  }
  assert.deepEqual(await allowed('/page/a'), [405, 'GET, HEAD, POST'])
  assert.deepEqual(await allowed('/plain'), [405, 'GET, HEAD'])
  assert.deepEqual(await allowed('/raw/a'), [405, 'GET'])
  assert.deepEqual(await allowed('/nowhere'), [404, undefined])
})

test('an error of a route gives an error page without its message', async (t) => {
  const { ask } = await start(t)
  for (const [path, expected] of [
    ['/broken', 409],
    ['/unwell', 500],
  ] as const) {
    const { status, text } = await ask({ path })
    assert.equal(status, expected)
    assert.match(text, /^<!doctype html>/)
    assert.doesNotMatch(text, /private words/)
  }
})

test('the log names a failed request without a page by the pattern of its path', async (t) => {
  const frame = createTestFrame()
  const failing = declareRaw<Frame>().get('/stream/:secret', 'a stream that breaks', () =>
    Promise.reject(new Error('broken')),
  )
  const dispatch = createDispatch(frame, bindRoutes([failing], frame))
  const lines: object[] = []
  const log = { ...silentLog, error: (entry: object) => void lines.push(entry) }
  const options = { publicUrl: 'http://127.0.0.1', log, isLeaving: () => false }
  const server = createServer(createListener(dispatch, options))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const { status } = await fetch(`http://127.0.0.1:${port}/stream/of-a-person?q=1`)
  assert.equal(status, 503)
  assert.equal(lines.length, 1)
  const { method, route, error } = lines[0] as { method: string; route: string; error: Error }
  assert.deepEqual([method, route, error.message], ['GET', '/stream/:secret', 'broken'])
})
