import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock } from '../../../dev/test-support/scene.ts'
import { createHasher } from '../../../identity/users/hasher.ts'
import { silentLog } from '../../../platform/kernel/log.ts'
import { transact } from '../../../platform/storage/transact.ts'
import { drawCodes } from './codes.ts'
import { createRecoveryStore } from './store.ts'

onEachEngine((engine) => {
  test(`a code is stored only as a slow hash with its own salt, never as plain text (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createScene(db, createTestClock())
    const userId = await scene.addUser('erika')
    const hasher = createHasher({ cores: 1, log: silentLog })
    const store = createRecoveryStore({ ...scene, hasher })
    const [code = ''] = drawCodes(scene.random)
    const [one, again] = await store.prepare([code, code])
    assert.ok(one && again)
    assert.notEqual(one.hash, again.hash)
    await transact(db, (tx) => store.replace(tx, userId, [one]))
    const rows = await db.selectFrom('recovery_codes').selectAll().execute()
    const form = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/
    assert.match(`${rows[0]?.code_hash}`, form)
    assert.ok(!JSON.stringify(rows).includes(code))
  })
})
