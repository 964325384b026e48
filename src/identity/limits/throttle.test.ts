import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { sql } from 'kysely'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { hours, minutes, seconds } from '../../platform/kernel/clock.ts'
import type { Database } from '../../platform/storage/database.ts'
import { createThrottle } from './throttle.ts'

const start = 1_800_000_000_000

function setUp(freeFailures = 5, isAlone = false, maxUncounted = 10) {
  const clock = { time: start, now: () => clock.time }
  return { clock, throttle: createThrottle({ clock, freeFailures, isAlone, maxUncounted }) }
}

const countsOf = async (db: Database): Promise<number[]> => {
  const rows = await db.selectFrom('throttles').select('failures').execute()
  return rows.map(({ failures }) => failures)
}

/** From now on no failure can be written. */
async function fillDisk(db: Database, engine: string) {
  const [fill, empty] =
    engine === 'sqlite'
      ? [
          `create trigger full_disk before insert on throttles begin select raise(abort, 'full_disk'); end`,
          'drop trigger full_disk',
        ]
      : [
          'alter table throttles add constraint full_disk check (failures < 0) not valid',
          'alter table throttles drop constraint full_disk',
        ]
  await sql.raw(fill).execute(db)
  return {
    isFull: (error: unknown) => inspect(error).includes('full_disk'),
    empty: async () => void (await sql.raw(empty).execute(db)),
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
      assert.deepEqual(await throttle.check(db, 'user:erika'), refused)
      waits.push(refused.retryAfter)
      clock.time += seconds(refused.retryAfter)
      assert.equal(await throttle.check(db, 'user:erika'), undefined)
      assert.deepEqual(await throttle.admit(db, 'user:erika'), { type: 'admitted' })
    }
    assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900])
  })

  test(`a wait ends exactly after the announced time (${engine.name})`, async (t) => {
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
    assert.deepEqual(await throttle.check(db, 'user:erika'), { type: 'wait', retryAfter: 1 })
    clock.time += hours(1)
    await throttle.admit(db, 'user:erika')
    assert.equal(await throttle.check(db, 'user:erika'), undefined)
  })

  test(`a success clears the failures of its own key only (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { throttle } = setUp(1)
    await throttle.admit(db, 'user:erika')
    await throttle.admit(db, 'user:max')
    await throttle.clear(db, 'user:erika')
    assert.equal((await throttle.admit(db, 'user:erika')).type, 'admitted')
    assert.equal((await throttle.admit(db, 'user:max')).type, 'wait')
  })

  test(`a correct login does not clear the wrong guesses from the same address (${engine.name})`, async (t) => {
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

  for (const isAlone of [false, true]) {
    const node = `${isAlone ? 'a node alone' : 'one of several nodes'}, ${engine.name}`

    test(`a wrong attempt is counted before its result is returned, and a correct one clears the count (${node})`, async (t) => {
      const { db } = await engine.open(t)
      const { throttle } = setUp(5, isAlone)
      const judge = (isRight: boolean) =>
        throttle.judge(db, 'user:erika', async () => ({ isRight }))
      assert.deepEqual(await judge(false), { isRight: false })
      assert.deepEqual(await countsOf(db), [1])
      await judge(false)
      assert.deepEqual(await countsOf(db), [2])
      assert.deepEqual(await judge(true), { isRight: true })
      await throttle.inTurn('user:erika', async () => undefined)
      assert.deepEqual(await countsOf(db), [])
    })

    test(`A17: the throttle judges only five of 200 simultaneous attempts (${node})`, async (t) => {
      const { db } = await engine.open(t)
      const { throttle } = setUp(5, isAlone)
      let judged = 0
      const guess = () =>
        throttle.judge(db, 'user:erika', async () => {
          judged += 1
          return { isRight: false }
        })
      const answers = await Promise.all(Array.from({ length: 200 }, guess))
      assert.equal(judged, 5)
      assert.equal(answers.filter((answer) => 'isRight' in answer).length, 5)
    })

    test(`A17: a hundred simultaneous correct attempts all succeed (${node})`, async (t) => {
      const { db } = await engine.open(t)
      const { throttle } = setUp(5, isAlone)
      const right = () => throttle.judge(db, 'user:erika', async () => ({ isRight: true }))
      const answers = await Promise.all(Array.from({ length: 100 }, right))
      assert.ok(answers.every((answer) => 'isRight' in answer && answer.isRight))
    })

    test(`an attempt that could not be judged is not a failure (${node})`, async (t) => {
      const { db } = await engine.open(t)
      const { throttle } = setUp(1, isAlone)
      const busy = () => throttle.judge(db, 'user:erika', () => Promise.reject(new Error('busy')))
      await assert.rejects(busy, /busy/)
      await assert.rejects(busy, /busy/)
      assert.equal(await throttle.check(db, 'user:erika'), undefined)
    })
  }

  test(`when failures cannot be stored, each key gets one wrong attempt, which is counted later (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { throttle } = setUp(2, true)
    const disk = await fillDisk(db, engine.name)
    let judged = 0
    const judge = (key: string, isRight = false) =>
      throttle.judge(db, key, async () => {
        judged += 1
        return { isRight }
      })
    await assert.rejects(judge('user:erika'), disk.isFull)
    for (const isRight of [true, false])
      await assert.rejects(judge('user:erika', isRight), disk.isFull)
    assert.equal(judged, 1)
    await assert.rejects(judge('user:max'), disk.isFull)
    assert.equal(judged, 2)
    await disk.empty()
    assert.deepEqual(await judge('user:erika'), { isRight: false })
    // The one that could not be counted, and this one.
    assert.deepEqual(await countsOf(db), [2])
    assert.deepEqual(await judge('user:erika', true), { type: 'wait', retryAfter: 1 })
    await throttle.purge(db)
    assert.deepEqual((await countsOf(db)).sort(), [1, 2])
    await throttle.purge(db)
    assert.deepEqual((await countsOf(db)).sort(), [1, 2])
  })

  test(`when too many failures could not be stored, each attempt is counted before it is judged (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { throttle } = setUp(5, true)
    const disk = await fillDisk(db, engine.name)
    let judged = 0
    for (let n = 0; n < 12; n += 1) {
      const guess = throttle.judge(db, `user:${n}`, async () => {
        judged += 1
        return { isRight: false }
      })
      await assert.rejects(guess, disk.isFull)
    }
    assert.equal(judged, 10)
    await disk.empty()
    await throttle.judge(db, 'user:erika', async () => {
      assert.deepEqual(await countsOf(db), [1])
      return { isRight: true }
    })
  })

  test(`a correct attempt writes nothing when there are no failures to clear (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { throttle } = setUp(5, true)
    let during: number[] | undefined
    await throttle.judge(db, 'user:erika', async () => {
      during = await countsOf(db)
      return { isRight: true }
    })
    assert.deepEqual(during, [])
  })

  test(`a node that is one of several counts an attempt before it is judged (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { throttle } = setUp()
    let during: number[] | undefined
    await throttle.judge(db, 'user:erika', async () => {
      during = await countsOf(db)
      return { isRight: true }
    })
    assert.deepEqual(during, [1])
  })

  test(`the throttle stores no user name, because it might be a password in the wrong field (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { throttle } = setUp()
    await throttle.admit(db, 'user:my secret password')
    const rows = JSON.stringify(await db.selectFrom('throttles').selectAll().execute())
    assert.match(rows, /"user:[\w-]{43}"/)
    assert.doesNotMatch(rows, /secret/)
  })

  test(`expired failures are deleted (${engine.name})`, async (t) => {
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
