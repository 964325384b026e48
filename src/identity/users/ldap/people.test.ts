import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestClock } from '../../../dev/test-support/scene.ts'
import { hours, minutes } from '../../../platform/kernel/clock.ts'
import { createLockoutRules, type PeopleOptions } from './people.ts'

type Parameters3 = Parameters<ReturnType<typeof createLockoutRules>>

test('A43: the rule of a lock is read once a minute, and again after the clock is set back', async () => {
  const clock = createTestClock()
  let read = 0
  const dialect = {
    policyAttribute: 'policy',
    findLockoutRule: async () => {
      read += 1
      return { threshold: read }
    },
  }
  const options = { clock, config: { lockout_window: minutes(30) }, dialect }
  const findRule = createLockoutRules(options as unknown as PeopleOptions)
  const find = async () => {
    const asked = [{}, {}, { dn: 'cn=erika' }] as unknown as Parameters3
    return (await findRule(...asked)).threshold
  }
  assert.deepEqual([await find(), await find()], [1, 1])
  clock.pass(minutes(1))
  assert.equal(await find(), 2)
  clock.pass(-hours(3))
  assert.equal(await find(), 3)
})
