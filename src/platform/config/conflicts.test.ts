import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findIdleParts, findWideProxies } from './conflicts.ts'
import { configSchema } from './schema.ts'

const now = Date.parse('2030-06-15T12:00:00Z')
const idle = (policy: object) => findIdleParts(configSchema.parse({ default_policy: policy }), now)

test('a skip_until in the past is reported, and one of today is not', () => {
  assert.deepEqual(idle({ skip_until: '2030-06-15' }), [])
  assert.match(
    idle({ skip_until: '2030-06-14' }).join(),
    /default_policy\.skip_until: 2030-06-14 is/,
  )
  const groups = [{ group: 'board', skip_until: '2020-01-01' }]
  assert.match(idle({ groups }).join(), /default_policy\.groups\[0\]\.skip_until/)
})

test('decline_days is reported if nobody may decline', () => {
  assert.deepEqual(idle({ decline: true, decline_days: 9 }), [])
  assert.match(
    idle({ decline_days: 9 }).join(),
    /default_policy\.decline_days does nothing without/,
  )
  const groups = [{ group: 'board', decline_days: 9 }]
  assert.deepEqual(idle({ decline: true, groups }), [])
  assert.equal(idle({ groups }).length, 1)
})

test('proxies that are whole parts of the internet are a warning', () => {
  const check = (...ranges: string[]) =>
    findWideProxies(configSchema.parse({ trusted_proxies: ranges }))
  assert.deepEqual(check('10.0.0.0/8', '192.0.2.7', 'fd00::/16', '::1'), [])
  assert.match(check('10.0.0.0/8', '0.0.0.0/0')[0] ?? '', /^trusted_proxies: 0\.0\.0\.0\/0 lets/)
  assert.match(check('::/0', '128.0.0.0/1')[0] ?? '', /::\/0, 128\.0\.0\.0\/1 lets/)
})
