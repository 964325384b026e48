// A57: what an owner can do about an authenticator that another person bound.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createTestLogin } from '../../dev/test-support/login.ts'
import { type Engine, onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { connectPhone, findNumber, openTab } from '../../dev/test-support/tab.ts'
import { hours } from '../../platform/kernel/clock.ts'
import { transact } from '../../platform/storage/transact.ts'
import type { JourneyView } from '../engine/view.ts'
import { codeAt, stepAt } from '../factors/totp/verify.ts'

const beginning = { username: 'erika', appId: 'vault' }

async function start(engine: Engine, t: TestContext) {
  const { db } = await engine.open(t)
  const login = createTestLogin(db)
  const { id: userId } = await login.addUser('erika')
  await login.addApp('vault', { secondFactor: 'required', skips: 0, decline: false })
  const phone = login.createPhone('Pixel')
  const { store } = login.factors.totp

  async function approve(browser = 'known'): Promise<ReturnType<typeof openTab>> {
    const tab = openTab(login, undefined, browser)
    const first = await tab.begin(beginning)
    if (whereIs(first) === 'totp/confirm') {
      await tab.answer({ action: 'other' })
      await tab.answer({ action: 'push' })
    }
    await login.settle()
    const number = findNumber(await tab.look())
    await phone.answer(0, () => number)
    return tab
  }

  return {
    ...login,
    db,
    userId,
    /** Erika connects her phone in a first login. */
    connect: () => connectPhone(login, phone, beginning),
    /** A login that the phone approves; gives the page after it. */
    enterByPhone: async (browser?: string) => await (await approve(browser)).look(),
    approve,
    /** A code app appears on the account, as if another person had added it. */
    async addApp(): Promise<string> {
      login.pass(60_000)
      const id = store.newId()
      await store.add(db, { id, userId, name: 'Other app' })
      await store.activate(db, id, 1)
      await login.notMe.fresh.add(db, userId, id)
      login.pass(60_000)
      return id
    },
    /** A login with the code app; gives the page after it. */
    async enterByCode(id: string): Promise<JourneyView> {
      const tab = openTab(login, undefined, 'elsewhere')
      await tab.begin(beginning)
      await tab.answer({ action: 'other' })
      await tab.answer({ action: 'totp' })
      const app = await store.find(db, id)
      assert.ok(app)
      return await tab.answer({ code: codeAt(app.secret(), stepAt(login.clock.now(), app), app) })
    },
    listKinds: async () =>
      (await login.factors.authenticators.list(db, userId)).map(({ kind }) => kind),
    /** The link of the latest mail. */
    findToken: (): string => {
      const url = login.noticed.findLast(({ facts }) => facts.notMeUrl !== undefined)?.facts
        .notMeUrl
      return url?.split('/').at(-1) ?? ''
    },
    countSessions: async () => (await login.sessions.listOf(userId)).length,
  }
}

const whereIs = (view: JourneyView) => (view.type === 'page' ? view.step : view.type)

onEachEngine((engine) => {
  const on = (name: string, run: (scene: Awaited<ReturnType<typeof start>>) => Promise<void>) =>
    test(`${name} (${engine.name})`, async (t) => await run(await start(engine, t)))

  on(
    'A57: the mail about a first phone has a link that removes it, and the password alone enrols no other',
    async (scene) => {
      await scene.connect()
      assert.equal(await scene.countSessions(), 1)
      const token = scene.findToken()
      const opened = await scene.notMe.links.find(scene.db, token)
      assert.equal(opened.type, 'good')
      assert.deepEqual(await scene.listKinds(), ['push'])
      const report = await scene.notMe.reportByLink(token)
      assert.equal(report.type === 'reported' && report.isBound, true)
      assert.deepEqual(await scene.listKinds(), [])
      assert.equal(await scene.countSessions(), 0)
      const user = await scene.users.find(scene.db, scene.userId)
      assert.equal(user?.passwordChangeRequired, true)
      assert.equal(user?.pushBlockedUntil, null)
      const again = await scene.notMe.reportByLink(token)
      assert.deepEqual(again, { type: 'gone', reason: 'used' })
      const next = await openTab(scene, undefined, 'third').begin(beginning)
      assert.equal(whereIs(next), 'second-factor/first', 'asks for what stands in for the lost one')
    },
  )

  on(
    'A57: the link also removes what was set up since, and nothing that was there before',
    async (scene) => {
      await scene.connect()
      const phoneToken = scene.findToken()
      await scene.addApp()
      assert.deepEqual((await scene.listKinds()).toSorted(), ['push', 'totp'])
      await scene.notMe.reportByLink(phoneToken)
      assert.deepEqual(await scene.listKinds(), [])
      assert.deepEqual(await scene.notMe.fresh.list(scene.db, scene.userId), [])
    },
  )

  on('A57: a login by the phone asks once about an app that was added since', async (scene) => {
    await scene.connect()
    assert.equal(whereIs(await scene.enterByPhone()), 'finished', 'nothing is new')
    const id = await scene.addApp()
    const tab = await scene.approve('third')
    const page = await tab.look()
    assert.equal(whereIs(page), 'second-factor/recent')
    assert.match(JSON.stringify(page), /Other app/)
    assert.equal(whereIs(await tab.answer({ action: 'mine' })), 'finished')
    assert.equal(whereIs(await scene.enterByPhone('fourth')), 'finished', 'asked once')
    assert.deepEqual(
      (await scene.notMe.fresh.list(scene.db, scene.userId)).some((one) => one.id === id),
      false,
    )
  })

  on('A57: who says no loses what is new, every session, and this login', async (scene) => {
    await scene.connect()
    await scene.addApp()
    const tab = await scene.approve('third')
    await tab.look()
    const end = await tab.answer({ action: 'not_me' })
    assert.notEqual(whereIs(end), 'finished')
    assert.equal(whereIs(await tab.look()), 'over')
    assert.deepEqual(await scene.listKinds(), ['push'])
    assert.equal(await scene.countSessions(), 0)
    assert.equal((await scene.users.find(scene.db, scene.userId))?.passwordChangeRequired, true)
  })

  on(
    'A57: a new authenticator does not speak for itself, nor for those that were there before',
    async (scene) => {
      await scene.connect()
      const id = await scene.addApp()
      assert.equal(whereIs(await scene.enterByCode(id)), 'finished')
      assert.equal((await scene.notMe.fresh.list(scene.db, scene.userId)).length, 2)
      assert.equal(whereIs(await scene.enterByPhone('third')), 'second-factor/recent')
    },
  )

  on('an answer is only about what the page has shown', async (scene) => {
    await scene.connect()
    await scene.addApp()
    const tab = await scene.approve('third')
    await tab.look()
    await scene.addApp()
    assert.equal(whereIs(await tab.answer({ action: 'mine' })), 'second-factor/recent')
    assert.equal((await scene.notMe.fresh.list(scene.db, scene.userId)).length, 3)
    assert.equal(whereIs(await tab.answer({ action: 'mine' })), 'finished')
  })

  on(
    'a link whose authenticator is gone undoes nothing, and reports all the same',
    async (scene) => {
      await scene.connect()
      const token = scene.findToken()
      const found = await scene.notMe.links.find(scene.db, token)
      assert.ok(found.type === 'good' && found.subject.bound !== undefined)
      const { userId, bound } = found.subject
      await transact(scene.db, (tx) =>
        scene.factors.authenticators.remove(tx, { userId, id: bound.authenticatorId }),
      )
      await scene.addApp()
      assert.deepEqual((await scene.notMe.undo.plan(scene.db, userId, bound)).gone, [])
      assert.equal((await scene.notMe.reportByLink(token)).type, 'reported')
      assert.deepEqual(await scene.listKinds(), ['totp'])
      assert.equal(await scene.countSessions(), 0)
    },
  )

  on('after 7 days the link undoes nothing, and after 30 days no login asks', async (scene) => {
    await scene.connect()
    const token = scene.findToken()
    await scene.addApp()
    scene.pass(7 * hours(24))
    assert.deepEqual(await scene.notMe.reportByLink(token), { type: 'gone', reason: 'expired' })
    scene.pass(23 * hours(24))
    assert.equal(whereIs(await scene.enterByPhone('third')), 'finished')
    await scene.notMe.fresh.purge(scene.db)
    assert.deepEqual(await scene.db.selectFrom('new_authenticators').selectAll().execute(), [])
  })
})
