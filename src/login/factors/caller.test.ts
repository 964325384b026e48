import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testKeyring as keyring } from '../../dev/test-support/keyring.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createAudit } from '../../identity/audit/audit.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { findVerifiedCaller } from './caller.ts'
import { factorEvents } from './events.ts'

const userId = 'usr_erika' as Id<'user'>

onEachEngine(({ name, open }) => {
  test(`${name}: a caller is verified until the time is over or a later check fails`, async (t) => {
    const { db } = await open(t)
    let now = minutes(100)
    const audit = createAudit({ keyring, clock: { now: () => now } })
    const facts = { userId, kind: 'push', authenticatorId: 'dev_1', by: 'cli:alice' }
    const wanted = { by: 'cli:alice', since: 0, usedUpBy: ['desk_pass_issued'] }
    const find = (more: Partial<typeof wanted> = {}) =>
      findVerifiedCaller(db, userId, { ...wanted, ...more })
    assert.equal(await find(), undefined)
    await audit.record(db, factorEvents.callerVerified, facts)
    assert.equal(await find(), now)
    assert.equal(await find({ since: now + 1 }), undefined)
    assert.equal(await findVerifiedCaller(db, 'usr_other' as Id<'user'>, wanted), undefined)
    assert.equal(await find({ by: 'cli:bob' }), undefined, 'another operator')
    await audit.record(db, factorEvents.callerVerified, { ...facts, by: 'cli:bob' })
    assert.equal(await find(), now)
    now += minutes(1)
    await audit.record(db, factorEvents.callerNotVerified, { ...facts, reason: 'denied' })
    assert.equal(await find(), undefined)
    assert.equal(await find({ by: 'cli:bob' }), undefined, 'a later check of anybody')
  })
})
