import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFairQueue, type TurnOptions } from './fair-queue.ts'
import { Fault } from './fault.ts'
import { inRequest } from './request-scope.ts'

const longestWait = 5000

interface Asking extends TurnOptions {
  readonly gone?: AbortController
  /** Milliseconds that the person has waited before. */
  readonly waited?: number
}

/** A queue of one place on a clock that the test moves, in which work ends only when the test ends it. */
function startStage(limit = 1000) {
  let time = 0
  const now = () => time
  const queue = createFairQueue({ width: 1, limit, reserved: limit / 4, longestWait, now })
  const begun: string[] = []
  const refused: string[] = []
  const returns: (number | undefined)[] = []
  let end: (() => void) | undefined
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  async function ask(name: string, { gone, waited, ...options }: Asking = {}) {
    const work = () => {
      begun.push(name)
      return new Promise<void>((resolve) => {
        end = resolve
      })
    }
    const signal = gone?.signal ?? new AbortController().signal
    const scope = { arrivedAt: performance.now(), signal, ...(waited !== undefined && { waited }) }
    inRequest(scope, () => queue.run(work, options)).catch((error: unknown) => {
      assert.ok(error instanceof Fault && error.code === 'busy')
      refused.push(name)
      returns.push(error.retryAfter)
    })
    await settle()
  }
  async function endOne(took: number) {
    time += took
    end?.()
    await settle()
  }
  return {
    ...{ queue, begun, refused, returns, ask, endOne },
    /** Measures a pace. */
    async work(took: number) {
      await ask('before')
      await endOne(took)
      begun.length = 0
    },
  }
}

const from = (...networks: string[]): TurnOptions => ({ from: networks })

test('as many may wait as get their turn within the longest wait, by the time that the work takes', async () => {
  const { work, ask, refused, queue } = startStage()
  await work(500)
  for (let n = 0; n < 15; n += 1) await ask(`known ${n}`)
  assert.equal(queue.waiting(), 10)
  assert.equal(queue.expectedWait(), 5000)
  assert.deepEqual(refused, ['known 11', 'known 12', 'known 13', 'known 14'])
})

test('when the work becomes slower, those who came last lose their places at once', async () => {
  const { work, ask, endOne, refused, queue } = startStage()
  await work(100)
  for (let n = 0; n < 40; n += 1) await ask(`known ${n}`)
  for (let n = 0; n < 12; n += 1) await endOne(1000)
  const wait = queue.expectedWait()
  assert.ok(wait > 0 && wait <= longestWait * 1.25, `${wait} ms`)
  assert.equal(refused[0], 'known 39')
  assert.ok(!refused.includes('known 13'))
})

test('callers who get few turns get few places, as they would wait longer', async () => {
  const { work, ask, endOne, queue, refused } = startStage()
  await work(100)
  await ask('first')
  // Known callers come all the time, and leave a quarter of the turns.
  for (let n = 0; n < 40; n += 1) {
    await ask(`early ${n}`, from(`network ${n % 3}`))
    await ask(`known ${n}`)
    await endOne(100)
  }
  const before = refused.length
  for (let n = 0; n < 40; n += 1) await ask(`late ${n}`, from(`other ${n}`))
  assert.ok(refused.length > before)
  assert.ok(queue.waiting() <= 50)
})

test('no work is done for a client that has closed the connection, and its place is free at once', async () => {
  const { queue, ask, endOne, begun, work } = startStage()
  await work(500)
  await ask('first')
  for (const options of [{}, from('wide', 'narrow'), { from: 'background' } as const]) {
    const gone = new AbortController()
    await ask('gone', { ...options, gone })
    assert.equal(queue.waiting(), 1)
    gone.abort()
    assert.equal(queue.waiting(), 0)
  }
  await ask('stays')
  await endOne(500)
  await endOne(500)
  const left = new AbortController()
  left.abort()
  await ask('left before', { gone: left })
  assert.deepEqual(begun, ['first', 'stays'])
  assert.deepEqual([queue.left(), queue.refused()], [4, 0])
})

test('who waits since before is ahead of those who came later, also when no place is free', async () => {
  const { work, ask, endOne, begun, refused } = startStage()
  await work(1000)
  await ask('first')
  for (let n = 0; n < 5; n += 1) await ask(`new ${n}`)
  await ask('back', { waited: 20_000 })
  assert.deepEqual(refused, ['new 4'])
  await endOne(1000)
  assert.deepEqual(begun, ['first', 'back'])
})

test('among networks of one caller each, the latest loses its place to one who waits since before', async () => {
  const { work, ask, refused } = startStage()
  await work(1000)
  await ask('first', from('a'))
  // A place is reserved for known callers.
  for (let n = 0; n < 5; n += 1) await ask(`new ${n}`, from(`network ${n}`))
  assert.deepEqual(refused, ['new 4'])
  await ask('back', { ...from('network 9'), waited: 20_000 })
  assert.deepEqual(refused, ['new 4', 'new 3'])
})

test('a network with many who wait since before gets no more turns than another one', async () => {
  const { work, ask, endOne, begun } = startStage()
  await work(10)
  await ask('first', from('x'))
  for (let n = 0; n < 4; n += 1) await ask(`loud ${n}`, { ...from('loud'), waited: 100_000 })
  for (let n = 0; n < 2; n += 1) await ask(`quiet ${n}`, from('quiet'))
  for (let n = 0; n < 4; n += 1) await endOne(10)
  assert.deepEqual(begun.slice(1), ['loud 0', 'quiet 0', 'loud 1', 'quiet 1'])
})

test('those who are refused are told to come back one after the other, as fast as turns come free', async () => {
  const { work, ask, returns } = startStage()
  await work(1000)
  for (let n = 0; n < 10; n += 1) await ask(`known ${n}`)
  assert.deepEqual(returns, [5, 6, 7, 8])
})

test('nobody is told to come back later than in two minutes', async () => {
  const { work, ask, returns } = startStage()
  await work(5000)
  for (let n = 0; n < 100; n += 1) await ask(`known ${n}`)
  assert.equal(Math.max(...returns.map((one) => one ?? 0)), 120)
})
