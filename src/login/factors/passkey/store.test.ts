import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createPasskeyScene } from '../../../dev/test-support/passkey-scene.ts'
import { createPasskeyStore } from './store.ts'

onEachEngine((engine) => {
  test(`passkeys of another host are not listed (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const userId = await scene.addUser()
    await scene.register(userId)
    assert.equal((await scene.store.list(db, userId)).length, 1)
    for (const rpId of ['login.other', undefined]) {
      const moved = createPasskeyStore({ ...scene, rpId })
      assert.deepEqual(await moved.list(db, userId), [])
    }
  })
})
