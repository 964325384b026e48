/** Waits under a clock that is set back, and under clocks of nodes that are far apart. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { hours, minutes } from '../../platform/kernel/clock.ts'
import type { Database } from '../../platform/storage/database.ts'
import { createThrottle, type Throttle } from './throttle.ts'

const start = 1_800_000_000_000

function setUp(isAlone = false) {
  const clock = { time: start, now: () => clock.time }
  return { clock, throttle: createThrottle({ clock, isAlone }) }
}

/** Guesses once. `judged`: nothing held it back; else how long it has to wait, in seconds. */
async function guess(db: Database, throttle: Throttle): Promise<'judged' | number> {
  const answer = await throttle.judge(db, 'user:erika', async () => ({ isRight: false }))
  return 'isRight' in answer ? 'judged' : answer.retryAfter
}

/** Until the wait is the longest one. */
async function guessForLong(db: Database, { clock, throttle }: ReturnType<typeof setUp>) {
  for (let n = 0; n < 20; n += 1) {
    await guess(db, throttle)
    clock.time += minutes(15)
  }
  await guess(db, throttle)
}

onEachEngine((engine) => {
  for (const isAlone of [true, false]) {
    const name = `${engine.name}, ${isAlone ? 'alone' : 'with other nodes'}`

    test(`A43: after a clock is set back, a wait takes at most the longest time, and does not end at once (${name})`, async (t) => {
      const { db } = await engine.open(t)
      const node = setUp(isAlone)
      const { clock, throttle } = node
      await guessForLong(db, node)
      assert.equal(await guess(db, throttle), 900)
      clock.time -= hours(5)
      assert.equal(await guess(db, throttle), 900)
      clock.time += minutes(14)
      assert.deepEqual(await throttle.check(db, 'user:erika'), { type: 'wait', retryAfter: 60 })
      clock.time += minutes(1)
      assert.equal(await throttle.check(db, 'user:erika'), undefined)
      assert.equal(await guess(db, throttle), 'judged')
      // The failures of before are not forgotten.
      assert.equal(await guess(db, throttle), 900)
      clock.time += minutes(15)
      assert.equal(await guess(db, throttle), 'judged')
    })

    test(`A43: of simultaneous guesses after such a wait only one is judged (${name})`, async (t) => {
      const { db } = await engine.open(t)
      const node = setUp(isAlone)
      await guessForLong(db, node)
      node.clock.time -= hours(5)
      assert.equal(await guess(db, node.throttle), 900)
      node.clock.time += minutes(15)
      const answers = await Promise.all(Array.from({ length: 20 }, () => guess(db, node.throttle)))
      assert.equal(answers.filter((answer) => answer === 'judged').length, 1)
    })
  }

  test(`A43: each time the clock is set back, the longest wait begins again (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const node = setUp()
    await guessForLong(db, node)
    for (let times = 0; times < 3; times += 1) {
      node.clock.time -= hours(1)
      assert.equal(await guess(db, node.throttle), 900)
    }
    node.clock.time += minutes(15)
    assert.equal(await guess(db, node.throttle), 'judged')
  })

  test(`A43: nodes with very different clocks each judge at most one guess in the longest wait (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const right = setUp()
    const ahead = setUp()
    await guessForLong(db, right)
    ahead.clock.time = right.clock.time + minutes(20)
    let judged = 0
    for (let minute = 0; minute < 150; minute += 1) {
      for (const { throttle, clock } of [right, ahead]) {
        if ((await guess(db, throttle)) === 'judged') judged += 1
        clock.time += minutes(1)
      }
    }
    assert.ok(judged >= 10 && judged <= 22, `${judged}`)
  })
})
