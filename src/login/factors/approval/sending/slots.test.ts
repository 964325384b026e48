import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noSignal } from '../../../../dev/stand-ins/push-service.ts'
import { createSlots } from './slots.ts'

test('as many callers run as there are slots, and the others wait in the queue', async () => {
  const slots = createSlots({ limit: 2, queueLimit: 10 })
  const order: number[] = []
  const takes = [1, 2, 3, 4].map(async (number) => {
    assert.equal(await slots.take(noSignal), true)
    order.push(number)
  })
  await Promise.all(takes.slice(0, 2))
  assert.deepEqual(order, [1, 2])
  slots.give()
  await takes[2]
  assert.deepEqual(order, [1, 2, 3])
  slots.give()
  await takes[3]
  assert.deepEqual(order, [1, 2, 3, 4])
})

test('a caller is refused when the queue is full', async () => {
  const slots = createSlots({ limit: 1, queueLimit: 1 })
  assert.equal(await slots.take(noSignal), true)
  const waiting = slots.take(noSignal)
  assert.equal(await slots.take(noSignal), false)
  slots.give()
  assert.equal(await waiting, true)
})

test('a caller who gives up leaves the queue and takes no slot', async () => {
  const slots = createSlots({ limit: 1, queueLimit: 10 })
  await slots.take(noSignal)
  const controller = new AbortController()
  const leaving = slots.take(controller.signal)
  const staying = slots.take(noSignal)
  controller.abort()
  assert.equal(await leaving, false)
  slots.give()
  assert.equal(await staying, true)
  slots.give()
  assert.equal(await slots.take(controller.signal), false)
  assert.equal(await slots.take(noSignal), true)
})
