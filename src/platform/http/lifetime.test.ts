import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { closeHttp } from './lifetime.ts'

async function listen(t: TestContext): Promise<{ http: Server; open: () => Promise<Socket> }> {
  const http = createServer((_, response) => {
    response.writeHead(200, { connection: 'close' }).end('here')
  }).listen(0, '127.0.0.1')
  await once(http, 'listening')
  t.after(() => http.closeAllConnections())
  const { port } = http.address() as AddressInfo
  return {
    http,
    async open() {
      const socket = connect(port, '127.0.0.1').setEncoding('latin1')
      await once(socket, 'connect')
      return socket
    },
  }
}

test('a connection that was open before the shutdown can still send its request', async (t) => {
  const { http, open } = await listen(t)
  const socket = await open()
  const closed = closeHttp(http, 60_000)
  while (http.listening) await nextTurn()
  await assert.rejects(open(), { code: 'ECONNREFUSED' })
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const [answer] = (await once(socket, 'data')) as [string]
  assert.match(answer, /^HTTP\/1\.1 200 /)
  // It ends with its last connection, and does not wait for others.
  await closed
})

test('without a waiting time, connections without a request end at once', async (t) => {
  const { http, open } = await listen(t)
  const socket = await open()
  const ended = once(socket, 'close')
  await closeHttp(http)
  await ended
})
