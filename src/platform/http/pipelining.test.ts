import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createPipelineLimit } from './pipelining.ts'

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

/** A server that answers when the test lets it, and a connection to it. */
async function open(t: TestContext) {
  const admit = createPipelineLimit()
  const waiting: ServerResponse[] = []
  const server = createServer((request, response) => {
    if (admit(request, response)) waiting.push(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  t.after(() => client.destroy())
  client.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()))
  return { waiting, client, closed }
}

test('A37: a client with too many unanswered requests on one connection is disconnected', async (t) => {
  const { waiting, client, closed } = await open(t)
  client.write(get.repeat(2000))
  client.resume()
  await closed
  assert.equal(waiting.length, 8)
})

test('one connection can carry any number of requests, a few at a time', async (t) => {
  const { waiting, client } = await open(t)
  let text = ''
  client.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const answers = () => text.split('HTTP/1.1 200').length - 1
  for (let round = 1; round <= 5; round += 1) {
    client.write(get.repeat(8))
    while (answers() < 8 * round) {
      waiting.shift()?.end('x')
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  assert.equal(client.destroyed, false)
})
