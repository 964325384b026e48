/** Nodes with different clocks share a database and judge attempts for one name at the same time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { minutes, seconds } from '../../platform/kernel/clock.ts'
import { createThrottle } from './throttle.ts'

const start = 1_800_000_000_000

onEachEngine((engine) => {
  for (const count of [2, 5]) {
    test(`A17: simultaneous correct attempts on ${count} nodes with different clocks all succeed (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const nodes = Array.from({ length: count }, (_, n) =>
        createThrottle({ clock: { now: () => start - n * seconds(3) } }),
      )
      const tries = Array.from({ length: 100 }, (_, n) =>
        nodes[n % count]?.judge(db, 'user:erika', async () => {
          // As long as a hash takes: others are counted meanwhile.
          await new Promise((resolve) => setImmediate(resolve))
          return { isRight: true }
        }),
      )
      const answers = await Promise.all(tries)
      assert.ok(answers.every((answer) => answer !== undefined && 'isRight' in answer))
    })
  }

  test(`A17: wrong attempts on nodes with different clocks block further attempts on every node (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const clock = { time: start }
    const nodes = [0, 1, 2].map((n) =>
      createThrottle({ clock: { now: () => clock.time - n * 100 } }),
    )
    let judged = 0
    const guess = (n: number) =>
      nodes[n % 3]?.judge(db, 'user:erika', async () => {
        judged += 1
        return { isRight: false }
      })
    await Promise.all(Array.from({ length: 60 }, (_, n) => guess(n)))
    assert.equal(judged, 5)
    clock.time += minutes(15)
    await guess(0)
    assert.equal(judged, 6)
    for (const n of [0, 1, 2]) await guess(n)
    assert.equal(judged, 6)
  })
})
