// A phone that a thief of the password registers before its owner has a second factor, in the hope of a later use.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAuthenticatorScene } from '../../dev/test-support/authenticator-scene.ts'
import { config, instantHasher } from '../../dev/test-support/login.ts'
import { alice, order } from '../../dev/test-support/lost-phone-scene.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { findNumber, findUri, listPrompts, openTab, type Tab } from '../../dev/test-support/tab.ts'
import type { Policy } from '../../identity/policy/policy.ts'
import { hours, minutes, seconds } from '../../platform/kernel/clock.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { JourneyView } from '../engine/view.ts'
import { openPasses } from '../factors/index.ts'
import { codeAt, secretAsBase32, stepAt } from '../factors/totp/verify.ts'

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

/** Phones. `register` uses the link of a page; `prove` does what the page of the test asks for. */
const phones = {
  authenticator({ scene }: Scene, name: string) {
    const phone = scene.createPhone(name)
    return {
      register: async (page: JourneyView) => (await phone.enrol(findUri(page))).type === 'done',
      prove: async (tab: Tab) => {
        const code = listPrompts(await tab.look()).find((one) => one.type === 'code')
        const digits = code?.type === 'code' ? code.value.replace(/\D/g, '') : ''
        assert.equal(await phone.approve(digits), 'approved')
      },
    }
  },
  push({ scene }: Scene, name: string) {
    const phone = scene.createPushPhone(name)
    return {
      register: async (page: JourneyView) => await phone.scan(findUri(page)),
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

/** What a login could go on with: phones that were never verified, and codes that do not count. */
async function listBegun({ scene: { db } }: Scene) {
  const devices = db.selectFrom('authenticator_devices').select('id').where('status', '=', 'new')
  const others = db.selectFrom('push_devices').select('id').where('status', '=', 'pending')
  const codes = db.selectFrom('totp_authenticators').select('id').where('status', '=', 'pending')
  return (await Promise.all([devices, others, codes].map((one) => one.execute()))).flat()
}

/** The owner enrols one by the pages of a login. */
async function enrolByLogin(stage: Scene, kind: keyof typeof begin | 'totp') {
  const { scene } = stage
  const tab = openTab(scene)
  await tab.begin(enter)
  if (kind === 'totp') {
    const page = await tab.answer({ action: 'totp' })
    const { store } = scene.factors.totp
    const secret = new URL(findUri(page)).searchParams.get('secret')
    for (const { id } of await scene.db.selectFrom('totp_authenticators').select('id').execute()) {
      const app = await store.find(scene.db, id)
      if (app === undefined || secretAsBase32(app.secret()) !== secret) continue
      const code = codeAt(app.secret(), stepAt(scene.clock.now(), app), app)
      await tab.answer({ action: 'connect', code })
    }
    return
  }
  const page = await tab.answer({ action: begin[kind] })
  // The page offers to go on with the phone of the thief.
  const isOffered = page.type === 'page' && page.form.title.key === 'resume.title'
  const phone = phones[kind](stage, 'Eigenes')
  await phone.register(isOffered ? await tab.answer({ action: 'renew' }) : page)
  await phone.prove(tab)
  await tab.look()
}

onEachEngine((engine) => {
  for (const kind of ['authenticator', 'push'] as const)
    test(`A53: a phone (${kind}) that was registered before a pass and verified with it is removed with the pass, as are its codes (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const stage = await openScene(db)
      const { scene, passes, listKinds } = stage
      const planted = phones[kind](stage, 'Fremdes')
      const left = openTab(scene)
      await left.begin(enter)
      assert.ok(await planted.register(await left.answer({ action: begin[kind] })))
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

  for (const kind of ['authenticator', 'push'] as const)
    for (const own of ['authenticator', 'push', 'totp'] as const)
      test(`A6: a phone (${kind}) registered with the password alone is removed once the owner has a factor (${own}), and none can follow (${engine.name})`, async (t) => {
        const { db } = await engine.open(t)
        const stage = await openScene(db)
        const { scene, listKinds } = stage
        const [left, later] = [openTab(scene), openTab(scene)]
        await later.begin(enter)
        const link = await later.answer({ action: begin[kind] })
        await left.begin(enter)
        const planted = phones[kind](stage, 'Fremdes')
        assert.ok(await planted.register(await left.answer({ action: begin[kind] })))
        await left.look()
        scene.clock.pass(minutes(1))
        await enrolByLogin(stage, own)
        assert.deepEqual(await listKinds(), own === 'totp' ? [own] : [own, 'totp'])
        assert.deepEqual(await listBegun(stage), [])
        assert.equal(await phones[kind](stage, 'Zweites').register(link), false)
        assert.deepEqual(await listBegun(stage), [])
        const page = await left.look()
        assert.ok(page.type !== 'page' || page.step !== `${kind}/test`)
      })

  test(`A53: the revocation of a pass includes authenticators enrolled shortly before its use, as clocks differ (${engine.name})`, async (t) => {
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
