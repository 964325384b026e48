/** A code app and a passkey that are not at hand: what their pages lead to, through whole logins. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogin } from '../../../dev/test-support/login.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createSoftAuthenticator } from '../../../dev/test-support/passkey-authenticator.ts'
import { readOptions } from '../../../dev/test-support/passkey-scene.ts'
import { listPrompts, openTab, type Tab } from '../../../dev/test-support/tab.ts'
import { minutes } from '../../../platform/kernel/clock.ts'
import type { Database } from '../../../platform/storage/database.ts'
import type { JourneyView } from '../../engine/view.ts'
import { codeAt, stepAt } from '../../factors/totp/verify.ts'

const policy = { secondFactor: 'required', skips: 0, decline: false } as const
const beginning = { username: 'erika', appId: 'mail' }

const stepOf = (view: JourneyView) => (view.type === 'page' ? view.step : view.type)
const titleOf = (view: JourneyView) => (view.type === 'page' ? view.form.title.key : view.type)

const actionsOn = (view: JourneyView) =>
  listPrompts(view).flatMap((prompt) =>
    prompt.type === 'choice' ? prompt.options.map(({ value }) => value) : [],
  )

async function setUp(db: Database) {
  const login = createTestLogin(db)
  await login.addApp('mail', policy)
  const { id: userId } = await login.addUser('erika')
  const { store } = login.factors.totp
  const authenticator = createSoftAuthenticator({
    rpId: 'login.example',
    origin: 'https://login.example',
  })

  async function showCode(): Promise<string> {
    // A used code is refused, so each code is a new one.
    login.clock.pass(minutes(1))
    const rows = await db
      .selectFrom('totp_authenticators')
      .select('id')
      .orderBy('created_at', 'desc')
      .execute()
    const app = await store.find(db, rows[0]?.id ?? '')
    if (app === undefined) throw new Error('no app')
    return codeAt(app.secret(), stepAt(login.clock.now(), app), app)
  }

  return {
    ...login,
    authenticator,
    showCode,
    kinds: async () =>
      (await login.factors.authenticators.list(db, userId)).map(({ kind }) => kind).sort(),
    ids: async () => (await login.factors.authenticators.list(db, userId)).map(({ id }) => id),
    async addCodeApp(): Promise<void> {
      const id = store.newId()
      await store.add(db, { id, userId, name: 'Code app' })
      await store.activate(db, id, 1)
    },
    /** A login that enrols a passkey. */
    async addPasskey(): Promise<void> {
      const tab = openTab(login)
      await tab.begin(beginning)
      const page = await tab.answer({ action: 'passkey' })
      if (page.type !== 'page') throw new Error(page.type)
      const credential = authenticator.create(readOptions(page.form))
      assert.equal(stepOf(await tab.answer({ credential })), 'second-factor/done')
      assert.equal(stepOf(await tab.answer({ action: 'left' })), 'finished')
    },
  }
}

onEachEngine((engine) => {
  const on = (name: string, run: (scene: Awaited<ReturnType<typeof setUp>>) => Promise<void>) =>
    test(`${name} (${engine.name})`, async (t) => {
      const scene = await setUp((await engine.open(t)).db)
      t.after(scene.settle)
      await run(scene)
    })

  on(
    'a user without the code app at hand gets a reference and can try the code app again',
    async (scene) => {
      await scene.addCodeApp()
      const tab = openTab(scene)
      const page = await tab.begin(beginning)
      assert.deepEqual(actionsOn(page), ['confirm', 'trouble', 'cancel'])
      const trouble = await tab.answer({ action: 'trouble', code: '' })
      assert.equal(titleOf(trouble), 'trouble.title.totp')
      const away = await tab.answer({ action: 'away' })
      assert.equal(titleOf(away), 'trouble.away.totp')
      assert.ok(listPrompts(away).some(({ type }) => type === 'desk'))
      assert.equal(stepOf(await tab.answer({ action: 'again' })), 'totp/confirm')
      const code = await scene.showCode()
      assert.equal(stepOf(await tab.answer({ action: 'confirm', code })), 'finished')
    },
  )

  on('a code app on a new phone replaces the old one', async (scene) => {
    await scene.addCodeApp()
    const before = await scene.ids()
    const tab = openTab(scene)
    await tab.begin(beginning)
    await tab.answer({ action: 'trouble', code: '' })
    const renewed = await tab.answer({ action: 'renewed' })
    assert.equal(titleOf(renewed), 'trouble.renewed.totp')
    await tab.answer({ action: 'use_old' })
    const enrol = await tab.answer({ action: 'confirm', code: await scene.showCode() })
    assert.equal(stepOf(enrol), 'totp/enrol')
    const connected = await tab.answer({ action: 'connect', code: await scene.showCode() })
    assert.equal(stepOf(connected), 'second-factor/done')
    const after = await scene.ids()
    assert.equal(after.length, 1)
    assert.notDeepEqual(after, before)
    assert.equal(stepOf(await tab.answer({ action: 'left' })), 'finished')
  })

  /** Opens the page of this factor, also if the page of the other one comes first. */
  async function openPage(tab: Tab, kind: 'totp' | 'passkey'): Promise<JourneyView> {
    const page = await tab.begin(beginning)
    if (stepOf(page) === `${kind}/confirm`) return page
    await tab.answer({ action: 'other' })
    return await tab.answer({ action: kind })
  }

  on(
    'after the report of a lost code app, the page asks about it and offers a new one',
    async (scene) => {
      await scene.addPasskey()
      await scene.addCodeApp()
      const tab = openTab(scene)
      assert.deepEqual(actionsOn(await openPage(tab, 'totp')), [
        'confirm',
        'other',
        'trouble',
        'cancel',
      ])
      await tab.answer({ action: 'trouble', code: '' })
      const lost = await tab.answer({ action: 'lost' })
      assert.ok(actionsOn(lost).includes('passkey'))
      const page = await tab.answer({ action: 'passkey' })
      if (page.type !== 'page') throw new Error(page.type)
      const credential = scene.authenticator.get(readOptions(page.form))
      const question = await tab.answer({ credential })
      assert.equal(titleOf(question), 'missing.title.phone')
      assert.deepEqual(await scene.kinds(), ['passkey', 'totp'])
      assert.equal(stepOf(await tab.answer({ action: 'lost' })), 'totp/enrol')
      assert.deepEqual(await scene.kinds(), ['passkey'])
      assert.equal(stepOf(await tab.answer({ action: 'back' })), 'recovery/create')
      assert.equal(stepOf(await tab.answer({ action: 'back' })), 'finished')
    },
  )

  on('a code cannot remove a lost passkey, and the login continues', async (scene) => {
    await scene.addPasskey()
    await scene.addCodeApp()
    const tab = openTab(scene)
    assert.deepEqual(actionsOn(await openPage(tab, 'passkey')), ['other', 'trouble', 'cancel'])
    assert.equal(titleOf(await tab.answer({ action: 'trouble' })), 'trouble.title.passkey')
    await tab.answer({ action: 'lost' })
    await tab.answer({ action: 'totp' })
    const page = await tab.answer({ action: 'confirm', code: await scene.showCode() })
    assert.deepEqual(actionsOn(page), ['next'])
    assert.equal(stepOf(await tab.answer({ action: 'next' })), 'finished')
    assert.deepEqual(await scene.kinds(), ['passkey', 'totp'])
  })

  on(
    'a user without another factor whose passkey is away can try the passkey again',
    async (scene) => {
      await scene.addPasskey()
      const tab = openTab(scene)
      await tab.begin(beginning)
      await tab.answer({ action: 'trouble' })
      const away = await tab.answer({ action: 'away' })
      assert.deepEqual(actionsOn(away), ['again', 'pass', 'back'])
      const page = await tab.answer({ action: 'again' })
      if (page.type !== 'page') throw new Error(page.type)
      const credential = scene.authenticator.get(readOptions(page.form))
      assert.equal(stepOf(await tab.answer({ credential })), 'finished')
    },
  )
})
