import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configSchema } from '../../../platform/config/schema.ts'
import { seconds } from '../../../platform/kernel/clock.ts'
import { createAdmission } from '../request-rate-limit.ts'
import {
  createAssertionLimit,
  createProofCheck,
  createRequestLimit,
  findRetryAfter,
} from './request-length.ts'

test('an address can begin 120 logins at once, and then two a second; shared networks have no limit', () => {
  const clock = { time: 1_800_000_000_000, now: () => clock.time }
  const networks = [{ name: 'Office', ranges: ['10.0.0.0/8'], shared: true }]
  const proxies = { trusted_proxies: ['192.0.2.1/32'] }
  const config = configSchema.parse({
    public_url: 'https://login.example.org',
    networks,
    ...proxies,
  })
  const admit = createRequestLimit(createAdmission(clock, config))
  const admitted = (headers: Record<string, string>, times: number) => {
    const req = { headers, socket: { remoteAddress: '192.0.2.1' } }
    const ctx = { req, oidc: { prompts: new Set() } } as unknown as Parameters<typeof admit>[0]
    let count = 0
    for (let time = 0; time < times; time += 1) {
      try {
        admit(ctx)
        count += 1
      } catch (error) {
        assert.equal(findRetryAfter(error), 1)
      }
    }
    return count
  }
  assert.equal(admitted({ 'x-forwarded-for': '198.51.100.7' }, 200), 120)
  clock.time += seconds(5)
  assert.equal(admitted({ 'x-forwarded-for': '198.51.100.7' }, 200), 10)
  assert.equal(admitted({ 'x-forwarded-for': '203.0.113.9, 198.51.100.7' }, 200), 0)
  assert.equal(admitted({ 'x-forwarded-for': '10.1.2.3' }, 200), 200)
  assert.equal(admitted({}, 200), 120)
})

test('A37: an app that registered itself can use 300 proofs at once, and then five a second; other apps have no limit', () => {
  const clock = { time: 1_800_000_000_000, now: () => clock.time }
  const check = createProofCheck(clock)
  const admitted = (id: string, isRegistered: boolean) => {
    const ctx = { set: () => undefined } as unknown as Parameters<typeof check>[0]
    let count = 0
    for (let time = 0; time < 400; time += 1) {
      try {
        check(ctx, { id, isRegistered })
        count += 1
      } catch (error) {
        assert.equal(findRetryAfter(error), 1)
      }
    }
    return count
  }
  assert.equal(admitted('one', true), 300)
  clock.time += seconds(4)
  assert.equal(admitted('one', true), 20)
  assert.equal(admitted('other', true), 300)
  assert.equal(admitted('adopted', false), 400)
})

test('A37: wrong signatures from many addresses use up no tries of other networks', () => {
  const clock = { time: 1_800_000_000_000, now: () => clock.time }
  const proxies = { trusted_proxies: ['192.0.2.1/32'] }
  const config = configSchema.parse({ public_url: 'https://login.example.org', ...proxies })
  const limit = createAssertionLimit(clock, config)
  const isAdmitted = (address: string, { app = 'app', isRight = false } = {}) => {
    const headers = { 'x-forwarded-for': address }
    const req = { headers, socket: { remoteAddress: '192.0.2.1' } }
    const oidc = { client: { clientId: app } }
    const ctx = { req, oidc, set: () => undefined } as unknown as Parameters<typeof limit.admit>[0]
    try {
      limit.admit(ctx)
    } catch (error) {
      assert.ok(Number(findRetryAfter(error)) > 0)
      return false
    }
    if (isRight) limit.takeBack(ctx)
    return true
  }
  const count = (addresses: readonly string[], options = {}) =>
    addresses.filter((address) => isAdmitted(address, options)).length
  const many = (length: number, write: (n: number) => string) =>
    Array.from({ length }, (_, n) => write(n))
  const site = many(2000, (n) => `2001:db8:1:${n.toString(16)}::1`)
  assert.equal(count(site), 480, 'a /48 has four times as many as an address')
  assert.equal(count(site, { app: 'other' }), 480, 'for each app')
  const apps = many(50, (n) => `app${n}`)
  const here = many(240, () => '192.0.2.7')
  const inAll = apps.reduce((sum, app) => sum + count(here, { app }), 0)
  const besides = many(20, () => '192.0.2.8')
  assert.equal(count(besides, { app: 'app1' }), 20, 'an address beside it still has tries')
  assert.equal(inAll, 480, 'an address has four times as many for all apps together')
  const world = many(10_000, (n) => `198.${n % 50}.${Math.floor(n / 50) % 2}.7`)
  assert.ok(count(world) < 3000 - 960)
  assert.equal(count(['203.0.113.7']), 1, 'a network that sent nothing still has tries')
  const rights = many(500, () => '203.0.113.9')
  assert.equal(count(rights, { isRight: true }), 500, 'right ones are not counted')
})
