import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTurns } from './turns.ts'

test('work of one key runs in turn, also after a failure; other keys do not wait', async () => {
  const inTurn = createTurns()
  const order: string[] = []
  const gate = Promise.withResolvers<void>()
  const first = inTurn('user:a', async () => {
    await gate.promise
    order.push('first')
    throw new Error('failed')
  })
  const second = inTurn('user:a', async () => order.push('second'))
  await inTurn('user:b', async () => order.push('other'))
  gate.resolve()
  await assert.rejects(first, /failed/)
  await second
  assert.deepEqual(order, ['other', 'first', 'second'])
})
