import assert from 'node:assert/strict'
import { test } from 'node:test'
import type pg from 'pg'
import { hours, seconds } from '../kernel/clock.ts'
import { createServerClock } from './postgres-clock.ts'

const noon = 1_800_000_000_000

/** A server whose clock shows `noon` in the middle of the travel of its answer. */
function setUp() {
  const state = { monotonic: 5_000, travel: 0 }
  const serverClock = createServerClock(() => state.monotonic)
  const client = {
    async query() {
      state.monotonic += state.travel
      return { rows: [{ time: noon }] }
    },
  } as unknown as Pick<pg.Client, 'query'>
  return { state, ask: () => serverClock.ask(client), findOffset: serverClock.findOffset }
}

test('half of the round-trip time is not counted as clock offset', async () => {
  const { state, ask, findOffset } = setUp()
  assert.equal(findOffset(noon), undefined)
  state.travel = 400
  await ask()
  assert.equal(findOffset(noon + 200), 0)
  assert.equal(findOffset(noon + 200 + seconds(300)), seconds(300))
})

test('between two answers the monotonic clock goes on, so that a jump is seen at once', async () => {
  const { state, ask, findOffset } = setUp()
  await ask()
  state.monotonic += seconds(30)
  assert.equal(findOffset(noon + seconds(30)), 0)
  assert.equal(findOffset(noon + seconds(30) - hours(1)), -hours(1))
})

test('an answer that took too long does not change the offset', async () => {
  const { state, ask, findOffset } = setUp()
  await ask()
  state.travel = 1_001
  await ask()
  assert.equal(findOffset(noon + 1_001), 0)
})
