import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createTestClock } from '../../dev/test-support/scene.ts'
import { hours, minutes, seconds } from '../../platform/kernel/clock.ts'
import { systemRandom as random } from '../../platform/kernel/random.ts'
import { createProvisioningTokens } from './tokens.ts'

onEachEngine((engine) => {
  test(`A43: the last use of a token is exact to a minute, also after the clock is set back (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const clock = createTestClock()
    const tokens = createProvisioningTokens({ clock, random })
    const rules = { takesOver: false, verifiedMailDomains: [], verifiesPhoneNumbers: false }
    const { secret } = await tokens.create(db, { source: 'hr', networks: [], ...rules }, 'alice')
    const use = async () => {
      const token = await tokens.find(db, secret)
      assert.ok(token)
      await tokens.noteUse(db, token)
      return (await tokens.find(db, secret))?.lastUsedAt
    }
    const first = clock.now()
    assert.equal(await use(), first)
    clock.pass(seconds(30))
    assert.equal(await use(), first)
    clock.pass(minutes(1))
    assert.equal(await use(), clock.now())
    clock.pass(-hours(3))
    assert.equal(await use(), clock.now())
  })
})
