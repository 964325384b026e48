import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPool, Final, PoolBusy } from './pool.ts'

class Answer extends Error {}

function setUp(limit = 2, timeLimit = 50) {
  const opened: { isConnected: boolean; unbind(): Promise<void> }[] = []
  const pool = createPool({
    limit,
    timeLimit,
    isAnswer: (error) => error instanceof Answer,
    async open() {
      const connection = {
        isConnected: true,
        async unbind() {
          connection.isConnected = false
        },
      }
      opened.push(connection)
      return connection
    },
  })
  return { pool, opened }
}

test('a connection is used again, and no more than allowed are open', async () => {
  const { pool, opened } = setUp()
  await pool.use(async () => 1)
  await pool.use(async () => 2)
  assert.equal(opened.length, 1)
  await Promise.all(Array.from({ length: 6 }, () => pool.use(async () => {})))
  assert.equal(opened.length, 2)
})

test('an answer that is an error keeps the connection, any other error closes it', async () => {
  const { pool, opened } = setUp()
  const fail = (error: Error) =>
    assert.rejects(
      pool.use(
        async () => {
          throw error
        },
        { isOnce: true },
      ),
    )
  await fail(new Answer())
  assert.equal(opened[0]?.isConnected, true)
  await fail(new Error('cut'))
  assert.equal(opened[1]?.isConnected, false)
})

test('work that fails on a reused connection runs again on a new one, unless it may run only once', async () => {
  const { pool, opened } = setUp()
  await pool.use(async () => {})
  let tries = 0
  const work = async () => {
    tries += 1
    if (tries === 1) throw new Error('closed meanwhile')
    return tries
  }
  assert.equal(await pool.use(work), 2)
  assert.equal(opened.length, 2)
  tries = 0
  await assert.rejects(pool.use(work, { isOnce: true }))
  assert.equal(tries, 1)
})

test('a final error does not run the work again, and closes its connection', async () => {
  const { pool, opened } = setUp()
  await pool.use(async () => {})
  await assert.rejects(
    pool.use(async () => {
      throw new Final('too long')
    }),
    Final,
  )
  assert.equal(opened.length, 1)
  assert.equal(opened[0]?.isConnected, false)
})

test('a caller waits for a free connection for a limited time', async () => {
  const { pool } = setUp(1)
  const { promise, resolve } = Promise.withResolvers<void>()
  const first = pool.use(() => promise)
  await assert.rejects(
    pool.use(async () => {}),
    PoolBusy,
  )
  const second = pool.use(async () => 'after it')
  resolve()
  await first
  assert.equal(await second, 'after it')
})

test('while one network floods the queue, known browsers come first and other networks get a share', async () => {
  const { pool } = setUp(1, 60_000)
  const { promise, resolve } = Promise.withResolvers<void>()
  const first = pool.use(() => promise)
  const order: string[] = []
  const use = (name: string, from?: readonly string[]) =>
    pool.use(async () => void order.push(name), { from })
  const flood = Array.from({ length: 200 }, () => use('flood', ['192.0.2.0/24', '192.0.2.1']))
  const others = [use('other', ['198.51.100.0/24', '198.51.100.1']), use('known'), use('known')]
  resolve()
  await Promise.all([first, ...flood, ...others])
  assert.equal(order.length, 203)
  assert.deepEqual([...order.slice(0, 4)].sort(), ['flood', 'known', 'known', 'other'])
})

test('a full queue immediately refuses callers from the network with the most callers', async () => {
  const { pool } = setUp(1, 60_000)
  const { promise, resolve } = Promise.withResolvers<void>()
  const first = pool.use(() => promise)
  const use = (from: readonly string[]) => pool.use(async () => from[0], { from })
  const flood = Array.from({ length: 1000 }, () => use(['192.0.2.0/24']))
  const settled = Promise.allSettled(flood)
  const other = use(['198.51.100.0/24'])
  await assert.rejects(use(['192.0.2.0/24']), PoolBusy)
  resolve()
  await first
  assert.equal(await other, '198.51.100.0/24')
  const refused = (await settled).filter(({ status }) => status === 'rejected')
  assert.ok(refused.length > 0)
})

test('the pool refuses background work when too much of it waits, while a login still gets its turn', async () => {
  const { pool } = setUp(1, 60_000)
  const { promise, resolve } = Promise.withResolvers<void>()
  const first = pool.use(() => promise)
  const order: string[] = []
  const use = (name: string, from?: 'background') =>
    pool.use(async () => void order.push(name), { from })
  const jobs = Promise.allSettled(Array.from({ length: 400 }, () => use('job', 'background')))
  await assert.rejects(use('one more', 'background'), PoolBusy)
  const login = use('login')
  resolve()
  await Promise.all([first, login])
  assert.ok(order.indexOf('login') <= 1)
  const done = (await jobs).filter(({ status }) => status === 'fulfilled')
  assert.equal(done.length, 250)
})

test('a closed pool leaves no connection open', async () => {
  const { pool, opened } = setUp()
  const { promise, resolve } = Promise.withResolvers<void>()
  const running = pool.use(() => promise)
  await pool.close()
  resolve()
  await running
  assert.equal(opened[0]?.isConnected, false)
})
