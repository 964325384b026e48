import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { startRelay } from './relay.ts'

/** A server that answers each text with its name and the text, and a way to it. */
async function open(t: TestContext) {
  const start = async (name: string) => {
    const ended: string[] = []
    const server = createServer((socket) => {
      socket.on('data', (data) => socket.write(`${name} ${data}`))
      socket.on('error', () => {})
      socket.on('close', () => ended.push(name))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    return { port: String((server.address() as AddressInfo).port), ended }
  }
  const [first, second] = [await start('first'), await start('second')]
  const relay = await startRelay(t, first.port)
  const enter = async () => {
    const { port } = new URL(relay.url('postgres://somebody@127.0.0.1:1/base'))
    const socket = connect(Number(port), '127.0.0.1')
    t.after(() => socket.destroy())
    await once(socket, 'connect')
    return socket
  }
  return { relay, enter, first, second }
}

async function ask(socket: Socket, text: string): Promise<string> {
  socket.write(text)
  const [data] = await once(socket, 'data')
  return String(data)
}

test('a way leads to its first target, and after a change new connections lead to the other one', async (t) => {
  const { relay, enter, second } = await open(t)
  const socket = await enter()
  assert.equal(await ask(socket, 'hello'), 'first hello')
  const closed = once(socket, 'close')
  relay.leadTo(second.port)
  await closed
  assert.equal(await ask(await enter(), 'hello'), 'second hello')
})

test('what a silent cut has held back arrives when it is mended, on old and new connections', async (t) => {
  const { relay, enter } = await open(t)
  const old = await enter()
  assert.equal(await ask(old, 'one'), 'first one')
  relay.cut('silent')
  const fresh = await enter()
  let isMended = false
  const answers = [old, fresh].map(async (socket) => {
    const answer = await ask(socket, 'two')
    assert.ok(isMended)
    return answer
  })
  // Time for an answer that must not come.
  await new Promise((done) => setTimeout(done, 50))
  isMended = true
  relay.mend()
  assert.deepEqual(await Promise.all(answers), ['first two', 'first two'])
})

test('of a lost connection the target sees the end at once, and the other side at the end of the cut', async (t) => {
  const { relay, enter, first } = await open(t)
  const socket = await enter()
  assert.equal(await ask(socket, 'one'), 'first one')
  let isClosed = false
  const closed = once(socket, 'close').then(() => {
    isClosed = true
  })
  relay.cut('lost')
  while (first.ended.length === 0) await new Promise((done) => setTimeout(done, 5))
  assert.equal(isClosed, false)
  relay.mend()
  await closed
  assert.equal(await ask(await enter(), 'two'), 'first two')
})

test('a refused way closes old and new connections until it is mended', async (t) => {
  const { relay, enter } = await open(t)
  const old = await enter()
  assert.equal(await ask(old, 'one'), 'first one')
  const closed = once(old, 'close')
  relay.cut('refused')
  await closed
  await once(await enter(), 'close')
  relay.mend()
  assert.equal(await ask(await enter(), 'two'), 'first two')
})
