import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configSchema } from '../../../platform/config/schema.ts'
import { seconds } from '../../../platform/kernel/clock.ts'
import { createAdmission } from '../request-rate-limit.ts'
import { createProofCheck, createRequestLimit, findRetryAfter } from './request-length.ts'

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
