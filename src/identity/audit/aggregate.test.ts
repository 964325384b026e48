import assert from 'node:assert/strict'
import { test } from 'node:test'
import { minutes, seconds } from '../../platform/kernel/clock.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { createAggregate } from './aggregate.ts'

const queries = {} as Queries

function setUp() {
  const clock = { time: 1_800_000_000_000, now: () => clock.time }
  const written: { readonly name: string; readonly times: number }[] = []
  const aggregate = createAggregate<{ readonly name: string }>({
    clock,
    write: async (_, facts) => void written.push(facts),
    findKey: ({ name }) => name,
    withoutKey: () => ({ name: 'one of many' }),
  })
  return { clock, written, aggregate }
}

test('a flood writes its first event, and then one event a minute with the number', async () => {
  const { clock, written, aggregate } = setUp()
  for (let n = 0; n < 10; n += 1) await aggregate.add(queries, { name: 'erika' })
  assert.deepEqual(written, [{ name: 'erika', times: 1 }])
  await aggregate.add(queries, { name: 'max' })
  clock.time += minutes(1)
  await aggregate.add(queries, { name: 'erika' })
  assert.deepEqual(written.slice(1), [
    { name: 'max', times: 1 },
    { name: 'erika', times: 10 },
  ])
})

test('the flush writes the rest of a flood, and only once', async () => {
  const { clock, written, aggregate } = setUp()
  for (let n = 0; n < 5; n += 1) await aggregate.add(queries, { name: 'erika' })
  clock.time += seconds(30)
  await aggregate.flush(queries)
  assert.equal(written.length, 1)
  clock.time += seconds(30)
  await aggregate.flush(queries)
  await aggregate.flush(queries)
  assert.deepEqual(written.slice(1), [{ name: 'erika', times: 4 }])
})

test('a flush at the end of the process writes everything that was counted', async () => {
  const { written, aggregate } = setUp()
  for (let n = 0; n < 3; n += 1) await aggregate.add(queries, { name: 'erika' })
  await aggregate.flush(queries, { all: true })
  assert.deepEqual(written, [
    { name: 'erika', times: 1 },
    { name: 'erika', times: 2 },
  ])
})

test('floods above the limit of different keys are counted together', async () => {
  const { clock, written, aggregate } = setUp()
  for (let n = 0; n < 10_000; n += 1) await aggregate.add(queries, { name: `flood ${n}` })
  for (let n = 0; n < 5; n += 1) await aggregate.add(queries, { name: `beyond ${n}` })
  await aggregate.add(queries, { name: 'flood 7' })
  assert.deepEqual(written.slice(10_000), [{ name: 'one of many', times: 1 }])
  clock.time += minutes(1)
  await aggregate.flush(queries)
  assert.deepEqual(written.slice(10_001), [
    { name: 'flood 7', times: 1 },
    { name: 'one of many', times: 4 },
  ])
  await aggregate.add(queries, { name: 'later' })
  assert.deepEqual(written.at(-1), { name: 'later', times: 1 })
})

test('A43: after the clock was set back, a flood writes one event at once and then one a minute', async () => {
  const { clock, written, aggregate } = setUp()
  await aggregate.add(queries, { name: 'erika' })
  await aggregate.add(queries, { name: 'erika' })
  clock.time -= minutes(90)
  await aggregate.add(queries, { name: 'erika' })
  await aggregate.add(queries, { name: 'erika' })
  assert.deepEqual(
    written.map(({ times }) => times),
    [1, 2],
  )
  clock.time += minutes(1)
  await aggregate.flush(queries)
  assert.equal(written.length, 3)
})
