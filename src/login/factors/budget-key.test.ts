import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScene, createStepContext, createTestClock } from '../../dev/test-support/scene.ts'
import { createKnownBrowsers } from '../../identity/limits/known-browsers.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { ClientFacts } from '../engine/step.ts'
import { createFindBudgetKey } from './budget-key.ts'

async function start(db: Database) {
  const scene = createScene(db, createTestClock())
  const knownBrowsers = createKnownBrowsers({ ...scene, key: new Uint8Array(32) })
  const userId = await scene.addUser()
  const find = createFindBudgetKey({ ...scene, knownBrowsers })
  return {
    ...scene,
    userId,
    findKey: (client: Partial<ClientFacts> = {}) =>
      find(createStepContext(scene, userId, { client })),
    async remember(who = userId) {
      const user = await scene.users.find(db, who)
      assert.ok(user)
      return knownBrowsers.remember(undefined, user)
    },
    async prove(factor: 'password' | 'totp', journeyHash: string, session?: LiveId) {
      const proof = { userId, factor, strength: 'possession', amr: [], provenAt: 1 } as const
      const own = { ...proof, authenticatorId: null }
      await scene.journeys.insertProof(db, journeyHash, own, session ?? null)
    },
    async openSession(who: string = userId) {
      const session = await scene.sessions.find((await scene.signIn(who)).token)
      assert.ok(session)
      return session
    },
  }
}

type LiveId = NonNullable<ClientFacts['session']>['id']

onEachEngine((engine) => {
  const on = (name: string, run: (scene: Awaited<ReturnType<typeof start>>) => Promise<void>) =>
    test(`${name} (${engine.name})`, async (t) => await run(await start((await engine.open(t)).db)))

  on('browsers that are not known share the budget of their network', async (scene) => {
    const one = await scene.findKey({ address: '2001:db8:0:1::7' })
    assert.equal(await scene.findKey({ address: '2001:db8:0:1:9::8' }), one)
    assert.notEqual(await scene.findKey({ address: '2001:db8:0:2::7' }), one)
    assert.match(one, /^network:[\w-]{40,}$/, 'no address can be read from it')
  })

  on('each browser with an earlier login of the user has a budget of its own', async (scene) => {
    const [one, two] = [await scene.remember(), await scene.remember()]
    const key = await scene.findKey({ device: one })
    assert.match(key, /^browser:/)
    assert.equal(await scene.findKey({ device: one, address: '198.51.100.9' }), key)
    assert.notEqual(await scene.findKey({ device: two }), key)
    const others = await scene.remember(await scene.addUser('max'))
    assert.equal(await scene.findKey({ device: others }), await scene.findKey())
  })

  on(
    'a second factor in the journey gives a budget that a password alone cannot use',
    async (scene) => {
      await scene.prove('password', 'journey')
      assert.match(await scene.findKey(), /^network:/)
      await scene.prove('totp', 'journey')
      assert.equal(await scene.findKey(), 'second-factor')
      assert.equal(await scene.findKey({ device: await scene.remember() }), 'second-factor')
    },
  )

  on('a second factor in a session of the same user gives this budget too', async (scene) => {
    const session = await scene.openSession()
    await scene.prove('password', 'earlier', session.id)
    assert.match(await scene.findKey({ session }), /^network:/)
    await scene.prove('totp', 'earlier', session.id)
    assert.equal(await scene.findKey({ session }), 'second-factor')
    const other = await scene.openSession(await scene.addUser('max'))
    assert.match(await scene.findKey({ session: other }), /^network:/)
  })
})
