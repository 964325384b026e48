import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createPushScene } from '../../../dev/test-support/push-scene.ts'
import { minutes } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'

const answer = (deviceId: string) => ({ answerHash: 'hash', deviceId: deviceId as Id<'device'> })

onEachEngine((engine) => {
  test(`A6: a code can be used only once (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { messageId } = await scene.openCode(await scene.addUser())
    assert.equal(await scene.registrations.take(db, messageId, answer('dev_1')), true)
    assert.equal(await scene.registrations.take(db, messageId, answer('dev_2')), false)
    const taken = await scene.registrations.find(db, messageId)
    assert.deepEqual([taken?.status, taken?.deviceId], ['answered', 'dev_1'])
  })

  test(`A6: of many phones that use a code at once on two nodes, exactly one succeeds (${engine.name})`, async (t) => {
    const [one, two] = await engine.openTwice(t)
    const scene = createPushScene(one.db)
    const other = createPushScene(two.db, scene.clock)
    const { messageId } = await scene.openCode(await scene.addUser())
    const takes = Array.from({ length: 40 }, (_, n) => {
      const { registrations, db } = n % 2 === 0 ? scene : other
      return registrations.take(db, messageId, answer(`dev_${n}`))
    })
    assert.equal((await Promise.all(takes)).filter((taken) => taken).length, 1)
  })

  test(`A6: a code cannot be used from the moment it expires (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { messageId } = await scene.openCode(await scene.addUser())
    scene.clock.time += minutes(5)
    assert.equal(await scene.registrations.take(db, messageId, answer('dev_1')), false)
  })

  test(`a new code closes the earlier code of its journey and no other code (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const first = await scene.openCode(userId, 'here')
    const elsewhere = await scene.openCode(userId, 'elsewhere')
    await scene.openCode(userId, 'here')
    assert.equal(await scene.registrations.take(db, first.messageId, answer('dev_1')), false)
    assert.equal(await scene.registrations.take(db, elsewhere.messageId, answer('dev_1')), true)
  })

  test(`a closed code cannot be used, and a used code cannot be closed (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { registrations } = scene
    const { messageId } = await scene.openCode(await scene.addUser())
    await registrations.close(db, messageId)
    assert.equal(await registrations.take(db, messageId, answer('dev_1')), false)

    const other = await scene.openCode(await scene.addUser('max'))
    await registrations.take(db, other.messageId, answer('dev_2'))
    await registrations.close(db, other.messageId)
    assert.equal((await registrations.find(db, other.messageId))?.status, 'answered')
  })

  test(`every code has a secret, a challenge and an id of its own (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const codes = [await scene.openCode(userId), await scene.openCode(userId)]
    const secrets = codes.map((code) => Buffer.from(code.secret()).toString('hex'))
    assert.deepEqual(
      secrets.map((secret) => secret.length),
      [64, 64],
    )
    assert.equal(new Set(secrets).size, 2)
    assert.equal(new Set(codes.map(({ challenge }) => challenge)).size, 2)
    assert.equal(new Set(codes.map(({ messageId }) => messageId)).size, 2)
    const rows = JSON.stringify(await db.selectFrom('push_registrations').selectAll().execute())
    for (const code of codes) {
      assert.ok(!rows.includes(Buffer.from(code.secret()).toString('base64url')))
    }
  })
})
