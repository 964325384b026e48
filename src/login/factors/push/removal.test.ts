import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { untilBlocked } from '../../../dev/test-support/locks.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import {
  createPushScene,
  type PushScene,
  signApproval,
} from '../../../dev/test-support/push-scene.ts'
import { createWalk } from '../../../dev/test-support/push-walk.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import { transact } from '../../../platform/storage/transact.ts'
import { message } from '../../../platform/ui/message.ts'
import { journeyTopic } from '../../engine/engine.ts'
import { createAllAuthenticators } from '../authenticators.ts'
import type { FactorCard } from '../factor.ts'
import { createPushAuthenticators } from './authenticators.ts'
import { pushEvents } from './events.ts'

const codes: FactorCard = {
  kind: 'totp',
  label: message('other.totp'),
  hint: message('other.totp.hint'),
  icon: 'code',
}

function createOwnAuthenticators(scene: PushScene) {
  const kinds = [createPushAuthenticators({ ...scene, hasSenderFor: () => true })]
  return createAllAuthenticators({
    ...scene,
    kinds,
    findLockedKinds: scene.lockout.findLockedKinds,
  })
}

onEachEngine((engine) => {
  const say = (text: string) => `${text} (${engine.name})`

  test(say('a login that waits for a phone is woken when the phone is removed'), async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const device = await scene.addDevice(userId)
    const { messageId } = await scene.challenge(device, { journeyHash: 'waiting' })
    const woken: string[] = []
    for (const journey of ['waiting', 'another'])
      scene.events.listen(journeyTopic(journey), () => woken.push(journey))
    await transact(db, async (tx) => {
      await createOwnAuthenticators(scene).remove(tx, { userId, id: device.id })
      assert.deepEqual(woken, [])
    })
    assert.deepEqual(woken, ['waiting'])
    assert.equal((await scene.challengeNow(messageId)).status, 'superseded')
  })

  test(say('without its phone, a waiting login goes on to the other ways at once'), async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const device = await scene.addDevice(userId)
    const walk = createWalk(scene, scene.confirm, userId)
    await walk.visit()
    scene.rules.others = [codes]
    await transact(db, (tx) => createOwnAuthenticators(scene).remove(tx, { userId, id: device.id }))
    assert.deepEqual(await walk.status(), [true, 'push.status.answered'])
    const next = await walk.visit()
    assert.equal(next.type === 'done' && next.outcome, 'other')
  })

  test(
    say('an answer that comes while its phone is replaced is worth nothing, and no end'),
    async (t) => {
      const [here, there] = await engine.openTwice(t)
      const [scene, other] = [createPushScene(here.db), createPushScene(there.db)]
      const userId = await scene.addUser()
      const old = await scene.addDevice(userId)
      const challenge = await scene.challenge(old)
      const approval = signApproval(challenge, old)
      let answered: Promise<unknown> | undefined
      // The answer waits for the audit trail with its challenge locked, and this transaction then for the challenge.
      const replace = (by: Id<'user'>) =>
        transact(here.db, async (tx) => {
          await scene.audit.record(tx, pushEvents.activated, { userId, deviceId: 'dev_new' })
          const isFirst = answered === undefined
          if (engine.name === 'postgres') await sql`select 1 from audit_head for update`.execute(tx)
          answered ??= other.requests.authenticate(approval)
          // Whichever of the two is ended as the cause of a deadlock: a second try meets nobody.
          if (isFirst && engine.name === 'postgres') await untilBlocked(there.db)
          return await createOwnAuthenticators(scene).remove(tx, { userId, id: old.id, by })
        })
      assert.ok(await replace(userId))
      await answered
      const { status, consumedAt } = await scene.challengeNow(challenge.messageId)
      assert.deepEqual([status, consumedAt], ['superseded', null])
      assert.equal(await scene.devices.find(here.db, old.id), undefined)
      assert.equal((await scene.listAudit('push_device_removed')).length, 1)
      const reply = await other.requests.authenticate(approval)
      assert.equal(reply.type, 'refused')
    },
  )
})
