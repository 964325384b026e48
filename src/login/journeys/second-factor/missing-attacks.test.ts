// What an attacker gets who reports a victim's phone as lost, with a factor of a lower level than that phone (A53).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogin } from '../../../dev/test-support/login.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { office } from '../../../dev/test-support/scene.ts'
import { connectPhone, findNumber, findUri, openTab } from '../../../dev/test-support/tab.ts'
import type { Database } from '../../../platform/storage/database.ts'
import type { JourneyView } from '../../engine/view.ts'
import { codeAt, stepAt } from '../../factors/totp/verify.ts'

/** Erika has a phone and a code app; a thief has her password and has read one code on a copied page. */
async function setUp(db: Database) {
  const login = createTestLogin(db)
  await login.addApp('mail', { secondFactor: 'required', skips: 0, decline: false })
  const { id: userId } = await login.addUser('erika')
  const beginning = { username: 'erika', appId: 'mail' }
  const old = login.createPhone('Old')
  const first = await connectPhone(login, old, beginning)
  assert.ok(first.type === 'finished')
  const { store } = login.factors.totp
  const id = store.newId()
  await store.add(db, { id, userId, name: 'Code app' })
  await store.activate(db, id, 1)
  login.pass(60_000)
  const tab = openTab(login)
  return {
    ...login,
    tab,
    beginning,
    async typeCode(): Promise<JourneyView> {
      const app = await store.find(db, id)
      assert.ok(app)
      const code = codeAt(app.secret(), stepAt(login.clock.now(), app), app)
      return await tab.answer({ action: 'confirm', code })
    },
    /** Another phone beside the first one, on the own pages. */
    async addPhone(name: string) {
      const phone = login.createPhone(name)
      const session = await login.sessions.find(first.token)
      const own = openTab(login, { ...office, session })
      const asked = findNumber(await own.enrol('push'))
      await login.settle()
      await old.answer(0, () => asked)
      await phone.scan(findUri(await own.look()))
      await own.look()
      await login.settle()
      const number = findNumber(await own.look())
      await phone.answer(0, () => number)
      assert.equal(stepOf(await own.look()), 'finished')
      login.pass(1)
      const all = await login.factors.authenticators.list(db, userId)
      return { phone, id: all.find((one) => one.name === name)?.id ?? '' }
    },
    phones: async () =>
      (await login.factors.authenticators.list(db, userId))
        .filter(({ kind }) => kind === 'push')
        .map(({ name }) => name),
    hasSession: async () => (await login.sessions.find(first.token)) !== undefined,
    kinds: async () =>
      (await login.factors.authenticators.list(db, userId)).map(({ kind }) => kind).sort(),
  }
}

const stepOf = (view: JourneyView) => (view.type === 'page' ? view.step : view.type)

onEachEngine((engine) => {
  for (const said of ['lost', 'renewed']) {
    test(`A53: a code of a code app cannot remove or replace a phone of a higher level: ${said} (${engine.name})`, async (t) => {
      const scene = await setUp((await engine.open(t)).db)
      t.after(scene.settle)
      const { tab } = scene
      await tab.begin(scene.beginning)
      await scene.settle()
      await tab.answer({ action: 'trouble' })
      await tab.answer({ action: said })
      assert.equal(stepOf(await tab.answer({ action: 'totp' })), 'totp/confirm')
      assert.equal(stepOf(await scene.typeCode()), 'second-factor/missing')
      for (const action of [
        'lost',
        'new',
        'home',
        'other',
        'recovery',
        'register',
        'passkey',
        'totp',
      ]) {
        assert.equal(stepOf(await tab.answer({ action })), 'second-factor/missing', action)
      }
      assert.equal(stepOf(await tab.answer({ action: 'next' })), 'finished')
      assert.deepEqual(await scene.kinds(), ['push', 'totp'])
      assert.equal(await scene.hasSession(), true)
      assert.deepEqual(await scene.listAudit('authenticator_lost'), [])
    })
  }

  test(`after the approval by another phone, the page asks about the missing phone (${engine.name})`, async (t) => {
    const scene = await setUp((await engine.open(t)).db)
    t.after(scene.settle)
    const second = await scene.addPhone('Second')
    const { tab } = scene
    await tab.begin(scene.beginning)
    await scene.settle()
    await tab.answer({ action: 'trouble' })
    await tab.answer({ action: 'lost' })
    const waiting = await tab.answer({ action: `push:${second.id}` })
    await scene.settle()
    const number = findNumber(waiting)
    await second.phone.answer(0, () => number)
    const question = await tab.look()
    assert.equal(stepOf(question), 'second-factor/missing')
    assert.equal(
      question.type === 'page' && JSON.stringify(question.form.lead).includes('"Old"'),
      true,
    )
    await tab.answer({ action: 'lost' })
    assert.deepEqual(await scene.phones(), ['Second'])
  })
})
