import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogin } from '../../../dev/test-support/login.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { office } from '../../../dev/test-support/scene.ts'
import { connectPhone, findNumber, openTab } from '../../../dev/test-support/tab.ts'
import { acrNumber } from '../../../identity/policy/assurance.ts'
import type { Policy } from '../../../identity/policy/policy.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { transact } from '../../../platform/storage/transact.ts'
import type { JourneyView } from '../../engine/view.ts'

/** Long enough beside a second factor only. */
const short = 'Regen um 12'
const longer = 'Fahrrad im Regen'
const twice = { password: longer, password_again: longer, action: 'change' }

const rules: Readonly<Record<string, Policy>> = {
  mail: { secondFactor: 'none', skips: 0, decline: false },
  wiki: { secondFactor: 'optional', skips: 2, decline: true },
  vault: { secondFactor: 'required', skips: 0, decline: false },
}

async function setUp(db: Database, password = short) {
  const login = createTestLogin(db)
  const { id } = await login.addUser('erika')
  await login.passwords.set(db, id, `hash of ${password}`)
  for (const [app, policy] of Object.entries(rules)) await login.addApp(app, policy)
  const enter = async (appId: string, typed = password) => {
    const tab = openTab(login)
    return { ...tab, view: await tab.begin({ username: 'erika', password: typed, appId }) }
  }
  const connect = async () => {
    const phone = login.createPhone('pixel')
    const beginning = { username: 'erika', password, appId: 'vault' }
    const end = await connectPhone(login, phone, beginning)
    assert.ok(end.type === 'finished')
    const session = await login.sessions.find(end.token)
    const [device] = await login.factors.authenticators.list(db, id)
    assert.ok(session !== undefined && device !== undefined)
    return { phone, session, device }
  }
  return { ...login, id, enter, connect }
}

const stepOf = (view: JourneyView) => (view.type === 'page' ? view.step : view.type)
const findFormError = (view: JourneyView) =>
  view.type === 'page' ? view.formError?.text.key : view.type

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(
    say('N1: a short password lets nobody in alone, and the login goes on with a longer one'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      const { view, answer } = await scene.enter('mail')
      assert.equal(stepOf(view), 'password/longer')
      assert.ok(view.type === 'page')
      assert.deepEqual(view.form.lead, { key: 'password.longer.lead', values: { min: 15 } })
      const other = { password: 'Wind um 13', password_again: 'Wind um 13', action: 'change' }
      assert.equal(findFormError(await answer(other)), 'password.refused.too_short')
      assert.equal(stepOf(await answer({ action: 'skip' })), 'password/longer')
      assert.equal(stepOf(await answer(twice)), 'finished')
      assert.equal(stepOf((await scene.enter('mail', longer)).view), 'finished')
      assert.equal(findFormError((await scene.enter('mail')).view), 'login.wrong.text')
    },
  )

  test(say('N1: who leaves that page is not logged in'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const { answer } = await scene.enter('mail')
    assert.equal(stepOf(await answer({ action: 'cancel' })), 'left')
    assert.deepEqual(await db.selectFrom('sessions').select('id').execute(), [])
  })

  test(
    say('N1: who skips or declines a second factor needs a longer password, once'),
    async (t) => {
      const { db } = await engine.open(t)
      const skipping = await setUp(db)
      const first = await skipping.enter('wiki')
      assert.equal(stepOf(first.view), 'second-factor/offer')
      assert.equal(stepOf(await first.answer({ action: 'skip' })), 'password/longer')
      assert.equal(stepOf(await first.answer(twice)), 'finished')
      const next = await skipping.enter('wiki', longer)
      assert.equal(stepOf(await next.answer({ action: 'decline' })), 'second-factor/decline')
      assert.equal(stepOf(await next.answer({ action: 'decline' })), 'finished')
      await skipping.passwords.set(db, skipping.id, `hash of ${short}`)
      assert.equal(stepOf((await skipping.enter('wiki')).view), 'password/longer')
    },
  )

  test(
    say('a second factor that is set up in the login makes the short password long enough'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      const { phone } = await scene.connect()
      const again = await scene.enter('vault')
      await scene.settle()
      const number = findNumber(await again.look())
      await phone.answer(0, () => number)
      assert.equal(stepOf(await again.look()), 'finished')
      // The rule of this app asks for none, and who has one may still use the password.
      assert.equal(stepOf((await scene.enter('mail')).view), 'finished')
    },
  )

  test(
    say('N1: the login after the last second factor was removed asks for a longer password'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      const { session, device } = await scene.connect()
      assert.equal(session.acr, acrNumber)
      const removal = { id: device.id, userId: scene.id, client: { ...office, session } }
      assert.ok(await transact(db, (tx) => scene.factors.authenticators.remove(tx, removal)))
      assert.equal(stepOf((await scene.enter('mail')).view), 'password/longer')
    },
  )

  test(
    say(
      'N1: after a removal by the service desk a recovery code or a pass takes the place of the factor',
    ),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      const { device } = await scene.connect()
      const { id: userId } = scene
      await transact(db, (tx) =>
        scene.factors.authenticators.remove(tx, {
          userId,
          id: device.id,
          client: office,
          isLost: true,
        }),
      )
      // Where an app asks for a second factor, a recovery code or a pass comes first.
      assert.equal(stepOf((await scene.enter('wiki')).view), 'second-factor/first')
      assert.equal(stepOf((await scene.enter('mail')).view), 'finished')
    },
  )

  test(say('a password that is long enough alone is not asked for'), async (t) => {
    const { db } = await engine.open(t)
    // 15 characters in NFC, which are more code units.
    const scene = await setUp(db, 'Über den Bäumen')
    assert.equal(stepOf((await scene.enter('mail')).view), 'finished')
    // Eleven characters in NFC, and fifteen in the form in which some keyboards send them.
    const spelledOut = 'Bäume über Öl ä'.normalize('NFD').slice(0, 15)
    assert.equal(spelledOut.normalize('NFC').length, 12)
    await scene.passwords.set(db, scene.id, `hash of ${spelledOut}`)
    assert.equal(stepOf((await scene.enter('mail', spelledOut)).view), 'password/longer')
  })
})
