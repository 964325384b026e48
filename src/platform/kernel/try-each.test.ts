import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listFailures, tryEach } from './try-each.ts'

const fail = (message: string) => async () => {
  throw new Error(message)
}

test('all work is done in its order, one piece at a time', async () => {
  const steps: string[] = []
  const work = (name: string) => async () => {
    steps.push(`${name} begins`)
    await Promise.resolve()
    steps.push(`${name} ends`)
  }
  await tryEach([work('a'), work('b')])
  assert.deepEqual(steps, ['a begins', 'a ends', 'b begins', 'b ends'])
  await tryEach([])
})

test('a failure does not stop the work after it, also when it is thrown at once', async () => {
  const done: string[] = []
  const work = [
    fail('first'),
    async () => done.push('second'),
    () => {
      throw new Error('third')
    },
    async () => done.push('fourth'),
  ]
  await assert.rejects(tryEach(work), (error: AggregateError) => {
    assert.deepEqual(
      listFailures(error).map((one) => (one as Error).message),
      ['first', 'third'],
    )
    return true
  })
  assert.deepEqual(done, ['second', 'fourth'])
})

test('the only failure is thrown as it is', async () => {
  const error = new Error('the only one')
  const work = async () => {
    throw error
  }
  await assert.rejects(tryEach([work, async () => undefined]), (thrown) => thrown === error)
  assert.deepEqual(listFailures(error), [error])
})

test('an aggregate that a piece of work throws is one failure, also an empty one', async () => {
  for (const errors of [[], [new Error('a'), new Error('b')]]) {
    const refused = new AggregateError(errors, 'no address answers')
    const work = async () => {
      throw refused
    }
    await assert.rejects(tryEach([work]), (thrown) => thrown === refused)
    assert.deepEqual(listFailures(refused), [refused])
    await assert.rejects(tryEach([work, fail('c')]), (thrown) => listFailures(thrown).length === 2)
  }
})

test('failures of a part are listed one by one', async () => {
  const part = () => tryEach([fail('a'), fail('b')])
  await assert.rejects(tryEach([part, fail('c')]), (error) => {
    assert.deepEqual(
      listFailures(error).map((one) => (one as Error).message),
      ['a', 'b', 'c'],
    )
    return true
  })
})
