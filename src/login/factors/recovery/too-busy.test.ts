import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createRecoveryScene } from '../../../dev/test-support/recovery-scene.ts'
import { Fault } from '../../../platform/kernel/fault.ts'
import { failureLimit } from '../lockout.ts'

onEachEngine((engine) => {
  test(`A20: a code that the server is too busy to verify is no failure (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { addUser, addCodes, confirm, store } = createRecoveryScene(db)
    const userId = await addUser()
    const [code = ''] = await addCodes(userId)
    const { find } = store
    Reflect.set(store, 'find', async () => {
      throw new Fault('unavailable', 'The server is too busy')
    })
    for (let i = 0; i < failureLimit; i++)
      await assert.rejects(confirm(userId, { code }), /too busy/)
    Reflect.set(store, 'find', find)
    const result = await confirm(userId, { code })
    assert.equal(result.type === 'done' && result.outcome, 'confirmed')
  })
})
