// Which pages leave the server compressed, over a real connection.
import assert from 'node:assert/strict'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { createTestFrame } from '../../dev/test-support/frame.ts'
import { sendReply } from '../../platform/http/reply.ts'
import { readRequest } from '../../platform/http/request.ts'
import { errorPage } from './pages.ts'

async function start(t: TestContext) {
  const frame = createTestFrame()
  const server = createServer((incoming, outgoing) => {
    const context = frame.createAnonymous(readRequest(incoming, '/'))
    const reply =
      incoming.url === '/json'
        ? frame.json({ text: 'x'.repeat(5000) })
        : frame.page(context, errorPage({ code: 'expired' }, context.t))
    sendReply(reply, incoming, outgoing)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  return (headers: Record<string, string>, path = '/') =>
    new Promise<{ encoding: string | undefined; vary: string | undefined; body: Buffer }>(
      (resolve, reject) => {
        const sent = request({ port, path, headers, agent: false }, (answer) => {
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.once('end', () => {
            const { 'content-encoding': encoding, vary } = answer.headers
            resolve({ encoding, vary, body: Buffer.concat(chunks) })
          })
        })
        sent.once('error', reject).end()
      },
    )
}

const accept = { 'accept-encoding': 'gzip, deflate, br' }

test('a page leaves the server compressed for a browser that can read it', async (t) => {
  const ask = await start(t)
  const plain = await ask({})
  assert.equal(plain.encoding, undefined)
  assert.equal(plain.vary, 'Accept-Encoding')
  const brotli = await ask(accept)
  assert.equal(brotli.encoding, 'br')
  assert.deepEqual(brotliDecompressSync(brotli.body), plain.body)
  const gzip = await ask({ 'accept-encoding': 'gzip' })
  assert.equal(gzip.encoding, 'gzip')
  assert.deepEqual(gunzipSync(gzip.body), plain.body)
  assert.ok(gzip.body.length < plain.body.length / 2)
})

test('a page with anything of a person is compressed only if no other site made the browser ask for it', async (t) => {
  const ask = await start(t)
  const cookie = 'einlass_browser=secret'
  for (const [site, expected] of [
    ['same-origin', 'br'],
    ['none', 'br'],
    ['same-site', undefined],
    ['cross-site', undefined],
    ['', undefined],
  ] as const) {
    const { encoding } = await ask({ ...accept, cookie, ...(site && { 'sec-fetch-site': site }) })
    assert.equal(encoding, expected, site)
  }
  assert.equal((await ask({ ...accept, 'sec-fetch-site': 'cross-site' })).encoding, 'br')
})

test('an answer that is no page and no file is never compressed', async (t) => {
  const ask = await start(t)
  const { encoding, vary } = await ask(accept, '/json')
  assert.deepEqual([encoding, vary], [undefined, undefined])
})
