import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Account } from '../device/account.ts'
import type { Caller, Result } from '../device/call.ts'
import type { Pending, Request } from '../protocol/messages.ts'
import { createStore, now, origin, request, setUp } from '../test-support/server.ts'
import { createLooks } from './looks.ts'

const describe = (ids: readonly string[], more: Partial<Pending> = {}): Partial<Pending> => ({
  requests: ids.map((id): Request => ({ ...request, id })),
  ...more,
})

/** A phone whose fetches end when the test says so. */
async function setStage() {
  const { account } = await setUp()
  const store = createStore([{ ...account, state: 'active' } satisfies Account])
  const asks: ((reply: Partial<Pending> | 'offline') => void)[] = []
  let ids = 0
  const call: Caller = <T>() =>
    new Promise<Result<T>>((resolve) => {
      const fetch = `id${ids - 1}`
      asks.push((said) => {
        if (said === 'offline') return resolve({ type: 'offline' })
        const names = { issuer: 'Beispiel', account: 'erika', state: 'active', codes: 'active' }
        const reply = {
          ...{ v: 1, iss: origin, sub: 'dev', iat: now() / 1000, fetch },
          ...{ ...names, ...said },
        }
        resolve({ type: 'done', reply: reply as T, key: undefined })
      })
    })
  const looks = createLooks({ call, store, now, randomId: () => `id${ids++}` })
  const begin = async () => {
    const count = asks.length
    const done = looks.refresh()
    while (asks.length === count) await new Promise((resolve) => setImmediate(resolve))
    return { answer: asks[count] ?? assert.fail(), done }
  }
  const list = () => looks.listWaiting().map((one) => one.request.id)
  return { begin, list, looks, store }
}

test('an older answer that arrives after a newer one brings no request back and removes none', async () => {
  const { begin, list } = await setStage()
  const older = await begin()
  const newer = await begin()
  newer.answer(describe(['new']))
  assert.equal(await newer.done, true)
  older.answer(describe(['old']))
  assert.equal(await older.done, false)
  assert.deepEqual(list(), ['new'])
})

test('an older answer that arrives after a newer one changes nothing that is stored', async () => {
  const { begin, store } = await setStage()
  const older = await begin()
  const newer = await begin()
  newer.answer(describe([], { account: 'erika.neu' }))
  await newer.done
  older.answer(describe([], { account: 'erika.alt' }))
  await older.done
  assert.equal((await store.find('dev'))?.account, 'erika.neu')
})

test('an older failure that arrives after a newer answer hides nothing', async () => {
  const { begin, looks } = await setStage()
  const older = await begin()
  const newer = await begin()
  newer.answer(describe(['new']))
  await newer.done
  older.answer('offline')
  assert.equal(await older.done, false)
  assert.equal(looks.find('dev')?.type, 'done')
})

test('a list that was asked for before an answer does not bring the answered request back', async () => {
  const { begin, list, looks } = await setStage()
  const first = await begin()
  first.answer(describe(['r1', 'r2']))
  await first.done
  const before = await begin()
  looks.forget('r1')
  before.answer(describe(['r1', 'r2', 'r3']))
  await before.done
  assert.deepEqual(list(), ['r2', 'r3'])
  const next = await begin()
  next.answer(describe(['r4']))
  await next.done
  assert.deepEqual(list(), ['r4'])
})

test('answers in the order of their requests are all used', async () => {
  const { begin, list } = await setStage()
  const older = await begin()
  const newer = await begin()
  older.answer(describe(['one']))
  assert.equal(await older.done, true)
  assert.deepEqual(list(), ['one'])
  newer.answer(describe(['one', 'two']))
  assert.equal(await newer.done, true)
  assert.deepEqual(list(), ['one', 'two'])
})
