import assert from 'node:assert/strict'
import { test } from 'node:test'
import { untilBlocked } from '../../dev/test-support/locks.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createPushScene, type PushScene } from '../../dev/test-support/push-scene.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import { createAuthenticatorAdministration } from './authenticator-operations.ts'
import { createAllAuthenticators } from './authenticators.ts'
import { createPushAuthenticators } from './push/authenticators.ts'

const alice = { type: 'administrator', name: 'cli:alice', person: 'alice' } as const

/** A member of a group whose last factor one operator alone does not remove. */
async function refuseAlone(): Promise<void> {
  throw new Fault('not_allowed', 'It needs two')
}

/** @param onRemoval runs when a removal was decided, and nothing is removed yet */
function createDesk(scene: PushScene, onRemoval = async () => {}) {
  const own = createAllAuthenticators({
    ...scene,
    kinds: [createPushAuthenticators({ ...scene, hasSenderFor: () => true })],
    findLockedKinds: scene.lockout.findLockedKinds,
  })
  const authenticators = {
    list: own.list,
    async remove(...[tx, removal]: Parameters<typeof own.remove>) {
      await onRemoval()
      return await own.remove(tx, removal)
    },
  }
  return {
    ...createAuthenticatorAdministration({ ...scene, authenticators, refuseAlone }),
    list: own.list,
  }
}

onEachEngine((engine) => {
  test(`two simultaneous removals do not take both factors of a user who needs two operators (${engine.name})`, async (t) => {
    const [here, there] = await engine.openTwice(t)
    const [scene, other] = [createPushScene(here.db), createPushScene(there.db)]
    const userId = await scene.addUser()
    const [one, two] = [await scene.addDevice(userId), await scene.addDevice(userId)]
    const removal = { endsAll: false }
    let second: Promise<unknown> | undefined
    const desk = createDesk(scene, async () => {
      second = createDesk(other).removeFor(alice, 'erika', { ...removal, id: two.id })
      const settled = second.catch(() => undefined)
      if (engine.name === 'postgres') await Promise.race([untilBlocked(here.db), settled])
    })
    await desk.removeFor(alice, 'erika', { ...removal, id: one.id })
    assert.ok(second)
    await assert.rejects(second, { code: 'not_allowed' })
    const left = await desk.list(here.db, userId)
    assert.deepEqual(
      left.map(({ id }) => id),
      [two.id],
    )
  })
})
