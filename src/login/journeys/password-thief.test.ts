/**
 * A thief of the password who tries for days: wrong codes, requests to the phone and logins at the moment at which the owner
 * logs in. In a browser in which the owner has logged in before nothing of it is felt; elsewhere a page says what helps (A47).
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { config, createTestLogin, instantHasher } from '../../dev/test-support/login.ts'
import { alice, order } from '../../dev/test-support/lost-phone-scene.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { office } from '../../dev/test-support/scene.ts'
import { connectPhone, findNumber, openTab } from '../../dev/test-support/tab.ts'
import { hours, seconds } from '../../platform/kernel/clock.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { JourneyView } from '../engine/view.ts'
import { openPasses } from '../factors/index.ts'
import { codeAt, stepAt } from '../factors/totp/verify.ts'

const beginning = { username: 'erika', appId: 'mail' }

/** Erika with a phone and a code app, one browser in which she has logged in, and a thief of her password with many networks. */
async function setUp(db: Database) {
  const login = createTestLogin(db)
  await login.addApp('mail', { secondFactor: 'required', skips: 0, decline: false })
  const { id: userId } = await login.addUser('erika')
  const phone = login.createPhone('Pixel')
  assert.equal((await connectPhone(login, phone, beginning)).type, 'finished')
  const { store } = login.factors.totp
  const id = store.newId()
  await store.add(db, { id, userId, name: 'Code app' })
  await store.activate(db, id, 1)
  const erika = await login.users.find(db, userId)
  const app = await store.find(db, id)
  assert.ok(erika && app)
  const device = login.knownBrowsers.remember(undefined, erika)
  const showCode = () => codeAt(app.secret(), stepAt(login.clock.now(), app), app)
  const { authenticators } = login.factors
  const passes = openPasses({ ...login, db, config, authenticators, hasher: instantHasher })
  let networks = 0

  return {
    login,
    userId,
    passes,
    showCode,
    openOwn: () => openTab(login, { ...office, device }, 'own browser'),
    openNew: () => openTab(login, { ...office, address: '203.0.113.9' }, 'new browser'),
    openThief() {
      networks += 1
      const address = `198.51.${Math.floor(networks / 250)}.${networks % 250}`
      return openTab(login, { ...office, address }, `thief ${networks}`)
    },
    async approve(view: JourneyView) {
      const number = findNumber(view)
      await login.settle()
      assert.equal(await phone.answer(0, () => number), true)
    },
  }
}

type Scene = Awaited<ReturnType<typeof setUp>>
type Tab = ReturnType<Scene['openOwn']>

const stepOf = (view: JourneyView) => (view.type === 'page' ? view.step : view.type)
const errorOf = (view: JourneyView) => (view.type === 'page' ? view.formError?.text.key : undefined)

/** Begins a login, and goes to the page of this factor where another one comes first. */
async function goTo(tab: Tab, kind: 'totp' | 'push' | 'desk-pass'): Promise<JourneyView> {
  const view = await tab.begin(beginning)
  if (stepOf(view).startsWith(`${kind}/`)) return view
  const other = await tab.answer({ action: 'other' })
  return stepOf(other).startsWith(`${kind}/`) ? other : await tab.answer({ action: kind })
}

/** What the password alone lets a thief do: a wrong code, or a request to the phone. */
async function steal({ openThief, showCode }: Scene): Promise<void> {
  const wrong = showCode() === '123456' ? '123457' : '123456'
  const typing = openThief()
  const page = await goTo(typing, 'totp')
  if (stepOf(page) === 'totp/confirm') await typing.answer({ code: wrong })
  await goTo(openThief(), 'push')
}

/** Both factors of the owner, while the thief goes on. */
async function logInAsOwner(scene: Scene): Promise<void> {
  const { login, openOwn, showCode, approve } = scene
  const byCode = openOwn()
  assert.equal(stepOf(await goTo(byCode, 'totp')), 'totp/confirm')
  assert.equal(stepOf(await byCode.answer({ code: showCode() })), 'finished')
  login.pass(seconds(31))
  const byPhone = openOwn()
  const asked = await goTo(byPhone, 'push')
  await steal(scene)
  await approve(asked)
  assert.equal(stepOf(await byPhone.look()), 'finished')
  login.pass(seconds(31))
}

onEachEngine((engine) => {
  test(`A47: a thief with the password who tries for three days cannot lock the owner out of a known browser (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const { login, userId } = scene
    const { lockout } = login.factors
    // As many as there are before the last ones of the first day, which are typed.
    for (let n = 0; n < 92; n += 1) await lockout.fail(db, userId, 'totp')
    for (let day = 0; day < 3; day += 1) {
      await logInAsOwner(scene)
      for (let time = 0; time < 8; time += 1) {
        login.pass(hours(3))
        await steal(scene)
      }
      await logInAsOwner(scene)
      assert.deepEqual([...(await lockout.findLockedKinds(db, userId, 'known'))], [])
      assert.deepEqual([...(await lockout.findLockedKinds(db, userId, 'new'))], ['totp'])
    }
    await login.flushTries({ all: true })
    const failed = await login.listAudit('second_factor_failed')
    assert.ok(failed.filter(({ reason }) => reason === 'wrong').length >= 8)
    assert.deepEqual(await login.listAudit('second_factor_locked'), [
      { userId, kind: 'totp', failures: 100, browsers: 'new' },
    ])
    assert.ok((await login.listAudit('push_held_back')).length > 0)
    const mails = login.noticed.map(({ kind }) => kind)
    assert.equal(mails.filter((kind) => kind === 'factor_locked').length, 1)
    assert.ok(mails.includes('factor_failures'))
  })

  test(`A47: in a new browser the page says what helps, and a pass of the service desk lets the owner in (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const { openNew, openOwn, showCode, passes } = scene
    for (let tries = 0; tries < 8; tries += 1) await steal(scene)
    const page = openNew()
    await goTo(page, 'totp')
    assert.equal(errorOf(await page.answer({ code: showCode() })), 'factor.wait.text.new')
    const { code } = await passes.issue(alice, 'erika', order)
    const passed = openNew()
    assert.equal(stepOf(await goTo(passed, 'desk-pass')), 'desk-pass/confirm')
    await passed.answer({ code, action: 'confirm' })
    await passed.answer({ action: 'home' })
    assert.equal(stepOf(await passed.answer({ action: 'back' })), 'finished')
    const own = openOwn()
    await goTo(own, 'totp')
    assert.equal(stepOf(await own.answer({ code: showCode() })), 'finished')
    const again = openNew()
    await goTo(again, 'totp')
    const text = errorOf(await again.answer({ code: showCode() }))
    assert.equal(
      text,
      'factor.wait.text.new',
      'a login of the owner gives no new guesses elsewhere',
    )
  })

  test(`A47: wrong codes in a known browser lock the factor in known browsers only (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { login, userId, openNew, openOwn, showCode } = await setUp(db)
    const { lockout } = login.factors
    for (let n = 0; n < 100; n += 1) await lockout.fail(db, userId, 'totp', 'known')
    const own = openOwn()
    assert.notEqual(stepOf(await goTo(own, 'totp')), 'totp/confirm')
    const other = openNew()
    await goTo(other, 'totp')
    assert.equal(stepOf(await other.answer({ code: showCode() })), 'finished')
    const [mail] = login.noticed.filter(({ kind }) => kind.startsWith('factor_locked'))
    assert.equal(mail?.kind, 'factor_locked_known')
  })
})
