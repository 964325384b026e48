import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import {
  createPushScene,
  signDenial,
  signWrongNumber,
} from '../../../dev/test-support/push-scene.ts'
import { createStepContext } from '../../../dev/test-support/scene.ts'
import { failureLimit } from '../lockout.ts'

onEachEngine((engine) => {
  test(`A20: a wrong number is counted as a failure of push, but a denial is not (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const device = await scene.addDevice(userId)
    const failures = () => db.selectFrom('factor_failures').select(['kind', 'failures']).execute()
    const denied = await scene.challenge(device)
    assert.equal((await scene.requests.authenticate(signDenial(denied, device))).type, 'ok')
    assert.deepEqual(await failures(), [])
    const wrong = await scene.challenge(device)
    assert.equal((await scene.requests.authenticate(signWrongNumber(wrong, device))).type, 'ok')
    assert.deepEqual(await failures(), [{ kind: 'push', failures: 1 }])
  })

  test(`A20: locked push sends no message (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    await scene.addDevice(userId)
    for (let i = 0; i < failureLimit; i++) await scene.lockout.fail(db, userId, 'push')
    const result = await scene.confirm.run(createStepContext(scene, userId))
    assert.equal(result.type === 'ask' && result.form.title.key, 'factor.off.title')
    assert.equal(result.change, undefined)
    assert.deepEqual(scene.sent, [])
  })
})
