import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createPhone,
  createServer,
  createStore,
  outcomeOf,
  request,
  setUp,
} from '../test-support/server.ts'
import type { AccountStore } from './account.ts'
import { enrolDevice, fetchOffer } from './enrol.ts'
import { fetchRequests } from './requests.ts'

const refuse = async (): Promise<never> => {
  throw new DOMException('no room', 'QuotaExceededError')
}

async function enrolWith(more: Partial<AccountStore>) {
  const server = await createServer()
  const addresses: string[] = []
  const fetch: typeof globalThis.fetch = async (url, init) => {
    addresses.push(String(url).replace(/.*\//, ''))
    return await server.fetch(url, init)
  }
  const store = { ...createStore(), ...more }
  const phone = createPhone({ ...server, fetch }, store)
  const offered = await fetchOffer(phone, server.link)
  assert.equal(offered.type, 'done')
  const device = { name: 'Telefon', platform: 'android' } as const
  const result = await enrolDevice(phone, offered.offered, device)
  return { result, addresses, stored: await store.list() }
}

test('on a phone with a full disk the enrolment fails before the server learns of it', async () => {
  const { result, addresses, stored } = await enrolWith({ hasRoom: async () => false })
  assert.deepEqual(result, { type: 'full' })
  assert.deepEqual(addresses, ['offer'])
  assert.deepEqual(stored, [])
})

test('an account that cannot be stored is reported, and no half of it stays', async () => {
  const { result, stored } = await enrolWith({ add: refuse })
  assert.deepEqual(result, { type: 'full' })
  assert.deepEqual(stored, [])
})

test('on a phone with a full disk nothing is answered, and the next answer is accepted', async () => {
  const { server, phone } = await setUp()
  const full = createPhone(server, { ...phone.store, update: refuse })
  assert.equal(outcomeOf(await full.approve('1111')), 'full')
  assert.deepEqual(server.answers, [])
  assert.equal(outcomeOf(await phone.approve('2222')), 'approved')
})

test('a disk that is full after the answer hides neither the result nor the next key', async () => {
  const { server, phone } = await setUp()
  let updates = 0
  const update: AccountStore['update'] = async (...change) => {
    updates += 1
    return await (updates > 1 ? refuse() : phone.store.update(...change))
  }
  const full = createPhone(server, { ...phone.store, update })
  assert.equal(outcomeOf(await full.approve('1111')), 'approved')
  assert.equal(updates, 3)
  assert.equal(outcomeOf(await phone.approve('2222')), 'approved')
  assert.deepEqual(server.answers, ['approve 1111', 'approve 2222'])
})

test('a phone with a full disk still shows the requests of its server', async () => {
  const { server, phone, account } = await setUp()
  const full = createPhone(server, { ...phone.store, update: refuse })
  const fetched = await fetchRequests(full, account)
  assert.deepEqual(fetched.type === 'done' && fetched.pending.requests, [request])
})

test('an error of the store that is not a full disk is no result', async () => {
  const { server, phone } = await setUp()
  const broken = async (): Promise<never> => {
    throw new DOMException('closed', 'InvalidStateError')
  }
  await assert.rejects(createPhone(server, { ...phone.store, update: broken }).approve('1111'))
  assert.deepEqual(server.answers, [])
})
