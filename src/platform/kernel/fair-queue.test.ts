import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createFairQueue, type TurnOptions } from './fair-queue.ts'

/** A queue of one place, in which work ends only when the test ends it. */
function startStage(limit: number, reserved: number) {
  const queue = createFairQueue({ width: 1, limit, reserved })
  const begun: string[] = []
  const refused: string[] = []
  let end: (() => void) | undefined
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  return {
    queue,
    begun,
    refused,
    async ask(name: string, options: TurnOptions) {
      const work = () => {
        begun.push(name)
        return new Promise<void>((resolve) => {
          end = resolve
        })
      }
      queue.run(work, options).catch(() => refused.push(name))
      await settle()
    },
    async endOne() {
      end?.()
      await settle()
    },
  }
}

const from = (...networks: string[]): TurnOptions => ({ from: networks })

test('A46: a network that floods is refused, and another network gets a place and an early turn', async () => {
  const { ask, endOne, begun, refused } = startStage(8, 2)
  for (let n = 0; n < 20; n += 1) await ask(`flood ${n}`, from('2001:db8::/48', `${n}::/64`))
  assert.equal(refused.length, 13)
  await ask('other', from('198.51.100.0/24', '198.51.100.7'))
  assert.equal(refused.length, 14)
  assert.ok(!refused.includes('other'))
  await endOne()
  await endOne()
  assert.ok(begun.includes('other'))
})

test('A46: known callers have reserved places and three of four turns', async () => {
  const { ask, endOne, begun, refused } = startStage(8, 4)
  await ask('first', from('a'))
  for (let n = 0; n < 9; n += 1) await ask(`stranger ${n}`, from(`network ${n}`))
  assert.equal(refused.length, 5)
  for (let n = 0; n < 4; n += 1) await ask(`known ${n}`, {})
  assert.equal(refused.length, 5)
  await ask('known 4', {})
  assert.deepEqual(refused.slice(5), ['known 4'])
  for (let n = 0; n < 5; n += 1) await endOne()
  assert.deepEqual(begun.slice(1, 6), ['known 0', 'known 1', 'known 2', 'stranger 0', 'known 3'])
})

test('A46: a known caller can take the place of an unknown one, except a reserved place', async () => {
  const { ask, refused } = startStage(8, 2)
  await ask('first', from('a'))
  for (let n = 0; n < 6; n += 1) await ask(`stranger ${n}`, from(n < 4 ? 'loud' : `quiet ${n}`))
  for (let n = 0; n < 7; n += 1) await ask(`known ${n}`, {})
  const loud = ['stranger 3', 'stranger 2', 'stranger 1']
  assert.deepEqual(refused.slice(0, 3), loud)
  assert.equal(refused.length, 5)
  assert.equal(refused[4], 'known 6')
})

const background: TurnOptions = { from: 'background' }

test('a flood of background work gets one of eight turns and takes no place of a login', async () => {
  const { ask, endOne, begun, refused } = startStage(8, 4)
  await ask('first', background)
  for (let n = 0; n < 20; n += 1) await ask(`job ${n}`, background)
  assert.equal(refused.length, 16)
  for (let n = 0; n < 4; n += 1) await ask(`stranger ${n}`, from(`network ${n}`))
  for (let n = 0; n < 4; n += 1) await ask(`known ${n}`, {})
  assert.equal(refused.length, 16)
  for (let n = 0; n < 9; n += 1) await endOne()
  const jobs = begun.slice(1).filter((name) => name.startsWith('job'))
  assert.deepEqual([begun.length, jobs], [10, ['job 0']])
  for (let n = 0; n < 3; n += 1) await endOne()
  assert.deepEqual(begun.slice(-3), ['job 1', 'job 2', 'job 3'])
})

test('background work gets a place and a turn, even during many logins', async () => {
  const { ask, endOne, begun, refused } = startStage(8, 4)
  await ask('first', {})
  for (let n = 0; n < 30; n += 1) await ask(`stranger ${n}`, from(`network ${n}`))
  for (let n = 0; n < 30; n += 1) await ask(`known ${n}`, {})
  const before = refused.length
  await ask('job', background)
  assert.equal(refused.length, before)
  for (let n = 0; n < 8; n += 1) {
    await endOne()
    await ask(`late ${n}`, {})
  }
  assert.ok(begun.includes('job'))
})

test('a caller whose waiting time is over is refused, and its place is free for others', async () => {
  const { queue, ask, endOne, begun } = startStage(2, 0)
  await ask('first', from('a'))
  const never = async () => assert.fail('its turn never comes')
  for (const options of [{}, from('wide', 'narrow'), background]) {
    const refusal = { code: 'busy' }
    await assert.rejects(queue.run(never, { ...options, patience: 1 }), refusal)
    assert.equal(queue.waiting(), 0)
  }
  assert.equal(queue.refused(), 3)
  for (const name of ['one', 'two']) await ask(name, from('wide', 'narrow'))
  for (let n = 0; n < 3; n += 1) await endOne()
  assert.deepEqual(begun, ['first', 'one', 'two'])
})

test('the narrow networks in a wide network share its turns', async () => {
  const { ask, endOne, begun } = startStage(20, 0)
  await ask('first', from('other'))
  for (let n = 0; n < 3; n += 1) await ask(`loud ${n}`, from('wide', 'loud'))
  await ask('quiet', from('wide', 'quiet'))
  await ask('far', from('far', 'far'))
  for (let n = 0; n < 5; n += 1) await endOne()
  assert.deepEqual(begun.slice(1), ['loud 0', 'far', 'quiet', 'loud 1', 'loud 2'])
})

test('a place is free again after work that failed', async () => {
  const queue = createFairQueue({ width: 1, limit: 0, reserved: 0 })
  for (let n = 0; n < 3; n += 1) {
    await assert.rejects(
      queue.run(() => Promise.reject(new Error('failed'))),
      /failed/,
    )
  }
  assert.equal(await queue.run(async () => 'done'), 'done')
})

test('each caller is served or refused, and the limits of running and waiting work are never exceeded', async () => {
  const caller = fc.record({
    path: fc.option(
      fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('x', 'y')).map((path) => [...path]),
    ),
    pause: fc.boolean(),
  })
  const limits = fc.record({
    width: fc.integer({ min: 1, max: 3 }),
    limit: fc.integer({ min: 0, max: 8 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(caller, { maxLength: 40 }),
      limits,
      async (callers, { width, limit }) => {
        const reserved = Math.floor(limit / 4)
        const queue = createFairQueue({ width, limit, reserved })
        let running = 0
        let served = 0
        const work = async () => {
          running += 1
          assert.ok(running <= width)
          await new Promise((resolve) => setImmediate(resolve))
          running -= 1
          served += 1
        }
        const results: Promise<string>[] = []
        for (const { path, pause } of callers) {
          const turn = queue.run(work, path === null ? {} : { from: path })
          results.push(
            turn.then(
              () => 'served',
              () => 'refused',
            ),
          )
          assert.ok(queue.waiting() <= limit)
          if (pause) await new Promise((resolve) => setImmediate(resolve))
        }
        const ends = await Promise.all(results)
        assert.equal(ends.filter((end) => end === 'served').length, served)
        assert.equal(queue.waiting(), 0)
        assert.equal(await queue.run(async () => 'free'), 'free')
      },
    ),
    { numRuns: 200 },
  )
})
