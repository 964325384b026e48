import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { mock, type TestContext, test } from 'node:test'
import type { Engine } from '../../login/engine/engine.ts'
import type { JourneyReference } from '../../login/engine/view.ts'
import { createEvents } from '../../platform/kernel/events.ts'
import { createWaiting, type WaitingOptions } from './waiting.ts'

const heartbeat = 15_000
const longest = 600_000

interface Setting extends Partial<Pick<WaitingOptions, 'findNetwork'>> {
  readonly limits?: Partial<WaitingOptions['limits']>
  readonly findTopic?: Engine['findTopic']
}

/** A server that holds waiting pages, with a clock of its own. The journey is the path without its slash. */
async function start(
  t: TestContext,
  { limits, findTopic, findNetwork = () => undefined }: Setting = {},
) {
  mock.timers.enable({ apis: ['setInterval'] })
  const clock = { time: 0, now: () => clock.time }
  const events = createEvents()
  const listening = new Map<string, number>()
  const count = (topic: string, by: number) =>
    listening.set(topic, (listening.get(topic) ?? 0) + by)
  const waiting = createWaiting({
    engine: {
      findTopic:
        findTopic ??
        (async ({ journeyId }) =>
          journeyId === 'none' ? undefined : { topic: journeyId, person: journeyId.split('-')[0] }),
    } as Engine,
    events: {
      ...events,
      listen(topic, listener) {
        count(topic, 1)
        const stop = events.listen(topic, listener)
        return () => {
          count(topic, -1)
          stop()
        }
      },
    },
    headers: { 'cache-control': 'no-store' },
    clock,
    heartbeat,
    longest,
    limits: { all: 100, perTopic: 100, ...limits },
    findNetwork,
  })
  const sockets: Socket[] = []
  const server = createServer((incoming, response) => {
    sockets.push(incoming.socket)
    const reference: JourneyReference = {
      journeyId: (incoming.url ?? '').slice(1),
      browserToken: 'b',
    }
    void waiting.serve(incoming, response, reference)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  t.after(async () => {
    waiting.close()
    mock.timers.reset()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const tick = (milliseconds: number) => {
    clock.time += milliseconds
    mock.timers.tick(milliseconds)
  }
  const open = (journey: string) => openStream(port, journey)
  return { port, sockets, waiting, events, listening, tick, open }
}

/** One waiting page: what it has read so far, and a way to wait for more. */
async function openStream(port: number, journey: string) {
  const outgoing = request({ port, path: `/${journey}`, agent: false })
  outgoing.end()
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve)
    outgoing.once('error', reject)
  })
  incoming.setEncoding('utf8')
  let unread = ''
  let isOver = false
  let more: () => void = () => undefined
  incoming.on('data', (chunk: string) => {
    unread += chunk
    more()
  })
  incoming.once('end', () => {
    isOver = true
    more()
  })
  const changed = () =>
    new Promise<void>((resolve) => {
      more = resolve
    })
  return {
    status: incoming.statusCode,
    headers: incoming.headers,
    /** The next text of this length or more. */
    async read(length: number): Promise<string> {
      while (unread.length < length && !isOver) await changed()
      const read = unread
      unread = ''
      return read
    },
    async end(): Promise<void> {
      while (!isOver) await changed()
    },
    leave: () => outgoing.destroy(),
  }
}

/** Until something that another socket causes has come about. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

const first = 'retry: 3000\ndata: look\n\n'

test('a waiting page gets a look event at once and at every wake-up of its journey', async (t) => {
  const { open, events } = await start(t)
  const page = await open('one')
  assert.equal(page.status, 200)
  assert.equal(page.headers['content-type'], 'text/event-stream')
  assert.equal(page.headers['cache-control'], 'no-store')
  assert.equal(page.headers['transfer-encoding'], undefined)
  assert.equal(page.headers.connection, 'close')
  assert.equal(await page.read(first.length), first)
  events.wake('other')
  events.wake('one')
  assert.equal(await page.read(1), 'data: look\n\n')
  events.wakeAll()
  assert.equal(await page.read(1), 'data: look\n\n')
})

test('a wake-up of all pages reaches every window of a journey', async (t) => {
  const { open, events } = await start(t)
  const pages = [await open('one'), await open('one'), await open('two')]
  for (const page of pages) await page.read(first.length)
  events.wakeAll()
  for (const page of pages) assert.equal(await page.read(1), 'data: look\n\n')
})

test('a page whose journey is not found gets 204, so that it stops asking', async (t) => {
  const { open, waiting, listening } = await start(t)
  const page = await open('none')
  assert.equal(page.status, 204)
  assert.equal(page.headers['cache-control'], 'no-store')
  await page.end()
  assert.equal(waiting.count(), 0)
  assert.equal(listening.size, 0)
})

test('the server sends a comment at each heartbeat, so that the connection stays open', async (t) => {
  const { open, tick } = await start(t)
  const page = await open('one')
  await page.read(first.length)
  tick(heartbeat)
  assert.equal(await page.read(1), ':\n\n')
  tick(heartbeat)
  assert.equal(await page.read(1), ':\n\n')
})

test('the server ends a connection after its maximum time, so that the browser connects again', async (t) => {
  const { open, tick, waiting } = await start(t)
  const page = await open('one')
  await page.read(first.length)
  tick(longest)
  await page.end()
  await until(() => waiting.count() === 0)
})

test('a connection above the limit gets 204 until another connection ends', async (t) => {
  const { open, waiting } = await start(t, { limits: { all: 2 } })
  const pages = [await open('a'), await open('b')]
  assert.equal((await open('c')).status, 204)
  pages[0]?.leave()
  await until(() => waiting.count() === 1)
  assert.equal((await open('c')).status, 200)
})

test('the connections of one journey are limited, and other journeys are not affected', async (t) => {
  const { open, waiting } = await start(t, { limits: { perTopic: 2 } })
  const pages = [await open('a'), await open('a')]
  assert.equal((await open('a')).status, 204)
  assert.equal((await open('b')).status, 200)
  pages[0]?.leave()
  await until(() => waiting.count() === 2)
  assert.equal((await open('a')).status, 200)
  assert.equal((await open('a')).status, 204)
})

test('A48: the connections of one user are limited over all their logins', async (t) => {
  const { open, waiting } = await start(t, { limits: { perPerson: 3 } })
  const pages = await Promise.all(['erika-1', 'erika-2', 'erika-3'].map((one) => open(one)))
  assert.deepEqual(
    pages.map(({ status }) => status),
    [200, 200, 200],
  )
  assert.equal((await open('erika-4')).status, 204)
  assert.equal((await open('max-1')).status, 200)
  pages[0]?.leave()
  await until(() => waiting.count() === 3)
  assert.equal((await open('erika-5')).status, 200)
})

test('A48: the connections of one network are limited, except for networks that many users share', async (t) => {
  const networks: (string | undefined)[] = ['a', 'a', 'a', 'b', undefined, undefined, undefined]
  const { open } = await start(t, {
    limits: { perAddress: 2 },
    findNetwork: () => networks.shift(),
  })
  const statuses: unknown[] = []
  for (const page of ['1', '2', '3', '4', '5', '6', '7']) statuses.push((await open(page)).status)
  assert.deepEqual(statuses, [200, 200, 204, 200, 200, 200, 200])
})

test('a browser that disconnects leaves nothing behind', async (t) => {
  const { open, waiting, listening, events } = await start(t)
  const pages = await Promise.all(Array.from({ length: 20 }, () => open('one')))
  assert.equal(waiting.count(), 20)
  for (const page of pages) page.leave()
  await until(() => waiting.count() === 0)
  assert.equal(listening.get('one'), 0)
  events.wake('one')
})

test('a browser that disconnects before the server accepts it leaves nothing behind', async (t) => {
  const asked = Promise.withResolvers<void>()
  const topic = Promise.withResolvers<{ topic: string; person: string }>()
  const findTopic = () => {
    asked.resolve()
    return topic.promise
  }
  const { port, sockets, waiting, listening } = await start(t, { findTopic })
  const outgoing = request({ port, path: '/one', agent: false }).on('error', () => undefined)
  outgoing.end()
  await asked.promise
  outgoing.destroy()
  await until(() => sockets.every((socket) => socket.destroyed))
  topic.resolve({ topic: 'one', person: 'erika' })
  await topic.promise
  assert.equal(waiting.count(), 0)
  assert.equal(listening.size, 0)
})

test('closing ends every connection and refuses new ones', async (t) => {
  const { open, waiting } = await start(t)
  const pages = [await open('a'), await open('b')]
  waiting.close()
  for (const page of pages) await page.end()
  await until(() => waiting.count() === 0)
  assert.equal((await open('c')).status, 204)
  assert.equal(waiting.count(), 0)
})
