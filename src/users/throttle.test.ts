import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hours, minutes, seconds } from '../kernel/clock.ts'
import { onEachEngine } from '../storage/on-each-engine.ts'
import { createThrottle } from './throttle.ts'

const start = 1_800_000_000_000

function setUp(freeFailures?: number) {
  const clock = { time: start, now: () => clock.time }
  return {
    clock,
    throttle: createThrottle({ clock, ...(freeFailures !== undefined && { freeFailures }) }),
  }
}

onEachEngine((engine) => {
  test(`five failures are free, then each one doubles the wait up to 15 minutes (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { clock, throttle } = setUp()
    for (let i = 0; i < 5; i += 1)
      assert.deepEqual(await throttle.admit(db, 'user:erika'), { type: 'admitted' })
    const waits: number[] = []
    for (let i = 0; i < 13; i += 1) {
      const refused = await throttle.admit(db, 'user:erika')
      assert.equal(refused.type, 'wait')
      assert.deepEqual(await throttle.check(db, 'user:erika'), { retryAfter: refused.retryAfter })
      waits.push(refused.retryAfter)
      clock.time += seconds(refused.retryAfter)
      assert.equal(await throttle.check(db, 'user:erika'), undefined)
      assert.deepEqual(await throttle.admit(db, 'user:erika'), { type: 'admitted' })
    }
    assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900])
  })

  test(`a wait ends exactly when it says (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { clock, throttle } = setUp(1)
    assert.equal((await throttle.admit(db, 'user:erika')).type, 'admitted')
    clock.time += 999
    assert.deepEqual(await throttle.admit(db, 'user:erika'), { type: 'wait', retryAfter: 1 })
    clock.time += 1
    assert.equal((await throttle.admit(db, 'user:erika')).type, 'admitted')
  })

  test(`failures are forgotten 60 minutes after the last one (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { clock, throttle } = setUp(2)
    await throttle.admit(db, 'user:erika')
    clock.time += hours(1) - 1
    await throttle.admit(db, 'user:erika')
    assert.deepEqual(await throttle.check(db, 'user:erika'), { retryAfter: 1 })
    clock.time += hours(1)
    await throttle.admit(db, 'user:erika')
    assert.equal(await throttle.check(db, 'user:erika'), undefined)
  })

  test(`a success forgets the failures of its key and of no other (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { throttle } = setUp(1)
    await throttle.admit(db, 'user:erika')
    await throttle.admit(db, 'user:max')
    await throttle.clear(db, 'user:erika')
    assert.equal((await throttle.admit(db, 'user:erika')).type, 'admitted')
    assert.equal((await throttle.admit(db, 'user:max')).type, 'wait')
  })

  test(`a right login at an address does not forgive the guesses from there (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { clock, throttle } = setUp(3)
    const login = async () => {
      const { type } = await throttle.admit(db, 'address:192.0.2.1')
      if (type === 'admitted') await throttle.takeBack(db, 'address:192.0.2.1')
      return type
    }
    const guess = async () => (await throttle.admit(db, 'address:192.0.2.1')).type
    for (let i = 0; i < 10; i += 1) assert.equal(await login(), 'admitted')
    assert.equal(await guess(), 'admitted')
    assert.equal(await guess(), 'admitted')
    assert.equal(await login(), 'admitted')
    assert.equal(await login(), 'admitted')
    assert.equal(await guess(), 'admitted')
    assert.equal(await login(), 'wait')
    clock.time += seconds(1)
    assert.equal(await login(), 'admitted')
    assert.equal(await guess(), 'wait')
  })

  test(`A17: 200 parallel failures over two nodes are counted exactly (${engine.name})`, async (t) => {
    const [first, second] = await engine.openTwice(t)
    const { throttle } = setUp(201)
    const tries = Array.from({ length: 200 }, (_, index) =>
      throttle.admit(index % 2 === 0 ? first.db : second.db, 'user:erika'),
    )
    for (const { type } of await Promise.all(tries)) assert.equal(type, 'admitted')
    const row = await first.db.selectFrom('throttles').selectAll().executeTakeFirstOrThrow()
    assert.equal(row.failures, 200)
  })

  test(`A17: parallel guessing gets no more tries than serial guessing (${engine.name})`, async (t) => {
    const [first, second] = await engine.openTwice(t)
    const { throttle } = setUp()
    const tries = Array.from({ length: 200 }, (_, index) =>
      throttle.admit(index % 2 === 0 ? first.db : second.db, 'user:erika'),
    )
    const admitted = (await Promise.all(tries)).filter(({ type }) => type === 'admitted')
    assert.equal(admitted.length, 5)
  })

  test(`A17: 20 parallel right logins all succeed, one after the other (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { throttle } = setUp()
    const logins = Array.from({ length: 20 }, () =>
      throttle.inTurn('user:erika', async () => {
        const { type } = await throttle.admit(db, 'user:erika')
        await throttle.clear(db, 'user:erika')
        return type
      }),
    )
    assert.deepEqual(new Set(await Promise.all(logins)), new Set(['admitted']))
  })

  test(`no name is stored, as it might be a password in the wrong field (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { throttle } = setUp()
    await throttle.admit(db, 'user:my secret password')
    const rows = JSON.stringify(await db.selectFrom('throttles').selectAll().execute())
    assert.match(rows, /"user:[\w-]{43}"/)
    assert.doesNotMatch(rows, /secret/)
  })

  test(`what is forgotten is deleted (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { clock, throttle } = setUp()
    await throttle.admit(db, 'user:old')
    clock.time += minutes(30)
    await throttle.admit(db, 'user:new')
    clock.time += minutes(30)
    await throttle.purge(db)
    assert.equal((await db.selectFrom('throttles').selectAll().execute()).length, 1)
  })
})

test('work of one key runs in turn, also after a failure; other keys do not wait', async () => {
  const { throttle } = setUp()
  const order: string[] = []
  const gate = Promise.withResolvers<void>()
  const first = throttle.inTurn('user:a', async () => {
    await gate.promise
    order.push('first')
    throw new Error('failed')
  })
  const second = throttle.inTurn('user:a', async () => order.push('second'))
  await throttle.inTurn('user:b', async () => order.push('other'))
  gate.resolve()
  await assert.rejects(first, /failed/)
  await second
  assert.deepEqual(order, ['other', 'first', 'second'])
})
