// A phone that a thief of the password registers before its owner has a second factor, in the hope of a later use.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAuthenticatorScene } from '../../dev/test-support/authenticator-scene.ts'
import { config, instantHasher } from '../../dev/test-support/login.ts'
import { alice, order } from '../../dev/test-support/lost-phone-scene.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { findNumber, findUri, listPrompts, openTab, type Tab } from '../../dev/test-support/tab.ts'
import type { Policy } from '../../identity/policy/policy.ts'
import { hours, seconds } from '../../platform/kernel/clock.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { JourneyView } from '../engine/view.ts'
import { openPasses } from '../factors/index.ts'

const policy: Policy = { secondFactor: 'required', skips: 0, decline: false }
const enter = { username: 'erika', appId: 'mail' }

async function openScene(db: Database) {
  const scene = createAuthenticatorScene(db, { policy, hasCodes: true })
  const { id: userId } = await scene.addPerson()
  const { authenticators } = scene.factors
  const passes = openPasses({ ...scene, db, config, authenticators, hasher: instantHasher })
  return {
    scene,
    userId,
    passes,
    listKinds: async () => (await authenticators.list(db, userId)).map(({ kind }) => kind).sort(),
    /** The owner gets one without any page, so that nothing of what was begun before ends. */
    async addFactor() {
      const { store } = scene.factors.totp
      const id = store.newId()
      await store.add(db, { id, userId, name: 'Handy' })
      await store.activate(db, id, 1)
      return id
    },
  }
}

type Scene = Awaited<ReturnType<typeof openScene>>

/** The phones of a thief. `register` uses the link of a page; `prove` does what the page of the test asks for. */
const thieves = {
  authenticator({ scene }: Scene) {
    const phone = scene.createPhone('Fremdes')
    return {
      register: async (page: JourneyView) => {
        assert.equal((await phone.enrol(findUri(page))).type, 'done')
      },
      prove: async (tab: Tab) => {
        const code = listPrompts(await tab.look()).find((one) => one.type === 'code')
        const digits = code?.type === 'code' ? code.value.replace(/\D/g, '') : ''
        assert.equal(await phone.approve(digits), 'approved')
      },
    }
  },
  push({ scene }: Scene) {
    const phone = scene.createPushPhone('Fremdes')
    return {
      register: async (page: JourneyView) => {
        assert.equal(await phone.scan(findUri(page)), true)
      },
      prove: async (tab: Tab) => {
        await tab.look()
        await scene.settle()
        const number = findNumber(await tab.look())
        await phone.answer(0, () => number)
      },
    }
  },
}
const begin = { authenticator: 'authenticator', push: 'register' } as const

onEachEngine((engine) => {
  for (const kind of ['authenticator', 'push'] as const)
    test(`A53: a phone (${kind}) that was begun before a pass and verified with it ends with the pass, and so do its codes (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const stage = await openScene(db)
      const { scene, passes, listKinds } = stage
      const planted = thieves[kind](stage)
      const left = openTab(scene)
      await left.begin(enter)
      await planted.register(await left.answer({ action: begin[kind] }))
      await stage.addFactor()
      scene.clock.pass(hours(1))
      const { code } = await passes.issue(alice, 'erika', order)
      const tab = openTab(scene)
      await tab.begin(enter)
      for (const action of ['trouble', 'lost', 'pass']) await tab.answer({ action })
      await tab.answer({ code, action: 'confirm' })
      for (const action of ['back', begin[kind], 'resume']) await tab.answer({ action })
      scene.clock.pass(1000)
      await planted.prove(tab)
      await tab.look()
      assert.deepEqual(await listKinds(), [kind, 'totp'])
      const { enrolments, isRemoved } = await passes.revoke(alice, 'erika', {
        withEnrolments: true,
      })
      assert.deepEqual(
        [enrolments.map((one) => one.kind).sort(), isRemoved],
        [[kind, 'totp'], true],
      )
      assert.deepEqual(await listKinds(), [])
    })

  test(`A53: what could be used shortly before a pass is part of its revocation, as clocks differ (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { scene, passes, addFactor } = await openScene(db)
    const { code } = await passes.issue(alice, 'erika', order)
    await addFactor()
    scene.clock.pass(seconds(20))
    const id = await addFactor()
    scene.clock.pass(seconds(5))
    const tab = openTab(scene)
    await tab.begin(enter)
    for (const action of ['trouble', 'away', 'desk-pass']) await tab.answer({ action })
    await tab.answer({ code, action: 'confirm' })
    const { enrolments } = await passes.revoke(alice, 'erika')
    assert.deepEqual(
      enrolments.map((one) => one.id),
      [id],
    )
  })
})
