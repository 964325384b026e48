import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogin } from '../../dev/test-support/login.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createStepContext } from '../../dev/test-support/scene.ts'
import { transact } from '../../platform/storage/transact.ts'
import type { Proof } from '../engine/proofs.ts'
import { claimEnrolment, createEnrolmentRules } from './enrolment.ts'
import type { FactorKind } from './index.ts'

onEachEngine((engine) => {
  const claimAs = async (t: Parameters<typeof engine.open>[0]) => {
    const { db } = await engine.open(t)
    const login = createTestLogin(db)
    const { id } = await login.addUser('erika')
    const unwrittenProofs: Proof[] = [
      {
        ...{ userId: id, factor: 'password', strength: 'knowledge', amr: ['pwd'] },
        ...{ authenticatorId: null, provenAt: login.clock.now() },
      },
    ]
    const context = { ...createStepContext(login, id), unwrittenProofs }
    return (kind: FactorKind, enrolled: string | undefined) =>
      transact(db, (tx) =>
        claimEnrolment(createEnrolmentRules(login.factorRules, kind), tx, context, enrolled),
      )
  }

  test(`a factor that removes unverified authenticators must name the one that it enrols (${engine.name})`, async (t) => {
    const claim = await claimAs(t)
    for (const kind of ['push', 'authenticator'] as const) {
      await assert.rejects(claim(kind, undefined), /claimEnrolment needs the id/)
      assert.equal(await claim(kind, 'dev_new'), true)
    }
  })

  test(`a factor that stores an authenticator before verifying it must be able to remove it (${engine.name})`, async (t) => {
    const claim = await claimAs(t)
    for (const kind of ['totp', 'passkey'] as const) {
      await assert.rejects(claim(kind, 'tot_new'), /needs removeUnverified/)
      assert.equal(await claim(kind, undefined), true)
    }
  })
})
