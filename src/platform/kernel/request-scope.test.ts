import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findRequest, inRequest } from './request-scope.ts'
import { createTurns } from './turns.ts'

const scope = (gone = new AbortController(), arrivedAt = performance.now()) => ({
  arrivedAt,
  signal: gone.signal,
})

test('the scope goes along with the work of a request, and ends with it', async () => {
  const found = await inRequest(scope(), async () => {
    await Promise.resolve()
    return findRequest()
  })
  assert.ok(found !== undefined)
  assert.equal(findRequest(), undefined)
})

test('an attempt whose client has gone never begins, and the next one waits for those before it', async () => {
  const inTurn = createTurns()
  const done: string[] = []
  const { promise: ready, resolve: end } = Promise.withResolvers<void>()
  const first = inTurn('erika', async () => {
    await ready
    done.push('first')
  })
  const gone = new AbortController()
  const second = inRequest(scope(gone), () => inTurn('erika', async () => void done.push('gone')))
  const third = inRequest(scope(), () => inTurn('erika', async () => void done.push('third')))
  gone.abort()
  await assert.rejects(second, { code: 'busy' })
  assert.deepEqual(done, [])
  end()
  await Promise.all([first, third])
  assert.deepEqual(done, ['first', 'third'])
})

test('an attempt that would wait too long for earlier ones of the same name is refused', async () => {
  const inTurn = createTurns()
  const { promise: ready, resolve: end } = Promise.withResolvers<void>()
  const first = inTurn('erika', () => ready)
  const early = scope(undefined, performance.now() - 60_000)
  await assert.rejects(
    inRequest(early, () => inTurn('erika', async () => assert.fail('it began'))),
    { code: 'busy', retryAfter: 5 },
  )
  end()
  await first
  assert.equal(await inTurn('erika', async () => 'free'), 'free')
})
